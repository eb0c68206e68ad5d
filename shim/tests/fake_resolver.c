// cuGetProcAddress of the fake driver: from a name without suffixes, a version and flags to one of its exports.
#include "fake_cudart.h"

#include "cutape_cuda.h"
#include "cutape_cuda_driver.h"
#include "cutape_map.h"
#include "rows.h"

#include <stdio.h>
#include <string.h>

// The suffix that a function has from a version of the driver on. The newest that the caller asks for counts.
static const struct {
    const char *name;
    int version;
    const char *suffix;
} renamed[] = {
    {"cuGetProcAddress", 12000, "_v2"}, {"cuMemcpyBatchAsync", 13000, "_v2"}, {"cuEventElapsedTime", 12080, "_v2"},
    {"cuCtxCreate", 13000, "_v4"},      {"cuCtxCreate", 11040, "_v3"},        {"cuStreamBeginCapture", 10010, "_v2"},
    {"", 3020, "_v2"},
};

// The exports, not by dlsym: that is hooked where the tests run.
#define CUT_PROTOTYPE(symbol, returns, parameters) CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters));
#define CUT_PROTOTYPES_none(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__)
#define CUT_PROTOTYPES_ptsz(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptsz, __VA_ARGS__)
#define CUT_PROTOTYPES_ptds(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptds, __VA_ARGS__)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_PROTOTYPES_##also(name, returns, parameters))
#include "cutape_api.def"
typedef CUdriverProcAddressQueryResult Status;
CUT_EXPORT CUresult cuGetProcAddress(const char *name, void **function, int version, cuuint64_t flags);
CUT_EXPORT CUresult cuGetProcAddress_v2(const char *, void **, int, cuuint64_t, Status *);

#define CUT_ENTRY(symbol) {#symbol, (void *)symbol},
#define CUT_ENTRIES_none(name) CUT_ENTRY(name)
#define CUT_ENTRIES_ptsz(name) CUT_ENTRY(name) CUT_ENTRY(name##_ptsz)
#define CUT_ENTRIES_ptds(name) CUT_ENTRY(name) CUT_ENTRY(name##_ptds)
static const struct {
    const char *name;
    void *function;
} exports[] = {
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_ENTRIES_##also(name))
#include "cutape_api.def"
    CUT_ENTRY(cuGetProcAddress) CUT_ENTRY(cuGetProcAddress_v2)
};

// The address of a function of ours, as somebody has it who did not look it up.
CUT_EXPORT void *cuFakeCopy = (void *)cuMemcpyHtoDAsync_v2;

static void *look(const char *name, const char *suffix, const char *form) {
    char exported[256];
    snprintf(exported, sizeof exported, "%s%s%s", name, suffix, form);
    for (size_t index = 0; index < sizeof exports / sizeof exports[0]; ++index) {
        if (strcmp(exports[index].name, exported) == 0) { return exports[index].function; }
    }
    return 0;
}

// With flag 2 the form of the per-thread default stream, where there is one.
static void *lookForm(const char *name, const char *suffix, int version, cuuint64_t flags) {
    void *function = 0;
    if (flags & 2 && version >= 7000) { function = look(name, suffix, "_ptsz"); }
    if (!function && flags & 2 && version >= 7000) { function = look(name, suffix, "_ptds"); }
    return function ? function : look(name, suffix, "");
}

CUT_EXPORT CUresult cuGetProcAddress(const char *name, void **function, int version, cuuint64_t flags) {
    *function = 0;
    int isListed = 0;
    for (size_t index = 0; !*function && index < sizeof renamed / sizeof renamed[0]; ++index) {
        int isNamed = strcmp(renamed[index].name, name) == 0;
        isListed |= isNamed;
        if (version < renamed[index].version || !(isNamed || (!isListed && !*renamed[index].name))) { continue; }
        *function = lookForm(name, renamed[index].suffix, version, flags);
    }
    if (!*function) { *function = lookForm(name, "", version, flags); }
    return *function ? CUDA_SUCCESS : (CUresult)500;
}

CUT_EXPORT CUresult cuGetProcAddress_v2(
    const char *name, void **function, int version, cuuint64_t flags, Status *status
) {
    CUresult result = cuGetProcAddress(name, function, version, flags);
    if (status) { *(int *)status = result == CUDA_SUCCESS ? 0 : 1; }
    return result;
}
