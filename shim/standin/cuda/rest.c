// Every function of the driver that nothing else defines: it gives CUDA_ERROR_NOT_SUPPORTED and says so once.
//
// The definitions are weak, so that those of the other files take their place. Arguments are ignored: the calling
// conventions of Linux leave them to the caller.
#include "cut_bridge.h"

#define CUT_ABSENT(name)                                                                             \
    __attribute__((weak, visibility("default"))) int name(void) {                                    \
        static int said;                                                                             \
        cut_sayOnce(&said, #name, "is not supported by the emulated device (error 801)");            \
        return 801;                                                                                  \
    }
#define CUT_ABSENT_none(symbol)
#define CUT_ABSENT_ptsz(symbol) CUT_ABSENT(symbol##_ptsz)
#define CUT_ABSENT_ptds(symbol) CUT_ABSENT(symbol##_ptds)
#define CUT_ENTRY(symbol, name, version, also, alsoVersion) CUT_ABSENT(symbol) CUT_ABSENT_##also(symbol)
#include "exports.def"
