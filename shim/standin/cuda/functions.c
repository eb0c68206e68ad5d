// libcuda.so.1: the functions that the emulator performs or answers. What the API table has is expanded from it
// (table.inc); the others stand in a file for each subject. Whatever is left of the driver's functions is in rest.c, and
// how they are looked up by name in resolver.c.
//
// The emulator is shared with the stand-in runtimes of the process: streams, events, memory and contexts are the same.
#define CUT_MAJOR 13 // the driver is of one version for all majors
#define CUT_FAIL(code) ((CUresult)(code))
#include "call.h"

#include "cudart/cut_cuda.h"
#include "cut_graphs.h"
#include "irregular_driver.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

#define CUT_INVALID_VALUE_OF_DRIVER ((CUresult)1)
#define CUT_INVALID_DEVICE_OF_DRIVER ((CUresult)101)

#define CUT_REQUIRE(pointer) \
    if ((pointer) == NULL) { return CUT_INVALID_VALUE_OF_DRIVER; }
// Leaves the function unless the driver is initialised; unless the thread has a current context as well.
#define CUT_NEEDS(code) \
    { \
        int32_t refused = code; \
        if (refused != 0) { return (CUresult)refused; } \
    }
#define CUT_NEEDS_DRIVER CUT_NEEDS(cut_checkDriver(0))
#define CUT_NEEDS_CONTEXT CUT_NEEDS(cut_checkDriver(1))

#include "device.inc"

#include "contexts.inc"
#include "devices.inc"
#include "errors.inc"
#include "graphs.inc"
#include "memory.inc"
#include "modules.inc"
#include "streams.inc"
#include "table.inc"
