// How the exported functions of the stand-ins reach the emulator: a call becomes the words that a recording of it would
// have. Each library says which major the words carry (CUT_MAJOR) and what it returns for an error that it finds itself
// (CUT_FAIL).
#ifndef CUT_CALL_H
#define CUT_CALL_H

#include "cut_bridge.h"
#include "cutape_abi.h"
#include "cutape_draft.h"
#include "cutape_map.h"

#include <stdlib.h>
#include <string.h>

#define CUT_EXPORTED __attribute__((visibility("default")))
#define CUT_UNUSED __attribute__((unused))

// A word of a call: every parameter that a regular row passes fits in one.
#define CUT_WORD(value) ((uint64_t)(value))

static inline int32_t cut_call(uint16_t function, uint8_t variant, const uint64_t *words, uint32_t count,
                               const uint64_t *tail, uint32_t tailCount) {
    CUTCall call = {function, CUT_MAJOR, variant, count, tailCount, words, tail};
    return cut_perform(&call);
}

// A call of row `id` whose fields are the arguments that follow.
#define CUT_CALL(id, variant, ...) \
    cut_call(id, variant, (uint64_t[]){__VA_ARGS__}, sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), NULL, 0)

// CUT_IF(CUT_LEFT_OUT_x)(tokens) gives nothing where CUT_LEFT_OUT_x is defined as `~, 0`, and the tokens otherwise.
#define CUT_IF(probe) CUT_JOIN(CUT_IF_, CUT_PROBED(probe, 1, ))
#define CUT_PROBED(...) CUT_PROBED_(__VA_ARGS__)
#define CUT_PROBED_(first, second, ...) second
#define CUT_IF_0(...)
#define CUT_IF_1(...) __VA_ARGS__

// The functions whose words are their parameters, in order: CUT_DEFINE_<also> of a regular row.
#define CUT_PASS(type, name, role) CUT_WORD(name)
#define CUT_DEFINE(id, name, variant, returns, parameters)                                               \
    CUT_EXPORTED CUTReturns_##returns name(CUT_DECLARATIONS(parameters)) {                               \
        const uint64_t words[] = {CUT_EACH_COMMA(CUT_PASS, parameters)};                                 \
        return (CUTReturns_##returns)cut_call(id, variant, words, sizeof words / sizeof words[0], NULL, 0); \
    }
#define CUT_DEFINE_none(id, name, returns, parameters) CUT_DEFINE(id, name, 0, returns, parameters)
#define CUT_DEFINE_ptsz(id, name, returns, parameters) \
    CUT_DEFINE(id, name, 0, returns, parameters) CUT_DEFINE(id, name##_ptsz, 1, returns, parameters)
#define CUT_DEFINE_ptds(id, name, returns, parameters) \
    CUT_DEFINE(id, name, 0, returns, parameters) CUT_DEFINE(id, name##_ptds, 2, returns, parameters)

// The functions whose words need code: it is the code that writes them for a recording (cutape_draft.h).

enum {
    CUT_DRAFT_WORDS = 1 << 26, // more than a program has nodes
    CUT_DRAFT_FIELDS = 32,     // more than a function has
};

// Makes room for the words that were measured; gives the error of a call that is refused.
static inline int32_t startDraft(CUTDraft *draft) {
    if (draft->isRefused) { return 1; } // cudaErrorInvalidValue
    draft->record = malloc(sizeof *draft->record + draft->index * sizeof(uint64_t));
    draft->phase = CUT_WRITE;
    draft->index = 0;
    return draft->record != NULL ? 0 : 2; // cudaErrorMemoryAllocation
}

// Performs the call whose words were written.
static inline int32_t performDraft(uint16_t id, uint8_t variant, const CUTDraft *draft) {
    const CUTApiInfo *info = cut_apiInfo(id);
    uint64_t words[CUT_DRAFT_FIELDS];
    uint32_t next = 0;
    for (uint32_t field = 0; field < info->fieldCount; ++field) {
        const int isKind = strcmp(info->fields[field].role, "kind") == 0;
        words[field] = isKind ? draft->record->kind : cut_recordWord(draft->record, next++);
    }
    int32_t result = cut_call(id, variant, words, info->fieldCount, draft->record->words + next, draft->index - next);
    free(draft->record);
    return result;
}

// A call of row `id` with the words that `writer` writes.
#define CUT_DRAFT_CALL(result, id, form, writer, ...)                                                       \
    CUTDraft draft = {.phase = CUT_MEASURE, .maxWords = CUT_DRAFT_WORDS, .variant = form, .stackPointer = &draft}; \
    writer(&draft, __VA_ARGS__);                                                            \
    int32_t result = startDraft(&draft);                                                    \
    if (result != 0) { return CUT_FAIL(result); }                                           \
    writer(&draft, __VA_ARGS__);                                                            \
    result = performDraft(id, form, &draft);

// The parameters by whose names a structure or a string is passed that CUDA reads: it refuses a null pointer.
#define CUT_MUST_BE(type, name, role) CUT_JOIN(CUT_MUST_BE_, CUT_CLASS_(CUT_MUST_BE_OF_##name, anything, ))(name)
#define CUT_MUST_BE_OF_pCopy , there
#define CUT_MUST_BE_OF_opList , there
#define CUT_MUST_BE_OF_pAllocateArray , there
#define CUT_MUST_BE_OF_poolProps , there
#define CUT_MUST_BE_OF_prop , there
#define CUT_MUST_BE_OF_desc , there
#define CUT_MUST_BE_OF_name , there
#define CUT_MUST_BE_OF_config , there
#define CUT_MUST_BE_OF_nodeParams , there
#define CUT_MUST_BE_OF_copyParams , there
#define CUT_MUST_BE_OF_memsetParams , there
#define CUT_MUST_BE_anything(name)
#define CUT_MUST_BE_there(name) \
    if (name == NULL) { return CUT_FAIL(1); }

#define CUT_DRAFTED(id, name, symbol, form, majors, returns, parameters)                                  \
    CUT_EXPORTED CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters)) {                                 \
        CUT_EACH(CUT_MUST_BE, parameters)                                                                 \
        CUT_DRAFT_CALL(result, id, form, CUT_WRITER(name, majors), CUT_ARGUMENTS(parameters))             \
        return (CUTReturns_##returns)result;                                                                 \
    }
#define CUT_DRAFTED_none(id, name, ...) CUT_DRAFTED(id, name, name, 0, __VA_ARGS__)
#define CUT_DRAFTED_ptsz(id, name, ...) \
    CUT_DRAFTED(id, name, name, 0, __VA_ARGS__) CUT_DRAFTED(id, name, name##_ptsz, 1, __VA_ARGS__)
#define CUT_DRAFTED_ptds(id, name, ...) \
    CUT_DRAFTED(id, name, name, 0, __VA_ARGS__) CUT_DRAFTED(id, name, name##_ptds, 2, __VA_ARGS__)

#endif
