// What is known about the parameters of kernels, by the addresses that launches pass: host stubs and kernel handles.
//
// The table is read on the hot path of launches, without locks, and grows while they read it.
#ifndef CUTAPE_KERNELS_H
#define CUTAPE_KERNELS_H

#include "cutape_compiler.h"

#include <stdint.h>

/// The parameters of a kernel that are pointers, or may be.
typedef struct CUTKernel {
    uint32_t count;
    // Parameter index << 8 | CUT_POINTER_*: the first word of an item of a launch.
    uint32_t pointers[];
} CUTKernel;

enum {
    CUT_POINTER_CONST = 1, // it points to const
    CUT_POINTER_GUESS = 2, // it has eight bytes; whether they are a pointer, and whether to const, is not known
    CUT_POINTER_DEEP = 4,  // it points to what may hold addresses, through which the kernel reaches more
};

/// Learns the kernel behind `stub` from its mangled name; forgets what was known if the name does not tell.
void cut_learnKernel(const void *_Nullable stub, const char *_Nullable name);

/// Lets `handle` mean the same kernel as `stub`.
void cut_aliasKernel(const void *_Nullable handle, const void *_Nullable stub);

/// The pointer parameters of the kernel; NULL when they are not known.
const CUTKernel *_Nullable cut_kernelAt(const void *_Nullable address);

/// Whether the runtime may know more of the kernel than its name says, and was not asked so far.
int cut_mayAskKernel(const void *_Nullable address);

/// Asks the runtime that a caller at `site` is bound to, of major 13 or 12, for what the name does not say. Only after a
/// launch of the kernel has succeeded. Keeps errno and the last error of the thread.
void cut_askKernel(const void *_Nonnull address, const void *_Nonnull site, int isMajor13);

#endif
