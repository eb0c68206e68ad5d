// One of two libraries that define the same function: the first asks for the one after its own.
#include "fake_cudart.h"

#include <dlfcn.h>

CUT_EXPORT int cut_which(void) { return CUT_WHICH; }

#if CUT_WHICH == 1
CUT_EXPORT int first_askNext(void) {
    int (*next)(void) = (int (*)(void))dlsym(RTLD_NEXT, "cut_which");
    return next ? next() : 0;
}
#endif
