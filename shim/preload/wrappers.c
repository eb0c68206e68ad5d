// The exported functions: one for each row of the API table, major and form, all expanded from the table.
//
// Every wrapper does the same: find what the caller would have called without the shim, begin a record, forward the
// call, complete the record. It changes no argument, no result and no errno. A wrapper for which there is nothing to
// forward to answers as a runtime without the function would.
//
// What the runtime asks of the driver inside a recorded call is part of that call, and gets no record of its own.
#include "bind.h"
#include "cutape_cuda.h"
#include "cutape_map.h"
#include "irregular.h"
#include "irregular_driver.h"
#include "payload.h"
#include "record.h"
#include "watch.h"

// How a parameter of each class is counted, written before the call, and written after it.
#define CUT_COUNT(type, name, role) CUT_JOIN(CUT_COUNT_, CUT_CLASS(role))
#define CUT_COUNT_kind
#define CUT_COUNT_word +1
#define CUT_COUNT_result +1
#define CUT_WRITE_ONE(type, name, role) CUT_JOIN(CUT_WRITE_, CUT_CLASS(role))(name)
#define CUT_WRITE_kind(name) cutRecord->kind = (uint32_t)name;
#define CUT_WRITE_word(name) *cutWord++ = (uint64_t)name;
#define CUT_WRITE_result(name) *cutWord++ = (uint64_t)name;
#define CUT_FINISH_ONE(type, name, role) CUT_JOIN(CUT_FINISH_, CUT_CLASS(role))(name)
#define CUT_FINISH_kind(name)
#define CUT_FINISH_word(name) ++cutWord;
#define CUT_FINISH_result(name) \
    if (name) { \
        *cutWord = 0; \
        memcpy(cutWord, name, sizeof *name); \
    } \
    ++cutWord;

// What is looked at before a call is forwarded, by its effect: whether an asynchronous copy, which is one that takes a
// stream, uses the stack of its caller.
#define CUT_BEFORE(effect, body, parameters) \
    CUT_JOIN(CUT_BEFORE_, CUT_CLASS_(CUT_BEFORE_OF_##effect, nothing, ))(effect, body, parameters)
#define CUT_BEFORE_OF_copy , copy
#define CUT_BEFORE_OF_copyDefault , copy
#define CUT_BEFORE_OF_copyHostToDevice , copy
#define CUT_BEFORE_OF_copyDeviceToHost , copy
#define CUT_BEFORE_nothing(effect, body, parameters)
#define CUT_BEFORE_copy(effect, body, parameters) \
    enum { cutIsAsync = CUT_ASYNC_##body(parameters) }; \
    if (cutIsAsync) { CUT_EACH(CUT_WATCH_ONE, parameters) } \
    if (cut_wantsPayload()) { \
        CUTCopy cutCopy = CUT_ONE_ROW(CUT_KIND_##effect, cutForm & CUT_FORM_VARIANT); \
        CUT_EACH(CUT_NOTE_ONE, parameters) \
        if (cutCopy.source.start) { cut_noteSource(&cutCopy); } \
    }
// The kind that the function means, if it has no parameter for it.
#define CUT_KIND_copy CUT_NO_KIND
#define CUT_KIND_copyDefault cudaMemcpyDefault
#define CUT_KIND_copyHostToDevice cudaMemcpyHostToDevice
#define CUT_KIND_copyDeviceToHost cudaMemcpyDeviceToHost
// Of an irregular copy the roles do not say it: it counts as one that did not wait.
#define CUT_ASYNC_regular(parameters) 0 CUT_EACH(CUT_STREAM_ONE, parameters)
#define CUT_ASYNC_irregular(parameters) 1
#define CUT_STREAM_ONE(type, name, role) CUT_JOIN(CUT_STREAM_, CUT_CLASS_(CUT_STREAM_OF_##role, none, ))
#define CUT_STREAM_OF_stream , one
#define CUT_STREAM_none
#define CUT_STREAM_one +1
#define CUT_WATCH_ONE(type, name, role) CUT_JOIN(CUT_WATCH_, CUT_CLASS_(CUT_WATCH_OF_##role, nothing, ))(name)
#define CUT_WATCH_OF_destination , pointer
#define CUT_WATCH_OF_source , pointer
#define CUT_WATCH_nothing(name)
#define CUT_WATCH_pointer(name) \
    if (cut_isOnStack((const void *)(uint64_t)name)) { \
        cut_watchStack((const void *)(uint64_t)name, CUT_CALLER_STACK); \
    }

// What a parameter of each role says of a copy.
#define CUT_NOTE_ONE(type, name, role) CUT_JOIN(CUT_NOTE_, CUT_CLASS_(CUT_NOTE_OF_##role, nothing, ))(name)
#define CUT_NOTE_OF_source , source
#define CUT_NOTE_OF_bytes , width
#define CUT_NOTE_OF_width , width
#define CUT_NOTE_OF_height , rows
#define CUT_NOTE_OF_sourcePitch , pitch
#define CUT_NOTE_OF_kind , kind
#define CUT_NOTE_OF_stream , stream
#define CUT_NOTE_nothing(name)
#define CUT_NOTE_source(name) cutCopy.source.start = (uint64_t)name;
#define CUT_NOTE_width(name) cutCopy.source.width = name;
#define CUT_NOTE_rows(name) cutCopy.source.rows = name;
#define CUT_NOTE_pitch(name) cutCopy.source.pitch = name;
#define CUT_NOTE_kind(name) cutCopy.kind = (int32_t)name;
#define CUT_NOTE_stream(name) cutCopy.stream = (uint64_t)name, cutCopy.isAsync = 1;

// What is looked at when a call has returned, by its effect: what it waited for. A copy that takes no stream has waited
// for the default stream.
#define CUT_WAITED(effect, parameters) CUT_JOIN(CUT_WAITED_, CUT_CLASS_(CUT_WAITED_OF_##effect, nothing, ))(parameters)
#define CUT_WAITED_OF_copy , CUT_WAIT_COPY
#define CUT_WAITED_OF_copyDefault , CUT_WAIT_COPY
#define CUT_WAITED_OF_copyHostToDevice , CUT_WAIT_COPY
#define CUT_WAITED_OF_copyDeviceToHost , CUT_WAIT_COPY
#define CUT_WAITED_OF_copyBatch , CUT_WAIT_SUBMITTED
#define CUT_WAITED_OF_synchronizeStream , CUT_WAIT_STREAM
#define CUT_WAITED_OF_queryStream , CUT_WAIT_STREAM
#define CUT_WAITED_OF_synchronizeEvent , CUT_WAIT_EVENT
#define CUT_WAITED_OF_queryEvent , CUT_WAIT_EVENT
#define CUT_WAITED_OF_synchronizeDevice , CUT_WAIT_DEVICE
#define CUT_WAITED_OF_recordEvent , CUT_WAIT_RECORD
#define CUT_WAITED_OF_streamWaitEvent , CUT_WAIT_JOIN
#define CUT_WAITED_OF_createStream , CUT_WAIT_CREATE
#define CUT_WAITED_nothing(parameters)
#define CUT_WAITED_CUT_WAIT_COPY(parameters) CUT_WAITED_CALL(cutIsAsync ? CUT_WAIT_SUBMITTED : CUT_WAIT_STREAM, parameters)
#define CUT_WAITED_CUT_WAIT_SUBMITTED(parameters) CUT_WAITED_CALL(CUT_WAIT_SUBMITTED, parameters)
#define CUT_WAITED_CUT_WAIT_STREAM(parameters) CUT_WAITED_CALL(CUT_WAIT_STREAM, parameters)
#define CUT_WAITED_CUT_WAIT_EVENT(parameters) CUT_WAITED_CALL(CUT_WAIT_EVENT, parameters)
#define CUT_WAITED_CUT_WAIT_DEVICE(parameters) CUT_WAITED_CALL(CUT_WAIT_DEVICE, parameters)
#define CUT_WAITED_CUT_WAIT_RECORD(parameters) CUT_WAITED_CALL(CUT_WAIT_RECORD, parameters)
#define CUT_WAITED_CUT_WAIT_JOIN(parameters) CUT_WAITED_CALL(CUT_WAIT_JOIN, parameters)
#define CUT_WAITED_CUT_WAIT_CREATE(parameters) CUT_WAITED_CALL(CUT_WAIT_CREATE, parameters)
#define CUT_WAITED_CALL(kind, parameters) \
    if (cut_wantsPayload()) { \
        CUTWaiting cutWaiting = {.what = kind, .variant = cutForm & CUT_FORM_VARIANT}; \
        CUT_EACH(CUT_WAIT_ONE, parameters) \
        cut_noteWait(&cutWaiting, cutCode); \
    }
#define CUT_WAIT_ONE(type, name, role) CUT_JOIN(CUT_WAIT_OF_, CUT_CLASS_(CUT_WAITS_##role, nothing, ))(name)
#define CUT_WAITS_stream , stream
#define CUT_WAITS_event , event
#define CUT_WAITS_flags , flags
#define CUT_WAITS_outStream , created
#define CUT_WAIT_OF_nothing(name)
#define CUT_WAIT_OF_stream(name) cutWaiting.stream = (uint64_t)name;
#define CUT_WAIT_OF_event(name) cutWaiting.event = (uint64_t)name;
#define CUT_WAIT_OF_flags(name) cutWaiting.flags = name;
#define CUT_WAIT_OF_created(name) cutWaiting.stream = cutCode == 0 && name ? (uint64_t)*name : 0;

// What to do with the result of each type: keep it, return it, and answer when there is nothing to call.
#define CUT_KEEP_error(call) const CUTReturns_error cutResult = call; const int32_t cutCode = (int32_t)cutResult;
#define CUT_KEEP_result(call) const CUTReturns_result cutResult = call; const int32_t cutCode = (int32_t)cutResult;
#define CUT_KEEP_nothing(call) call; const int32_t cutCode = 0;
#define CUT_KEEP_text(call) const CUTReturns_text cutResult = call; const int32_t cutCode = 0;
#define CUT_KEEP_handle(call) \
    const CUTReturns_handle cutResult = call; const int32_t cutCode = 0; \
    cutDraft.handle = cutResult;
#define CUT_KEEP_word(call) const CUTReturns_word cutResult = call; const int32_t cutCode = (int32_t)cutResult;
#define CUT_KEEP_byte(call) const CUTReturns_byte cutResult = call; const int32_t cutCode = 0;
#define CUT_RETURN_error return cutResult;
#define CUT_RETURN_result return cutResult;
#define CUT_RETURN_nothing return;
#define CUT_RETURN_text return cutResult;
#define CUT_RETURN_handle return cutResult;
#define CUT_RETURN_word return cutResult;
#define CUT_RETURN_byte return cutResult;
#define CUT_MISSING_error return cudaErrorSharedObjectSymbolNotFound;
#define CUT_MISSING_result return CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND;
#define CUT_MISSING_nothing return;
#define CUT_MISSING_text return "no CUDA runtime";
#define CUT_MISSING_handle return 0;
#define CUT_MISSING_word return cudaErrorSharedObjectSymbolNotFound;
#define CUT_MISSING_byte return 0;

// What else is done behind a call that succeeded.
#define CUT_AFTER(name) CUT_CLASS_(CUT_AFTER_##name, , )
#define CUT_AFTER_cudaMemcpyAsync , CUT_WATCH_HOST(dst, src, count, kind)
#define CUT_AFTER_cudaMemcpy2DAsync , CUT_WATCH_HOST(dst, src, width, kind)
#define CUT_AFTER_cuMemcpyHtoDAsync_v2 , CUT_WATCH_HOST(0, srcHost, ByteCount, cudaMemcpyHostToDevice)
#define CUT_AFTER_cuMemcpyDtoHAsync_v2 , CUT_WATCH_HOST(dstHost, 0, ByteCount, cudaMemcpyDeviceToHost)
#define CUT_WATCH_HOST(to, from, bytes, kind) \
    if (__builtin_expect(cut_watching, 0) && cutCode == 0 && cut_thread->depth == 0) { \
        cut_watchCopy(to, from, bytes, kind); \
    }

// A function with regular arguments.
#define CUT_BODY_regular(id, name, majors, effect, returns, parameters) \
    enum { cutWords = 0 CUT_EACH(CUT_COUNT, parameters), cutSlots = CUT_SLOTS(cutWords) }; \
    CUTRecord *cutRecord = CUT_IS_PART_##majors() ? 0 : cut_reserve(cutSlots, CUT_CALLER_STACK); \
    if (!cutRecord) { return cutNext(CUT_ARGUMENTS(parameters)); } \
    uint64_t *cutWord = cutRecord->words; \
    CUT_EACH(CUT_WRITE_ONE, parameters) \
    cut_publish(cutRecord, id, cutForm, cutSlots, cutSite, CUT_CALLER_STACK); \
    CUT_KEEP_##returns(cutNext(CUT_ARGUMENTS(parameters))) \
    if (cut_isOurs()) { \
        if (cutCode == 0) { \
            cutWord = cutRecord->words; \
            CUT_EACH(CUT_FINISH_ONE, parameters) \
        } \
        (void)cutWord; \
        cut_complete(cutRecord, cutCode); \
        CUT_AFTER(name) \
    } \
    CUT_WAITED(effect, parameters) \
    CUT_RETURN_##returns

// A function whose arguments need code: see irregular.h.
#define CUT_BODY_irregular(id, name, majors, effect, returns, parameters) \
    CUTDraft cutDraft = { \
        .phase = CUT_MEASURE, .maxWords = CUT_MAX_WORDS, .site = cutSite, .stackPointer = CUT_CALLER_STACK, \
        .variant = cutForm & CUT_FORM_VARIANT, \
        .isMajor13 = (cutForm & CUT_FORM_MAJOR_13) != 0}; \
    CUT_WRITER(name, majors)(&cutDraft, CUT_ARGUMENTS(parameters)); \
    const uint32_t cutSlots = CUT_SLOTS(cutDraft.index); \
    cutDraft.record = CUT_IS_PART_##majors() ? 0 : cut_reserve(cutSlots, cutDraft.stackPointer); \
    if (cutDraft.record) { \
        cutDraft.phase = CUT_WRITE, cutDraft.index = 0; \
        CUT_WRITER(name, majors)(&cutDraft, CUT_ARGUMENTS(parameters)); \
        cut_publish(cutDraft.record, id, cutForm | cutDraft.form, cutSlots, cutSite, cutDraft.stackPointer); \
    } \
    CUT_KEEP_##returns(cutNext(CUT_ARGUMENTS(parameters))) \
    const int cutIsOurs = cutDraft.record && cut_isOurs(); \
    if (!cutIsOurs) { cutDraft.record = 0; } \
    if (cutCode == 0) { \
        cutDraft.phase = CUT_FINISH, cutDraft.index = 0; \
        CUT_WRITER(name, majors)(&cutDraft, CUT_ARGUMENTS(parameters)); \
    } \
    if (cutIsOurs) { cut_complete(cutDraft.record, cutCode); } \
    CUT_WAITED(effect, parameters) \
    CUT_RETURN_##returns

// Whether the call is part of another one that has a record.
#define CUT_IS_PART_both() 0
#define CUT_IS_PART_only12() 0
#define CUT_IS_PART_only13() 0
#define CUT_IS_PART_driver() (cut_isInside(CUT_CALLER_STACK) && !cut_keepsNested())

// One wrapper, and what there is to know of it. The name of a wrapper of the runtime is local; the symbol that it is
// exported as carries the version of its major. Its variables begin with `cut`, since the parameters are called what
// the CUDA headers call them.
#define CUT_WRAPPER(major, variant, symbol, id, name, majors, effect, returns, body, parameters) \
    CUT_SYMBOL_##major(symbol) \
    __attribute__((visibility("default"))) CUTReturns_##returns cut_##major##_##symbol(CUT_DECLARATIONS(parameters)) \
        CUT_LABEL_##major(symbol); \
    static CUTExport cut_export_##major##_##symbol = { \
        #symbol, CUT_VERSION_##major, CUT_LIBRARY_##major, (void *)cut_##major##_##symbol, 0, 0, {0}}; \
    CUTReturns_##returns cut_##major##_##symbol(CUT_DECLARATIONS(parameters)) { \
        const void *cutSite = __builtin_return_address(0); \
        const CUTBinding *cutBinding = cut_bind(&cut_export_##major##_##symbol, cutSite); \
        if (__builtin_expect(!cutBinding, 0)) { CUT_MISSING_##returns } \
        const uint32_t cutForm = variant | CUT_FORM_##major | cutBinding->form; \
        CUTReturns_##returns (*cutNext)(CUT_TYPES(parameters)) = cutBinding->function; \
        CUT_BEFORE(effect, body, parameters) \
        CUT_BODY_##body(id, name, majors, effect, returns, parameters) \
    }
#define CUT_SYMBOL_12(symbol) __asm__(".symver cut_12_" #symbol ", " #symbol "@libcudart.so.12, remove");
#define CUT_SYMBOL_13(symbol) __asm__(".symver cut_13_" #symbol ", " #symbol "@@libcudart.so.13, remove");
#define CUT_SYMBOL_driver(symbol)
#define CUT_LABEL_12(symbol)
#define CUT_LABEL_13(symbol)
#define CUT_LABEL_driver(symbol) __asm__(#symbol)
#define CUT_VERSION_12 "libcudart.so.12"
#define CUT_VERSION_13 "libcudart.so.13"
#define CUT_VERSION_driver 0
#define CUT_LIBRARY_12 "libcudart.so.12"
#define CUT_LIBRARY_13 "libcudart.so.13"
#define CUT_LIBRARY_driver "libcuda.so.1"
#define CUT_FORM_12 0
#define CUT_FORM_13 CUT_FORM_MAJOR_13
#define CUT_FORM_driver CUT_FORM_MAJOR_13

// The wrappers of a row.
#define CUT_WRAPPERS_none(major, id, name, ...) CUT_WRAPPER(major, 0, name, id, name, __VA_ARGS__)
#define CUT_WRAPPERS_ptsz(major, id, name, ...) \
    CUT_WRAPPER(major, 0, name, id, name, __VA_ARGS__) CUT_WRAPPER(major, 1, name##_ptsz, id, name, __VA_ARGS__)
#define CUT_WRAPPERS_ptds(major, id, name, ...) \
    CUT_WRAPPER(major, 0, name, id, name, __VA_ARGS__) CUT_WRAPPER(major, 2, name##_ptds, id, name, __VA_ARGS__)
#define CUT_IN_both(also, ...) CUT_WRAPPERS_##also(12, __VA_ARGS__) CUT_WRAPPERS_##also(13, __VA_ARGS__)
#define CUT_IN_only12(also, ...) CUT_WRAPPERS_##also(12, __VA_ARGS__)
#define CUT_IN_only13(also, ...) CUT_WRAPPERS_##also(13, __VA_ARGS__)
#define CUT_IN_driver(also, ...) CUT_WRAPPERS_##also(driver, __VA_ARGS__)
#define CUT_ROW_regular(majors, ...) CUT_IN_##majors(__VA_ARGS__)
#define CUT_ROW_irregular(majors, ...) CUT_IN_##majors(__VA_ARGS__)
#define CUT_ROW_internal(majors, ...)

#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, also, id, name, majors, effect, returns, body, parameters)
#include "cutape_api.def"

// All of them.
#define CUT_LISTED(major, name) &cut_export_##major##_##name,
#define CUT_LIST_none(major, name) CUT_LISTED(major, name)
#define CUT_LIST_ptsz(major, name) CUT_LISTED(major, name) CUT_LISTED(major, name##_ptsz)
#define CUT_LIST_ptds(major, name) CUT_LISTED(major, name) CUT_LISTED(major, name##_ptds)
#define CUT_EXPORTS_both(also, name) CUT_LIST_##also(12, name) CUT_LIST_##also(13, name)
#define CUT_EXPORTS_only12(also, name) CUT_LIST_##also(12, name)
#define CUT_EXPORTS_only13(also, name) CUT_LIST_##also(13, name)
#define CUT_EXPORTS_driver(also, name) CUT_LIST_##also(driver, name)
#define CUT_EXPORTS_OF_regular(majors, also, name) CUT_EXPORTS_##majors(also, name)
#define CUT_EXPORTS_OF_irregular(majors, also, name) CUT_EXPORTS_##majors(also, name)
#define CUT_EXPORTS_OF_internal(majors, also, name)

CUTExport *const cut_exports[] = {
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_EXPORTS_OF_##body(majors, also, name)
#include "cutape_api.def"
};
const uint32_t cut_exportCount = sizeof cut_exports / sizeof cut_exports[0];
