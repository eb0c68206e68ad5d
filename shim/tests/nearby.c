// Two libraries in one folder: the outer one opens the inner one by its bare name, as it may with $ORIGIN in its RUNPATH.
#include "fake_cudart.h"

#include <dlfcn.h>

#ifdef CUT_INNER
CUT_EXPORT int inner_run(void) { return 7; }
#else
CUT_EXPORT int outer_run(void) {
    void *inner = dlopen("inner.so", RTLD_NOW | RTLD_LOCAL);
    int (*run)(void) = inner ? (int (*)(void))dlsym(inner, "inner_run") : 0;
    return run ? run() : 0;
}
#endif
