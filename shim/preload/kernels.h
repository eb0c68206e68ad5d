// What is known about the parameters of kernels, by the addresses that launches pass: host stubs and kernel handles.
//
// The table is read on the hot path of launches, without locks, and grows while they read it.
#ifndef CUTAPE_KERNELS_H
#define CUTAPE_KERNELS_H

#include "cutape_compiler.h"

#include <stdint.h>

/// The pointer parameters of a kernel.
typedef struct CUTKernel {
    uint32_t count;
    // Parameter index << 8 | 1 if it points to const: the first word of an item of a launch.
    uint32_t pointers[];
} CUTKernel;

/// Learns the kernel behind `stub` from its mangled name; forgets what was known if the name does not tell.
void cut_learnKernel(const void *_Nullable stub, const char *_Nullable name);

/// Lets `handle` mean the same kernel as `stub`.
void cut_aliasKernel(const void *_Nullable handle, const void *_Nullable stub);

/// The pointer parameters of the kernel; NULL when they are not known.
const CUTKernel *_Nullable cut_kernelAt(const void *_Nullable address);

#endif
