// A CUDA runtime or driver that does nothing, generated from the API table: the tests link programs with it.
//
// Built once for each major of the runtime (CUT_MAJOR 12 or 13), with the symbol versions of the real one, and once as
// the driver (0). Each function counts its
// call and runs the test's hook, fills what it should hand back, and returns the result that the test has set. With
// CUT_BARE it only returns: the floor of the benchmark.
#include "fake_cudart.h"

#include "cutape_cuda.h"
#include "cutape_cuda_driver.h"
#include "cutape_map.h"
#include "rows.h"

#include <string.h>

static int cut_result;

#define CUT_ADDRESS(type, name, role) (void *)&name,
#define CUT_FILL(type, name, role) CUT_JOIN(CUT_FILL_, CUT_CLASS(role))(name)
#define CUT_FILL_word(name)
#define CUT_FILL_kind(name)
#define CUT_FILL_result(name) \
    if (name) { \
        const unsigned long value = __atomic_add_fetch(&cut_lastHandle, 0x1000, __ATOMIC_RELAXED); \
        memcpy((void *)name, &value, sizeof *name); \
    }
#define CUT_RESULT_error (cudaError_t)cut_result
#define CUT_RESULT_result (CUresult)cut_result
#define CUT_RESULT_nothing
#define CUT_RESULT_text "text"
#define CUT_RESULT_handle (void **)0x7000
#define CUT_RESULT_word 0
#define CUT_RESULT_byte 0

#ifdef CUT_BARE
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define CUT_FUNCTION(symbol, returns, parameters) \
    CUT_EXPORT CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters)) { return CUT_RESULT_##returns; }
#else
static CUTFakeHook hook;
static unsigned long calls;
static unsigned long cut_lastHandle = 0x1000;

CUT_EXPORT int cudaFakeMajor(void) { return CUT_MAJOR; }
CUT_EXPORT unsigned long cudaFakeCalls(void) { return __atomic_load_n(&calls, __ATOMIC_RELAXED); }
CUT_EXPORT void cudaFakeSetHook(CUTFakeHook newHook) { hook = newHook; }
CUT_EXPORT void cudaFakeSetResult(int newResult) { cut_result = newResult; }

// The layout that every kernel has, as the test has set it. Not in the table: no program's calls of it are recorded.
static const size_t *layout;
static size_t layoutCount;
CUT_EXPORT void cudaFakeSetLayout(const size_t *sizes, size_t count) { layout = sizes, layoutCount = count; }
CUT_EXPORT int cudaFuncGetParamInfo(const void *function, size_t index, size_t *offset, size_t *size) {
    void *arguments[] = {(void *)&function, &index, (void *)&offset, (void *)&size, 0};
    __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    if (hook) { hook("cudaFuncGetParamInfo", arguments); }
    if (index >= layoutCount) { return 1; }
    *offset = index * 8;
    *size = layout[index];
    return 0;
}

#define CUT_FUNCTION(symbol, returns, parameters) \
    CUT_EXPORT CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters)) { \
        void *arguments[] = {CUT_EACH(CUT_ADDRESS, parameters) 0}; \
        __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED); \
        if (hook) { hook(#symbol, arguments); } \
        if (cut_result == 0) { CUT_EACH(CUT_FILL, parameters) } \
        return CUT_RESULT_##returns; \
    }
#endif

#define CUT_FORMS_none(name, ...) CUT_FUNCTION(name, __VA_ARGS__)
#define CUT_FORMS_ptsz(name, ...) CUT_FUNCTION(name, __VA_ARGS__) CUT_FUNCTION(name##_ptsz, __VA_ARGS__)
#define CUT_FORMS_ptds(name, ...) CUT_FUNCTION(name, __VA_ARGS__) CUT_FUNCTION(name##_ptds, __VA_ARGS__)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_FORMS_##also(name, returns, parameters))
#include "cutape_api.def"
