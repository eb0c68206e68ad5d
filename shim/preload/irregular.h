// The functions whose arguments need code: structures, lists, strings. cutape_draft.h says how they are run; those of
// capture and graphs are in cutape_graphs.h.
#ifndef CUTAPE_IRREGULAR_H
#define CUTAPE_IRREGULAR_H

#include "cutape_draft.h"
#include "cutape_graphs.h"
#include "payload.h"
#include "registrations.h"
#include "resolve.h"
#include "stack.h"

CUT_INLINE void cut_format(CUTDraft *_Nonnull draft, const struct cudaChannelFormatDesc *_Nullable desc) {
    struct cudaChannelFormatDesc format = {0};
    if (draft->phase == CUT_WRITE && desc) { format = *desc; }
    cut_word(draft, (uint64_t)format.x);
    cut_word(draft, (uint64_t)format.y);
    cut_word(draft, (uint64_t)format.z);
    cut_word(draft, (uint64_t)format.w);
    cut_word(draft, format.f);
}

// Allocation.

CUT_INLINE void cut_write_cudaMalloc3D(
    CUTDraft *_Nonnull draft, struct cudaPitchedPtr *_Nullable pitched, struct cudaExtent extent
) {
    cut_resultWord(draft, pitched, sizeof pitched->ptr);
    cut_resultWord(draft, pitched ? &pitched->pitch : 0, sizeof pitched->pitch);
    cut_resultWord(draft, pitched ? &pitched->xsize : 0, sizeof pitched->xsize);
    cut_resultWord(draft, pitched ? &pitched->ysize : 0, sizeof pitched->ysize);
    cut_extent(draft, extent);
}

CUT_INLINE void cut_write_cudaMallocArray(
    CUTDraft *_Nonnull draft, cudaArray_t _Nullable *_Nullable array,
    const struct cudaChannelFormatDesc *_Nullable desc,
    size_t width, size_t height, unsigned int flags
) {
    cut_resultWord(draft, array, sizeof *array);
    cut_format(draft, desc);
    cut_word(draft, width);
    cut_word(draft, height);
    cut_word(draft, flags);
}

CUT_INLINE void cut_write_cudaMalloc3DArray(
    CUTDraft *_Nonnull draft, cudaArray_t _Nullable *_Nullable array,
    const struct cudaChannelFormatDesc *_Nullable desc,
    struct cudaExtent extent, unsigned int flags
) {
    cut_resultWord(draft, array, sizeof *array);
    cut_format(draft, desc);
    cut_extent(draft, extent);
    cut_word(draft, flags);
}

CUT_INLINE void cut_write_cudaMallocMipmappedArray(
    CUTDraft *_Nonnull draft, cudaMipmappedArray_t _Nullable *_Nullable array,
    const struct cudaChannelFormatDesc *_Nullable desc, struct cudaExtent extent, unsigned int levels,
    unsigned int flags
) {
    cut_resultWord(draft, array, sizeof *array);
    cut_format(draft, desc);
    cut_extent(draft, extent);
    cut_word(draft, levels);
    cut_word(draft, flags);
}

// Three-dimensional copies and fills.

// Hashes the source. With an array the extent counts its elements, of which the size is not known here.
CUT_INLINE void cut_noteSource3D(
    CUTDraft *_Nonnull draft, const struct cudaMemcpy3DParms *_Nullable p, cudaStream_t _Nullable stream, int isAsync
) {
    if (draft->phase != CUT_MEASURE || !cut_wantsPayload() || !p || p->srcArray || p->dstArray) { return; }
    uint64_t pitch = p->srcPtr.pitch, slicePitch = pitch * p->srcPtr.ysize;
    const CUTCopy copy = {
        .source = {
            .start = (uint64_t)p->srcPtr.ptr + p->srcPos.z * slicePitch + p->srcPos.y * pitch + p->srcPos.x,
            .width = p->extent.width, .rows = p->extent.height, .pitch = pitch, .slices = p->extent.depth,
            .slicePitch = slicePitch},
        .stream = (uint64_t)stream, .variant = draft->variant, .kind = (int32_t)p->kind, .isAsync = isAsync};
    cut_noteSource(&copy);
}

CUT_INLINE void cut_write3D(CUTDraft *_Nonnull draft, const struct cudaMemcpy3DParms *_Nullable p) {
    cut_kind(draft, cut_copy3D(draft, p));
}

CUT_INLINE void cut_write_cudaMemcpy3D(CUTDraft *_Nonnull draft, const struct cudaMemcpy3DParms *_Nullable p) {
    cut_noteSource3D(draft, p, 0, 0);
    cut_write3D(draft, p);
}

CUT_INLINE void cut_watchOperand(CUTDraft *_Nonnull draft, const void *_Nullable pointer) {
    if (draft->phase == CUT_MEASURE && cut_isOnStack(pointer)) { cut_watchStack(pointer, draft->stackPointer); }
}

CUT_INLINE void cut_write_cudaMemcpy3DAsync(
    CUTDraft *_Nonnull draft, const struct cudaMemcpy3DParms *_Nullable p, cudaStream_t _Nullable stream
) {
    if (p) {
        cut_watchOperand(draft, p->srcPtr.ptr);
        cut_watchOperand(draft, p->dstPtr.ptr);
    }
    cut_noteSource3D(draft, p, stream, 1);
    cut_write3D(draft, p);
    cut_word(draft, (uint64_t)stream);
}

CUT_INLINE void cut_write_cudaMemcpy3DPeer(
    CUTDraft *_Nonnull draft, const struct cudaMemcpy3DPeerParms *_Nullable p
) {
    static const struct cudaMemcpy3DPeerParms none;
    const struct cudaMemcpy3DPeerParms *copy = draft->phase == CUT_WRITE && p ? p : &none;
    cut_operand(draft, copy->srcArray, copy->srcPos, copy->srcPtr);
    cut_word(draft, (uint64_t)copy->srcDevice);
    cut_operand(draft, copy->dstArray, copy->dstPos, copy->dstPtr);
    cut_word(draft, (uint64_t)copy->dstDevice);
    cut_extent(draft, copy->extent);
}

CUT_INLINE void cut_write_cudaMemcpy3DPeerAsync(
    CUTDraft *_Nonnull draft, const struct cudaMemcpy3DPeerParms *_Nullable p, cudaStream_t _Nullable stream
) {
    cut_write_cudaMemcpy3DPeer(draft, p);
    cut_word(draft, (uint64_t)stream);
}

CUT_INLINE void cut_write_cudaMemset3D(
    CUTDraft *_Nonnull draft, struct cudaPitchedPtr pitched, int value, struct cudaExtent extent
) {
    cut_word(draft, (uint64_t)pitched.ptr);
    cut_word(draft, pitched.pitch);
    cut_word(draft, pitched.xsize);
    cut_word(draft, pitched.ysize);
    cut_word(draft, (uint64_t)value);
    cut_extent(draft, extent);
}

CUT_INLINE void cut_write_cudaMemset3DAsync(
    CUTDraft *_Nonnull draft, struct cudaPitchedPtr pitched, int value, struct cudaExtent extent,
    cudaStream_t _Nullable stream
) {
    cut_write_cudaMemset3D(draft, pitched, value, extent);
    cut_word(draft, (uint64_t)stream);
}

// Batches. The attributes at `attrs[k]` hold for the copies from `attrsIdxs[k]` up to the next index.

CUT_INLINE void cut_batch(
    CUTDraft *_Nonnull draft, const void *_Nullable const *_Nullable dsts, const void *_Nullable const *_Nullable srcs,
    const size_t *_Nullable sizes, size_t count, const struct cudaMemcpyAttributes *_Nullable attrs,
    const size_t *_Nullable attrsIdxs, size_t numAttrs, cudaStream_t _Nullable stream
) {
    cut_fitItems(draft, dsts && srcs && sizes ? count : 0, 4);
    for (size_t index = 0; draft->phase == CUT_MEASURE && index < draft->tail; ++index) {
        cut_watchOperand(draft, dsts[index]);
        cut_watchOperand(draft, srcs[index]);
        if (cut_wantsPayload()) {
            CUTCopy copy = CUT_ONE_ROW(CUT_NO_KIND, draft->variant);
            copy.source.start = (uint64_t)srcs[index], copy.source.width = sizes[index];
            copy.stream = (uint64_t)stream, copy.isAsync = 1, copy.entry = (uint32_t)index;
            cut_noteSource(&copy);
        }
    }
    cut_word(draft, draft->tail);
    size_t next = 0;
    uint64_t order = 0;
    for (size_t index = 0; draft->phase == CUT_WRITE && index < draft->tail; ++index) {
        while (attrs && attrsIdxs && next < numAttrs && attrsIdxs[next] <= index) {
            order = attrs[next++].srcAccessOrder;
        }
        uint32_t at = draft->index + (uint32_t)index * 4;
        cut_setWord(draft, at, (uint64_t)dsts[index]);
        cut_setWord(draft, at + 1, (uint64_t)srcs[index]);
        cut_setWord(draft, at + 2, sizes[index]);
        cut_setWord(draft, at + 3, order);
    }
    draft->index += (uint32_t)draft->tail * 4;
}

CUT_INLINE void cut_write_cudaMemcpyBatchAsync_12(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable dsts, void *_Nullable *_Nullable srcs,
    size_t *_Nullable sizes, size_t count, struct cudaMemcpyAttributes *_Nullable attrs,
    size_t *_Nullable attrsIdxs, size_t numAttrs, size_t *_Nullable failIdx, cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)failIdx);
    cut_word(draft, (uint64_t)stream);
    cut_batch(
        draft, (const void *const *)dsts, (const void *const *)srcs, sizes, count, attrs, attrsIdxs, numAttrs, stream);
}

CUT_INLINE void cut_write_cudaMemcpyBatchAsync_13(
    CUTDraft *_Nonnull draft, void *_Nullable const *_Nullable dsts, const void *_Nullable const *_Nullable srcs,
    const size_t *_Nullable sizes, size_t count, struct cudaMemcpyAttributes *_Nullable attrs,
    size_t *_Nullable attrsIdxs, size_t numAttrs, cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)stream);
    cut_batch(draft, (const void *const *)dsts, srcs, sizes, count, attrs, attrsIdxs, numAttrs, stream);
}

// An operand of a 3D batch: five words from `at` on.
CUT_INLINE void cut_batchOperand(CUTDraft *_Nonnull draft, uint32_t at, const struct cudaMemcpy3DOperand *_Nonnull operand) {
    const int isArray = operand->type == 2;
    cut_setWord(draft, at, operand->type);
    cut_setWord(draft, at + 1, isArray ? (uint64_t)operand->op.array.array : (uint64_t)operand->op.ptr.ptr);
    cut_setWord(draft, at + 2, isArray ? operand->op.array.offset.x : operand->op.ptr.rowLength);
    cut_setWord(draft, at + 3, isArray ? operand->op.array.offset.y : operand->op.ptr.layerHeight);
    cut_setWord(draft, at + 4, isArray ? operand->op.array.offset.z : 0);
}

CUT_INLINE void cut_batch3D(
    CUTDraft *_Nonnull draft, const struct cudaMemcpy3DBatchOp *_Nullable list, size_t count, uint64_t flags,
    cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)stream);
    cut_word(draft, flags);
    cut_fitItems(draft, list ? count : 0, 14);
    cut_word(draft, draft->tail);
    for (size_t index = 0; draft->phase == CUT_WRITE && index < draft->tail; ++index) {
        const struct cudaMemcpy3DBatchOp *copy = &list[index];
        uint32_t at = draft->index + (uint32_t)index * 14;
        cut_batchOperand(draft, at, &copy->dst);
        cut_batchOperand(draft, at + 5, &copy->src);
        cut_setWord(draft, at + 10, copy->extent.width);
        cut_setWord(draft, at + 11, copy->extent.height);
        cut_setWord(draft, at + 12, copy->extent.depth);
        cut_setWord(draft, at + 13, copy->srcAccessOrder);
    }
    draft->index += (uint32_t)draft->tail * 14;
}

CUT_INLINE void cut_write_cudaMemcpy3DBatchAsync_12(
    CUTDraft *_Nonnull draft, size_t count, struct cudaMemcpy3DBatchOp *_Nullable list, size_t *_Nullable failIdx,
    unsigned long long flags, cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)failIdx);
    cut_batch3D(draft, list, count, flags, stream);
}

CUT_INLINE void cut_write_cudaMemcpy3DBatchAsync_13(
    CUTDraft *_Nonnull draft, size_t count, struct cudaMemcpy3DBatchOp *_Nullable list, unsigned long long flags,
    cudaStream_t _Nullable stream
) {
    cut_batch3D(draft, list, count, flags, stream);
}

// Launches. A kernel of which only the runtime knows the parameters is asked for behind its first launch; there is room
// for so many of them in the record.

enum { CUT_ROOM_FOR_POINTERS = 16 };

// Learns the kernel and completes the record of its first launch. The count is written last: while the call is in
// flight the recorder may read the record.
CUT_INLINE void cut_learnAfterLaunch(
    CUTDraft *_Nonnull draft, const void *_Nonnull address, void *_Nonnull *_Nonnull args
) {
    cut_askKernel(address, draft->site, draft->isMajor13);
    const CUTKernel *kernel = cut_kernelAt(address);
    if (!kernel || kernel->count > draft->room) { return; }
    draft->tail = kernel->count;
    cut_pointersAt(draft, draft->index + 1, kernel, args);
    uint64_t *words = (uint64_t *)((char *)draft->record + __builtin_offsetof(CUTRecord, words));
    cut_storeRelease64(&words[draft->index], kernel->count);
}

// Where and how a kernel is launched: the words of a launch before those of its pointers.
CUT_INLINE void cut_launchHow(
    CUTDraft *_Nonnull draft, const void *_Nullable kernel, dim3 grid, dim3 block, uint64_t sharedMemory,
    cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)kernel);
    cut_dimensions(draft, grid, block);
    cut_word(draft, sharedMemory);
    cut_word(draft, (uint64_t)stream);
}

// The pointers that a kernel is launched with.
CUT_INLINE void cut_launchWith(
    CUTDraft *_Nonnull draft, const void *_Nullable kernel, void *_Nullable *_Nullable args
) {
    cut_findPointers(draft, kernel, args);
    if (draft->phase == CUT_MEASURE && !draft->kernel && kernel && args && cut_mayAskKernel(kernel)) {
        draft->room = CUT_ROOM_FOR_POINTERS;
    }
    if (draft->phase == CUT_FINISH && draft->room && draft->record) { cut_learnAfterLaunch(draft, kernel, args); }
    cut_pointerCount(draft);
    cut_pointers(draft, args);
    draft->index += draft->room * 2;
}

CUT_INLINE void cut_launch(
    CUTDraft *_Nonnull draft, const void *_Nullable kernel, dim3 grid, dim3 block, uint64_t sharedMemory,
    cudaStream_t _Nullable stream, void *_Nullable *_Nullable args
) {
    cut_launchHow(draft, kernel, grid, block, sharedMemory, stream);
    cut_launchWith(draft, kernel, args);
}

CUT_INLINE void cut_write_cudaLaunchKernel(
    CUTDraft *_Nonnull draft, const void *_Nullable func, dim3 grid, dim3 block, void *_Nullable *_Nullable args,
    size_t sharedMem, cudaStream_t _Nullable stream
) {
    cut_launch(draft, func, grid, block, sharedMem, stream, args);
}

CUT_INLINE void cut_write_cudaLaunchCooperativeKernel(
    CUTDraft *_Nonnull draft, const void *_Nullable func, dim3 grid, dim3 block, void *_Nullable *_Nullable args,
    size_t sharedMem, cudaStream_t _Nullable stream
) {
    cut_launch(draft, func, grid, block, sharedMem, stream, args);
}

CUT_INLINE void cut_write___cudaLaunchKernel(
    CUTDraft *_Nonnull draft, cudaKernel_t _Nullable kernel, dim3 grid, dim3 block,
    void *_Nullable *_Nullable args, size_t sharedMem, cudaStream_t _Nullable stream
) {
    cut_launch(draft, kernel, grid, block, sharedMem, stream, args);
}

CUT_INLINE void cut_write_cudaLaunchKernelExC(
    CUTDraft *_Nonnull draft, const cudaLaunchConfig_t *_Nullable config, const void *_Nullable func,
    void *_Nullable *_Nullable args
) {
    static const cudaLaunchConfig_t none;
    const cudaLaunchConfig_t *launch = draft->phase == CUT_WRITE && config ? config : &none;
    cut_launchHow(draft, func, launch->gridDim, launch->blockDim, launch->dynamicSmemBytes, launch->stream);
    cut_word(draft, (uint64_t)cut_launchEvent(launch->attrs, launch->numAttrs));
    cut_launchWith(draft, func, args);
}

CUT_INLINE void cut_write___cudaPushCallConfiguration(
    CUTDraft *_Nonnull draft, dim3 grid, dim3 block, size_t sharedMem, struct CUstream_st *_Nullable stream
) {
    cut_dimensions(draft, grid, block);
    cut_word(draft, sharedMem);
    cut_word(draft, (uint64_t)stream);
}

CUT_INLINE void cut_getKernel(CUTDraft *_Nonnull draft, void *_Nullable result, const void *_Nullable stub) {
    cut_resultWord(draft, result, sizeof(void *));
    cut_word(draft, (uint64_t)stub);
    if (draft->phase == CUT_FINISH && result) { cut_aliasKernel(*(void **)result, stub); }
}

CUT_INLINE void cut_write___cudaGetKernel(
    CUTDraft *_Nonnull draft, cudaKernel_t _Nullable *_Nullable kernel, const void *_Nullable stub
) {
    cut_getKernel(draft, kernel, stub);
}

CUT_INLINE void cut_write_cudaGetKernel(
    CUTDraft *_Nonnull draft, cudaKernel_t _Nullable *_Nullable kernel, const void *_Nullable stub
) {
    cut_getKernel(draft, kernel, stub);
}

CUT_INLINE void cut_write_cudaGetFuncBySymbol(
    CUTDraft *_Nonnull draft, cudaFunction_t _Nullable *_Nullable function, const void *_Nullable stub
) {
    cut_getKernel(draft, function, stub);
}

// Registration.

// Keeps a registration for the children of this process: what its record has, which may not be there.
CUT_INLINE void cut_rememberWords(
    const CUTDraft *_Nonnull draft, uint16_t id, uint32_t count, const uint64_t *_Nonnull words,
    const char *_Nullable name
) {
    CUTRegistration registration = {
        .id = id, .form = draft->isMajor13 ? CUT_FORM_MAJOR_13 : 0, .count = count, .name = name, .site = draft->site};
    memcpy(registration.words, words, count * sizeof words[0]);
    cut_remember(&registration);
}

CUT_INLINE void cut_write___cudaRegisterFatBinary(CUTDraft *_Nonnull draft, void *_Nullable fatCubin) {
    cut_word(draft, (uint64_t)fatCubin);
    cut_resultWord(draft, draft->phase == CUT_FINISH ? &draft->handle : 0, sizeof draft->handle);
}

CUT_INLINE void cut_write___cudaRegisterFunction(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable module, const char *_Nullable hostFun,
    char *_Nullable deviceFun, const char *_Nullable deviceName, int threadLimit, uint3 *_Nullable tid,
    uint3 *_Nullable bid, dim3 *_Nullable blockDim, dim3 *_Nullable gridDim, int *_Nullable warpSize
) {
    (void)deviceFun, (void)threadLimit, (void)tid, (void)bid, (void)blockDim, (void)gridDim, (void)warpSize;
    cut_word(draft, (uint64_t)module);
    cut_word(draft, (uint64_t)hostFun);
    cut_text(draft, deviceName);
    if (draft->phase == CUT_FINISH) {
        cut_learnKernel(hostFun, deviceName);
        cut_rememberWords(draft, 134, 2, (const uint64_t[]){(uint64_t)module, (uint64_t)hostFun}, deviceName);
    }
}

CUT_INLINE void cut_write___cudaUnregisterFatBinary(CUTDraft *_Nonnull draft, void *_Nullable *_Nullable module) {
    cut_word(draft, (uint64_t)module);
    if (draft->phase == CUT_FINISH) { cut_forget((uint64_t)module); }
}

CUT_INLINE void cut_write___cudaRegisterVar(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable module, char *_Nullable hostVar,
    char *_Nullable deviceAddress, const char *_Nullable deviceName, int ext, size_t size, int constant, int global
) {
    (void)deviceAddress;
    const uint64_t words[] = {
        (uint64_t)module, (uint64_t)hostVar, (uint64_t)ext, size, (uint64_t)constant, (uint64_t)global};
    for (int index = 0; index < 6; ++index) { cut_word(draft, words[index]); }
    cut_text(draft, deviceName);
    if (draft->phase == CUT_FINISH) { cut_rememberWords(draft, 135, 6, words, deviceName); }
}

// The pointer through which the program reaches the variable is a result: a runtime may set it here, or later.
CUT_INLINE void cut_write___cudaRegisterManagedVar(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable module, void *_Nullable *_Nullable hostVarPtrAddress,
    char *_Nullable deviceAddress, const char *_Nullable deviceName, int ext, size_t size, int constant, int global
) {
    (void)deviceAddress;
    cut_word(draft, (uint64_t)module);
    cut_resultWord(draft, hostVarPtrAddress, sizeof *hostVarPtrAddress);
    cut_word(draft, (uint64_t)ext);
    cut_word(draft, size);
    cut_word(draft, (uint64_t)constant);
    cut_word(draft, (uint64_t)global);
    cut_text(draft, deviceName);
    if (draft->phase == CUT_FINISH) {
        uint64_t pointer = hostVarPtrAddress ? (uint64_t)*hostVarPtrAddress : 0;
        const uint64_t words[] = {(uint64_t)module, pointer, (uint64_t)ext, size, (uint64_t)constant, (uint64_t)global};
        cut_rememberWords(draft, 136, 6, words, deviceName);
    }
}

// Memory pools.

CUT_INLINE void cut_memLocation(CUTDraft *_Nonnull draft, const struct cudaMemLocation *_Nullable location) {
    struct cudaMemLocation none = {0};
    if (draft->phase == CUT_WRITE && location) { none = *location; }
    cut_word(draft, none.type);
    cut_word(draft, (uint64_t)none.id);
}

CUT_INLINE void cut_write_cudaMemPoolCreate(
    CUTDraft *_Nonnull draft, cudaMemPool_t _Nullable *_Nullable pool, const struct cudaMemPoolProps *_Nullable properties
) {
    cut_resultWord(draft, pool, sizeof *pool);
    cut_word(draft, draft->phase == CUT_WRITE && properties ? properties->allocType : 0);
    cut_memLocation(draft, properties ? &properties->location : 0);
}

CUT_INLINE void cut_write_cudaMemPoolSetAttribute(
    CUTDraft *_Nonnull draft, cudaMemPool_t _Nullable pool, enum cudaMemPoolAttr attribute, void *_Nullable value
) {
    uint64_t number = 0;
    // The first three are switches (int), the others count bytes (64 bits).
    const int isKnown = attribute >= 1 && attribute <= 8;
    if (draft->phase == CUT_WRITE && value && isKnown) { memcpy(&number, value, (unsigned)attribute <= 3 ? 4 : 8); }
    cut_word(draft, (uint64_t)pool);
    cut_word(draft, (uint64_t)attribute);
    cut_word(draft, number);
}

CUT_INLINE void cut_accessItems(
    CUTDraft *_Nonnull draft, const struct cudaMemAccessDesc *_Nullable list, size_t count
) {
    cut_fitItems(draft, list ? count : 0, 3);
    cut_word(draft, draft->tail);
    for (size_t index = 0; draft->phase == CUT_WRITE && index < draft->tail; ++index) {
        uint32_t at = draft->index + (uint32_t)index * 3;
        cut_setWord(draft, at, list[index].location.type);
        cut_setWord(draft, at + 1, (uint64_t)list[index].location.id);
        cut_setWord(draft, at + 2, list[index].flags);
    }
    draft->index += (uint32_t)draft->tail * 3;
}

CUT_INLINE void cut_write_cudaMemPoolSetAccess(
    CUTDraft *_Nonnull draft, cudaMemPool_t _Nullable pool, const struct cudaMemAccessDesc *_Nullable list, size_t count
) {
    cut_word(draft, (uint64_t)pool);
    cut_accessItems(draft, list, count);
}

CUT_INLINE void cut_write_cudaMemSetMemPool_13(
    CUTDraft *_Nonnull draft, struct cudaMemLocation *_Nullable location, enum cudaMemAllocationType type,
    cudaMemPool_t _Nullable pool
) {
    cut_memLocation(draft, location);
    cut_word(draft, type);
    cut_word(draft, (uint64_t)pool);
}

CUT_INLINE void cut_write_cudaMemGetMemPool_13(
    CUTDraft *_Nonnull draft, cudaMemPool_t _Nullable *_Nullable pool, struct cudaMemLocation *_Nullable location,
    enum cudaMemAllocationType type
) {
    cut_resultWord(draft, pool, sizeof *pool);
    cut_memLocation(draft, location);
    cut_word(draft, type);
}

CUT_INLINE void cut_write_cudaMemGetDefaultMemPool_13(
    CUTDraft *_Nonnull draft, cudaMemPool_t _Nullable *_Nullable pool, struct cudaMemLocation *_Nullable location,
    enum cudaMemAllocationType type
) {
    cut_write_cudaMemGetMemPool_13(draft, pool, location, type);
}

// Managed memory.

CUT_INLINE void cut_advise(
    CUTDraft *_Nonnull draft, const void *_Nullable devPtr, size_t count, uint64_t advice,
    struct cudaMemLocation location
) {
    cut_word(draft, (uint64_t)devPtr);
    cut_word(draft, count);
    cut_word(draft, advice);
    cut_memLocation(draft, &location);
}

CUT_INLINE void cut_write_cudaMemAdvise_13(
    CUTDraft *_Nonnull draft, const void *_Nullable devPtr, size_t count, enum cudaMemoryAdvise advice,
    struct cudaMemLocation location
) {
    cut_advise(draft, devPtr, count, advice, location);
}

CUT_INLINE void cut_write_cudaMemAdvise_v2_12(
    CUTDraft *_Nonnull draft, const void *_Nullable devPtr, size_t count, enum cudaMemoryAdvise advice,
    struct cudaMemLocation location
) {
    cut_advise(draft, devPtr, count, advice, location);
}

CUT_INLINE void cut_write_cudaMemPrefetchAsync_13(
    CUTDraft *_Nonnull draft, const void *_Nullable devPtr, size_t count, struct cudaMemLocation location,
    unsigned int flags, cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)devPtr);
    cut_word(draft, count);
    cut_memLocation(draft, &location);
    cut_word(draft, flags);
    cut_word(draft, (uint64_t)stream);
}

CUT_INLINE void cut_write_cudaMemPrefetchAsync_v2_12(
    CUTDraft *_Nonnull draft, const void *_Nullable devPtr, size_t count, struct cudaMemLocation location,
    unsigned int flags, cudaStream_t _Nullable stream
) {
    cut_write_cudaMemPrefetchAsync_13(draft, devPtr, count, location, flags, stream);
}

// A batch of ranges. The location at `locations[k]` holds for the ranges from `indexes[k]` up to the next index.
CUT_INLINE void cut_ranges(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable pointers, const size_t *_Nullable sizes, size_t count,
    const struct cudaMemLocation *_Nullable locations, const size_t *_Nullable indexes, size_t locationCount,
    uint32_t words, uint64_t flags, cudaStream_t _Nullable stream
) {
    cut_word(draft, (uint64_t)stream);
    cut_word(draft, flags);
    cut_fitItems(draft, pointers && sizes ? count : 0, words);
    cut_word(draft, draft->tail);
    struct cudaMemLocation location = {0};
    size_t next = 0;
    for (size_t index = 0; draft->phase == CUT_WRITE && index < draft->tail; ++index) {
        while (locations && indexes && next < locationCount && indexes[next] <= index) { location = locations[next++]; }
        uint32_t at = draft->index + (uint32_t)index * words;
        cut_setWord(draft, at, (uint64_t)pointers[index]);
        cut_setWord(draft, at + 1, sizes[index]);
        if (words == 2) { continue; }
        cut_setWord(draft, at + 2, location.type);
        cut_setWord(draft, at + 3, (uint64_t)location.id);
    }
    draft->index += (uint32_t)draft->tail * words;
}

CUT_INLINE void cut_write_cudaMemPrefetchBatchAsync_13(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable pointers, size_t *_Nullable sizes, size_t count,
    struct cudaMemLocation *_Nullable locations, size_t *_Nullable indexes, size_t locationCount,
    unsigned long long flags, cudaStream_t _Nullable stream
) {
    cut_ranges(draft, pointers, sizes, count, locations, indexes, locationCount, 4, flags, stream);
}

CUT_INLINE void cut_write_cudaMemDiscardAndPrefetchBatchAsync_13(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable pointers, size_t *_Nullable sizes, size_t count,
    struct cudaMemLocation *_Nullable locations, size_t *_Nullable indexes, size_t locationCount,
    unsigned long long flags, cudaStream_t _Nullable stream
) {
    cut_ranges(draft, pointers, sizes, count, locations, indexes, locationCount, 4, flags, stream);
}

CUT_INLINE void cut_write_cudaMemDiscardBatchAsync_13(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable pointers, size_t *_Nullable sizes, size_t count,
    unsigned long long flags, cudaStream_t _Nullable stream
) {
    cut_ranges(draft, pointers, sizes, count, 0, 0, 0, 2, flags, stream);
}

// What other processes share, and entry points.

CUT_INLINE void cut_write_cudaIpcOpenMemHandle(
    CUTDraft *_Nonnull draft, void *_Nullable *_Nullable devPtr, cudaIpcMemHandle_t handle, unsigned int flags
) {
    (void)handle;
    cut_resultWord(draft, devPtr, sizeof *devPtr);
    cut_word(draft, flags);
}

CUT_INLINE void cut_write_cudaIpcOpenEventHandle(
    CUTDraft *_Nonnull draft, cudaEvent_t _Nullable *_Nullable event, cudaIpcEventHandle_t handle
) {
    (void)handle;
    cut_resultWord(draft, event, sizeof *event);
}

// The program gets the hook of the function that the runtime found; the record has what was found.
CUT_INLINE void cut_routeEntryPoint(
    CUTDraft *_Nonnull draft, const char *_Nullable symbol, void *_Nullable *_Nullable function
) {
    if (draft->phase == CUT_FINISH && symbol && function) {
        *function = cut_routeDriver(symbol, *function, CUT_WAY_ENTRY_POINT);
    }
}

CUT_INLINE void cut_write_cudaGetDriverEntryPoint(
    CUTDraft *_Nonnull draft, const char *_Nullable symbol, void *_Nullable *_Nullable function,
    unsigned long long flags, enum cudaDriverEntryPointQueryResult *_Nullable status
) {
    (void)status;
    cut_resultWord(draft, function, sizeof *function);
    cut_word(draft, flags);
    cut_text(draft, symbol);
    cut_routeEntryPoint(draft, symbol, function);
}

CUT_INLINE void cut_write_cudaGetDriverEntryPointByVersion(
    CUTDraft *_Nonnull draft, const char *_Nullable symbol, void *_Nullable *_Nullable function,
    unsigned int cudaVersion, unsigned long long flags, enum cudaDriverEntryPointQueryResult *_Nullable status
) {
    (void)status;
    cut_resultWord(draft, function, sizeof *function);
    cut_word(draft, cudaVersion);
    cut_word(draft, flags);
    cut_text(draft, symbol);
    cut_routeEntryPoint(draft, symbol, function);
}

#endif
