// The driver functions whose arguments need code, as irregular.h has those of the runtime. Copies of two and three
// dimensions, capture and graphs are in cutape_driver_graphs.h.
#ifndef CUTAPE_IRREGULAR_DRIVER_H
#define CUTAPE_IRREGULAR_DRIVER_H

#include "cutape_cuda_driver.h"
#include "cutape_driver_graphs.h"
#include "irregular.h"

// Batches.

CUT_INLINE void cut_write_cuMemcpyBatchAsync_v2(
    CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable dsts, CUdeviceptr *_Nullable srcs, size_t *_Nullable sizes,
    size_t count, CUmemcpyAttributes *_Nullable attrs, size_t *_Nullable attrsIdxs, size_t numAttrs,
    CUstream _Nullable stream
) {
    cut_word(draft, (uint64_t)stream);
    cut_batch(
        draft, (const void *const *)dsts, (const void *const *)srcs, sizes, count, attrs, attrsIdxs, numAttrs, stream);
}

CUT_INLINE void cut_write_cuMemcpyBatchAsync(
    CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable dsts, CUdeviceptr *_Nullable srcs, size_t *_Nullable sizes,
    size_t count, CUmemcpyAttributes *_Nullable attrs, size_t *_Nullable attrsIdxs, size_t numAttrs,
    size_t *_Nullable failIdx, CUstream _Nullable stream
) {
    (void)failIdx;
    cut_write_cuMemcpyBatchAsync_v2(draft, dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, stream);
}

#define cut_write_cuMemcpy3DBatchAsync cut_write_cudaMemcpy3DBatchAsync_12
#define cut_write_cuMemcpy3DBatchAsync_v2 cut_write_cudaMemcpy3DBatchAsync_13

// Arrays.

// Bits of one channel of a CUarray_format; 0 for the formats that have no such number.
CUT_INLINE uint64_t cut_channelBits(unsigned int format) {
    switch (format) {
    case 0x01: case 0x08: return 8;              // 8-bit integers
    case 0x02: case 0x09: case 0x10: return 16;  // 16-bit integers, half
    case 0x03: case 0x0a: case 0x20: return 32;  // 32-bit integers, float
    default: return 0;
    }
}

CUT_INLINE void cut_driverFormat(CUTDraft *_Nonnull draft, unsigned int format, unsigned int channels) {
    for (unsigned int channel = 0; channel < 4; ++channel) {
        cut_word(draft, channel < channels ? cut_channelBits(format) : 0);
    }
    cut_word(draft, format);
}

CUT_INLINE void cut_write_cuArrayCreate_v2(
    CUTDraft *_Nonnull draft, CUarray _Nullable *_Nullable array, const CUDA_ARRAY_DESCRIPTOR *_Nullable descriptor
) {
    static const CUDA_ARRAY_DESCRIPTOR none;
    const CUDA_ARRAY_DESCRIPTOR *shape = draft->phase == CUT_WRITE && descriptor ? descriptor : &none;
    cut_resultWord(draft, array, sizeof *array);
    cut_driverFormat(draft, shape->Format, shape->NumChannels);
    cut_word(draft, shape->Width);
    cut_word(draft, shape->Height);
}

CUT_INLINE void cut_write_cuArray3DCreate_v2(
    CUTDraft *_Nonnull draft, CUarray _Nullable *_Nullable array, const CUDA_ARRAY3D_DESCRIPTOR *_Nullable descriptor
) {
    static const CUDA_ARRAY3D_DESCRIPTOR none;
    const CUDA_ARRAY3D_DESCRIPTOR *shape = draft->phase == CUT_WRITE && descriptor ? descriptor : &none;
    cut_resultWord(draft, array, sizeof *array);
    cut_driverFormat(draft, shape->Format, shape->NumChannels);
    cut_word(draft, shape->Width);
    cut_word(draft, shape->Height);
    cut_word(draft, shape->Depth);
    cut_word(draft, shape->Flags);
}

// Memory pools: the functions have the parameters of the runtime's.

#define cut_write_cuMemPoolCreate cut_write_cudaMemPoolCreate
#define cut_write_cuMemPoolSetAttribute cut_write_cudaMemPoolSetAttribute
#define cut_write_cuMemPoolSetAccess cut_write_cudaMemPoolSetAccess
#define cut_write_cuMemGetDefaultMemPool cut_write_cudaMemGetDefaultMemPool_13
#define cut_write_cuMemGetMemPool cut_write_cudaMemGetMemPool_13
#define cut_write_cuMemSetMemPool cut_write_cudaMemSetMemPool_13

// Virtual memory.

CUT_INLINE void cut_write_cuMemCreate(
    CUTDraft *_Nonnull draft, CUmemGenericAllocationHandle *_Nullable handle, size_t size,
    const CUmemAllocationProp *_Nullable properties, unsigned long long flags
) {
    cut_resultWord(draft, handle, sizeof *handle);
    cut_word(draft, size);
    cut_word(draft, draft->phase == CUT_WRITE && properties ? properties->type : 0);
    cut_memLocation(draft, properties ? &properties->location : 0);
    cut_word(draft, flags);
}

CUT_INLINE void cut_write_cuMemSetAccess(
    CUTDraft *_Nonnull draft, CUdeviceptr pointer, size_t size, const CUmemAccessDesc *_Nullable list, size_t count
) {
    cut_word(draft, pointer);
    cut_word(draft, size);
    cut_accessItems(draft, list, count);
}

// Managed memory: the same, but for the type of pointers.

CUT_INLINE void cut_write_cuMemAdvise_v2(
    CUTDraft *_Nonnull draft, CUdeviceptr pointer, size_t count, CUmem_advise advice, CUmemLocation location
) {
    cut_advise(draft, (const void *)pointer, count, advice, location);
}

CUT_INLINE void cut_write_cuMemPrefetchAsync_v2(
    CUTDraft *_Nonnull draft, CUdeviceptr pointer, size_t count, CUmemLocation location, unsigned int flags,
    CUstream _Nullable stream
) {
    cut_write_cudaMemPrefetchAsync_13(draft, (const void *)pointer, count, location, flags, stream);
}

CUT_INLINE void cut_write_cuMemPrefetchBatchAsync(
    CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable pointers, size_t *_Nullable sizes, size_t count,
    CUmemLocation *_Nullable locations, size_t *_Nullable indexes, size_t locationCount, unsigned long long flags,
    CUstream _Nullable stream
) {
    cut_write_cudaMemPrefetchBatchAsync_13(
        draft, (void **)pointers, sizes, count, locations, indexes, locationCount, flags, stream);
}

CUT_INLINE void cut_write_cuMemDiscardAndPrefetchBatchAsync(
    CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable pointers, size_t *_Nullable sizes, size_t count,
    CUmemLocation *_Nullable locations, size_t *_Nullable indexes, size_t locationCount, unsigned long long flags,
    CUstream _Nullable stream
) {
    cut_write_cudaMemDiscardAndPrefetchBatchAsync_13(
        draft, (void **)pointers, sizes, count, locations, indexes, locationCount, flags, stream);
}

CUT_INLINE void cut_write_cuMemDiscardBatchAsync(
    CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable pointers, size_t *_Nullable sizes, size_t count,
    unsigned long long flags, CUstream _Nullable stream
) {
    cut_write_cudaMemDiscardBatchAsync_13(draft, (void **)pointers, sizes, count, flags, stream);
}

// Modules and launches. A kernel is learned from its name, whoever asks for it.

// A variable of a module by its name. `Module` is what the function calls a module.
#define CUT_WRITE_VARIABLE(symbol, Module) \
    CUT_INLINE void cut_write_##symbol( \
        CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable address, size_t *_Nullable bytes, Module _Nullable module, \
        const char *_Nullable name \
    ) { \
        cut_resultWord(draft, address, sizeof *address); \
        cut_resultWord(draft, bytes, sizeof *bytes); \
        cut_word(draft, (uint64_t)module); \
        cut_text(draft, name); \
    }
CUT_WRITE_VARIABLE(cuModuleGetGlobal_v2, CUmodule)
CUT_WRITE_VARIABLE(cuLibraryGetGlobal, CUlibrary)
CUT_WRITE_VARIABLE(cuLibraryGetManaged, CUlibrary)
#undef CUT_WRITE_VARIABLE

// A kernel of a module by its name.
#define CUT_WRITE_KERNEL(symbol, Kernel, Module) \
    CUT_INLINE void cut_write_##symbol( \
        CUTDraft *_Nonnull draft, Kernel _Nullable *_Nullable kernel, Module _Nullable module, \
        const char *_Nullable name \
    ) { \
        cut_resultWord(draft, kernel, sizeof *kernel); \
        cut_word(draft, (uint64_t)module); \
        cut_text(draft, name); \
        if (draft->phase == CUT_FINISH && kernel) { cut_learnKernel(*kernel, name); } \
    }
CUT_WRITE_KERNEL(cuModuleGetFunction, CUfunction, CUmodule)
CUT_WRITE_KERNEL(cuLibraryGetKernel, CUkernel, CUlibrary)
#undef CUT_WRITE_KERNEL

CUT_INLINE void cut_write_cuKernelGetFunction(
    CUTDraft *_Nonnull draft, CUfunction _Nullable *_Nullable function, CUkernel _Nullable kernel
) {
    cut_resultWord(draft, function, sizeof *function);
    cut_word(draft, (uint64_t)kernel);
    if (draft->phase == CUT_FINISH && function) { cut_aliasKernel(*function, kernel); }
}

CUT_INLINE void cut_write_cuLaunchKernel(
    CUTDraft *_Nonnull draft, CUfunction _Nullable function, unsigned int gridX, unsigned int gridY,
    unsigned int gridZ, unsigned int blockX, unsigned int blockY, unsigned int blockZ, unsigned int sharedMemory,
    CUstream _Nullable stream, void *_Nullable *_Nullable parameters, void *_Nullable *_Nullable extra
) {
    (void)extra; // one buffer with all parameters, instead of a pointer to each: not looked into
    cut_launch(
        draft, function, (dim3){gridX, gridY, gridZ}, (dim3){blockX, blockY, blockZ}, sharedMemory, stream, parameters);
}

CUT_INLINE void cut_write_cuLaunchCooperativeKernel(
    CUTDraft *_Nonnull draft, CUfunction _Nullable function, unsigned int gridX, unsigned int gridY,
    unsigned int gridZ, unsigned int blockX, unsigned int blockY, unsigned int blockZ, unsigned int sharedMemory,
    CUstream _Nullable stream, void *_Nullable *_Nullable parameters
) {
    cut_write_cuLaunchKernel(
        draft, function, gridX, gridY, gridZ, blockX, blockY, blockZ, sharedMemory, stream, parameters, 0);
}

CUT_INLINE void cut_write_cuLaunchKernelEx(
    CUTDraft *_Nonnull draft, const CUlaunchConfig *_Nullable config, CUfunction _Nullable function,
    void *_Nullable *_Nullable parameters, void *_Nullable *_Nullable extra
) {
    static const CUlaunchConfig none;
    const CUlaunchConfig *how = config ? config : &none;
    (void)extra; // as above
    cut_launchHow(
        draft, function, (dim3){how->gridDimX, how->gridDimY, how->gridDimZ},
        (dim3){how->blockDimX, how->blockDimY, how->blockDimZ}, how->sharedMemBytes, how->hStream);
    cut_word(draft, (uint64_t)cut_launchEvent((const cudaLaunchAttribute *)how->attrs, how->numAttrs));
    cut_launchWith(draft, function, parameters);
}

// Handles of other processes, passed by value.

CUT_INLINE void cut_write_cuIpcOpenEventHandle(
    CUTDraft *_Nonnull draft, CUevent _Nullable *_Nullable event, CUipcEventHandle handle
) {
    (void)handle;
    cut_resultWord(draft, event, sizeof *event);
}

CUT_INLINE void cut_write_cuIpcOpenMemHandle_v2(
    CUTDraft *_Nonnull draft, CUdeviceptr *_Nullable pointer, CUipcMemHandle handle, unsigned int flags
) {
    (void)handle;
    cut_resultWord(draft, pointer, sizeof *pointer);
    cut_word(draft, flags);
}

#define cut_write_cuIpcOpenMemHandle cut_write_cuIpcOpenMemHandle_v2

#endif
