// Writing the words of a call whose arguments need code.
//
// One function for each such call is run up to three times over the same arguments, with one purpose at a time: to
// measure how many words it takes, to write them, and, after the call has succeeded, to write what it handed back. It is
// inlined with a constant phase, so that each run is only what it is for. The last one also runs for a call that is
// not recorded: what it teaches (kernels) must not depend on that.
#ifndef CUTAPE_DRAFT_H
#define CUTAPE_DRAFT_H

#include "kernels.h"
#include "record.h"
#include "stack.h"

#include <string.h>

typedef enum CUTPhase { CUT_MEASURE, CUT_WRITE, CUT_FINISH } CUTPhase;

typedef struct CUTDraft {
    CUTPhase phase;
    uint32_t index;             // of the next word
    CUTRecord *_Nullable record; // NULL while measuring, and for a call that is not recorded
    uint32_t form;              // CUT_FORM_TRUNCATED, or 0
    const void *_Nonnull stackPointer; // of the caller
    // Found while measuring, so that writing agrees whatever other threads do to the arguments meanwhile.
    uint64_t tail; // bytes of the text, or items
    const CUTKernel *_Nullable kernel;
    uint32_t room;          // for items that are known only after the call
    void *_Nullable handle; // what the function returned, for those that return a handle
    const void *_Nullable site;
    int isMajor13;
} CUTDraft;

#define CUT_INLINE static inline __attribute__((always_inline))

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
    uint64_t room = (CUT_MAX_WORDS - draft->index - 1) / words;
    draft->tail = count < room ? count : room;
    if (count > room) { draft->form |= CUT_FORM_TRUNCATED; }
}

#endif
