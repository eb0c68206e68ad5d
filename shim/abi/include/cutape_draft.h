// Writing the words of a call whose arguments need code.
//
// One function for each such call is run up to three times over the same arguments, with one purpose at a time: to
// measure how many words it takes, to write them, and, after the call has succeeded, to write what it handed back. It is
// inlined with a constant phase, so that each run is only what it is for. The last one also runs for a call that is
// not recorded: what it teaches (kernels) must not depend on that.
//
// The shim writes into the spool. The stand-in runtime runs the first two phases over a record of its own: so both say
// the same words about a call.
#ifndef CUTAPE_DRAFT_H
#define CUTAPE_DRAFT_H

#include "cutape_cuda.h"
#include "cutape_kernels.h"
#include "cutape_ring.h"

#include <string.h>

typedef enum CUTPhase { CUT_MEASURE, CUT_WRITE, CUT_FINISH } CUTPhase;

typedef struct CUTDraft {
    CUTPhase phase;
    uint32_t maxWords;          // as many fit a record
    uint32_t index;             // of the next word
    CUTRecord *_Nullable record; // NULL while measuring, and for a call that is not recorded
    uint32_t form;              // CUT_FORM_TRUNCATED, or 0
    const void *_Nonnull stackPointer; // of the caller
    uint32_t variant;           // of the call: what stream 0 means
    // Found while measuring, so that writing agrees whatever other threads do to the arguments meanwhile.
    uint64_t tail;         // bytes of the text, or items
    uint64_t dependencies; // handles of nodes before the items
    uint32_t nodeType;     // cudaGraphNodeType of a node that may be of any type
    uint32_t isRefused;    // a pointer is null that CUDA must read: only the stand-in runtime looks
    const CUTKernel *_Nullable kernel;
    uint32_t room;          // for items that are known only after the call
    void *_Nullable handle; // what the function returned, for those that return a handle
    const void *_Nullable site;
    int isMajor13;
} CUTDraft;

#define CUT_INLINE static inline __attribute__((always_inline))

// The function that writes the words of an irregular row.
#define CUT_WRITER(name, majors) CUT_JOIN(cut_write_##name, CUT_WRITER_OF_##majors)
#define CUT_WRITER_OF_both
#define CUT_WRITER_OF_driver
#define CUT_WRITER_OF_only12 _12
#define CUT_WRITER_OF_only13 _13

CUT_INLINE void cut_setWord(CUTDraft *_Nonnull draft, uint32_t index, uint64_t value) {
    uint64_t *words = (uint64_t *)((char *)draft->record + __builtin_offsetof(CUTRecord, words));
    words[index] = value;
}

// A word that is known before the call.
CUT_INLINE void cut_word(CUTDraft *_Nonnull draft, uint64_t value) {
    if (draft->phase == CUT_WRITE) { cut_setWord(draft, draft->index, value); }
    draft->index += 1;
}

// A word for what the function stores at `pointer`, of `bytes` bytes: the pointer until it has succeeded.
CUT_INLINE void cut_resultWord(CUTDraft *_Nonnull draft, const void *_Nullable pointer, uint32_t bytes) {
    if (draft->phase == CUT_WRITE) { cut_setWord(draft, draft->index, (uint64_t)pointer); }
    if (draft->phase == CUT_FINISH && draft->record && pointer) {
        uint64_t value = 0;
        memcpy(&value, pointer, bytes);
        cut_setWord(draft, draft->index, value);
    }
    draft->index += 1;
}

CUT_INLINE void cut_kind(CUTDraft *_Nonnull draft, uint32_t kind) {
    if (draft->phase == CUT_WRITE) { draft->record->kind = kind; }
}

// A string: its length, then its bytes, zero padded.
CUT_INLINE void cut_text(CUTDraft *_Nonnull draft, const char *_Nullable text) {
    if (draft->phase == CUT_MEASURE) {
        draft->tail = text ? strnlen(text, CUT_MAX_TEXT + 1) : 0;
        if (draft->tail > CUT_MAX_TEXT) {
            draft->tail = CUT_MAX_TEXT;
            draft->form |= CUT_FORM_TRUNCATED;
        }
    }
    cut_word(draft, draft->tail);
    uint32_t words = (uint32_t)(draft->tail + 7) / 8;
    if (draft->phase == CUT_WRITE && draft->tail > 0) {
        cut_setWord(draft, draft->index + words - 1, 0);
        memcpy((char *)draft->record + __builtin_offsetof(CUTRecord, words) + draft->index * 8, text, draft->tail);
    }
    draft->index += words;
}

// How many of `count` items of `words` words fit behind the words so far and their own count.
CUT_INLINE void cut_fitItems(CUTDraft *_Nonnull draft, uint64_t count, uint32_t words) {
    if (draft->phase != CUT_MEASURE) { return; }
    uint64_t room = (draft->maxWords - draft->index - 1) / words;
    draft->tail = count < room ? count : room;
    if (count > room) { draft->form |= CUT_FORM_TRUNCATED; }
}

// A pointer without which CUDA gives cudaErrorInvalidValue.
CUT_INLINE void cut_require(CUTDraft *_Nonnull draft, const void *_Nullable pointer) {
    if (!pointer) { draft->isRefused = 1; }
}

// What several functions have.

CUT_INLINE void cut_extent(CUTDraft *_Nonnull draft, struct cudaExtent extent) {
    cut_word(draft, extent.width);
    cut_word(draft, extent.height);
    cut_word(draft, extent.depth);
}

CUT_INLINE void cut_dimensions(CUTDraft *_Nonnull draft, dim3 grid, dim3 block) {
    cut_word(draft, grid.x);
    cut_word(draft, grid.y);
    cut_word(draft, grid.z);
    cut_word(draft, block.x);
    cut_word(draft, block.y);
    cut_word(draft, block.z);
}

CUT_INLINE void cut_operand(
    CUTDraft *_Nonnull draft, cudaArray_t _Nullable array, struct cudaPos pos, struct cudaPitchedPtr pitched
) {
    cut_word(draft, (uint64_t)array);
    cut_word(draft, pos.x);
    cut_word(draft, pos.y);
    cut_word(draft, pos.z);
    cut_word(draft, (uint64_t)pitched.ptr);
    cut_word(draft, pitched.pitch);
    cut_word(draft, pitched.xsize);
    cut_word(draft, pitched.ysize);
}

// All but the kind, which is given back: it is a word in some records.
CUT_INLINE enum cudaMemcpyKind cut_copy3D(
    CUTDraft *_Nonnull draft, const struct cudaMemcpy3DParms *_Nullable parameters
) {
    struct cudaMemcpy3DParms copy = {0};
    if (draft->phase == CUT_WRITE && parameters) { copy = *parameters; }
    cut_operand(draft, copy.srcArray, copy.srcPos, copy.srcPtr);
    cut_operand(draft, copy.dstArray, copy.dstPos, copy.dstPtr);
    cut_extent(draft, copy.extent);
    return copy.kind;
}

// The pointers among the arguments of a kernel, and those only when all parameters are known: how many there are is
// found while measuring, behind everything that comes before them; their count may be written earlier.
CUT_INLINE void cut_findPointers(
    CUTDraft *_Nonnull draft, const void *_Nullable kernel, void *_Nullable const *_Nullable arguments
) {
    if (draft->phase != CUT_MEASURE) { return; }
    draft->kernel = cut_kernelAt(kernel);
    if (draft->kernel && draft->kernel->count > 0 && !arguments) { draft->kernel = 0; }
    if (draft->kernel) { cut_fitItems(draft, draft->kernel->count, 2); }
}

CUT_INLINE void cut_pointerCount(CUTDraft *_Nonnull draft) {
    cut_word(draft, draft->kernel ? draft->tail : UINT64_MAX);
}

CUT_INLINE void cut_pointersAt(
    CUTDraft *_Nonnull draft, uint32_t at, const CUTKernel *_Nonnull kernel, void *_Nullable const *_Nullable arguments
) {
    for (uint32_t index = 0; index < kernel->count && index < draft->tail; ++index) {
        uint32_t parameter = kernel->pointers[index];
        const void *argument = arguments[parameter >> 8];
        uint64_t pointer = 0;
        if (argument) { memcpy(&pointer, argument, sizeof pointer); }
        cut_setWord(draft, at + index * 2, parameter);
        cut_setWord(draft, at + index * 2 + 1, pointer);
    }
}

CUT_INLINE void cut_pointers(CUTDraft *_Nonnull draft, void *_Nullable const *_Nullable arguments) {
    if (!draft->kernel) { return; }
    if (draft->phase == CUT_WRITE) { cut_pointersAt(draft, draft->index, draft->kernel, arguments); }
    draft->index += (uint32_t)draft->tail * 2;
}

// The event that a launch records by an attribute: when its blocks say so, or when the last of them has begun.
static inline cudaEvent_t _Nullable cut_launchEvent(
    const struct cudaLaunchAttribute_st *_Nullable attributes, unsigned int count
) {
    for (unsigned int index = 0; attributes && index < count; ++index) {
        unsigned int id = attributes[index].id;
        if (id == CUT_PROGRAMMATIC_EVENT || id == CUT_LAUNCH_COMPLETION_EVENT) { return attributes[index].val.event; }
    }
    return 0;
}

#endif
