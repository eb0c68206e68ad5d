// Opens whichever runtime is there, the newest first: what it finds it says. With a word, that name is asked for as well.
//
// build: gcc none
// finds: nothing
// prints: libcudart.so.13 gives 13
// prints: libcudart.so.12 gives 12
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **words) {
    const char *names[] = {"libcudart.so.13", "libcudart.so.12", words[count - 1]};
    for (int index = 0; index < 2 + (count > 1); index++) {
        int version = 0;
        void *library = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
        int (*ask)(int *) = library ? (int (*)(int *))dlsym(library, "cudaRuntimeGetVersion") : NULL;
        if (ask) ask(&version);
        printf("%s gives %d\n", names[index], version / 1000);
    }
    return 0;
}
