// A program for a C library that is not glibc. Its look-ups must go through to that library.
#include <dlfcn.h>
#include <stdio.h>

int main(void) {
    int (*put)(const char *) = (int (*)(const char *))dlsym(RTLD_DEFAULT, "puts");
    void *self = dlopen(0, RTLD_NOW);
    if (!put || put != puts || !self || !dlsym(self, "printf")) { return 1; }
    if (dlsym(RTLD_DEFAULT, "cudaMalloc") || dlsym(RTLD_DEFAULT, "no_such_function") || !dlerror()) { return 2; }
    return 0;
}
