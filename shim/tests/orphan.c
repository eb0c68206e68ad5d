// A program that is linked with no CUDA runtime, and loads a plugin that was not either.
#include <dlfcn.h>

int main(void) {
    void *plugin = dlopen("./orphan.so", RTLD_NOW | RTLD_LOCAL);
    if (!plugin) { return 1; }
    int (*run)(void) = (int (*)(void))dlsym(plugin, "plugin_orphan");
    return run && run() == 302 ? 0 : 2;
}
