// cuGetProcAddress: from a name without suffixes, a version of CUDA and flags to an exported function.
//
// Source: CUDA Driver API, "Driver Entry Point Access"; which version has which form, cudaTypedefs.h.
#include "cutape_cuda_driver.h"

#include <string.h>

#define CUT_EXPORTED __attribute__((visibility("default")))

enum { CUT_DRIVER_VERSION = 13000 };
enum { CUT_LEGACY_STREAM = 1, CUT_PER_THREAD_STREAM = 2 };
enum { CUT_FOUND = 0, CUT_NO_SYMBOL = 1, CUT_NO_VERSION = 2 }; // CUdriverProcAddressQueryResult

// Only the addresses count here.
#define CUT_FORM_none(symbol)
#define CUT_FORM_ptsz(symbol) void symbol##_ptsz(void);
#define CUT_FORM_ptds(symbol) void symbol##_ptds(void);
#define CUT_ENTRY(symbol, name, version, also, alsoVersion) void symbol(void); CUT_FORM_##also(symbol)
#include "exports.def"
#undef CUT_ENTRY

typedef struct CUTEntry {
    const char *name;
    int version, perThreadVersion;
    void (*function)(void);
    void (*perThread)(void);
} CUTEntry;

#define CUT_PER_THREAD_none(symbol) 0
#define CUT_PER_THREAD_ptsz(symbol) symbol##_ptsz
#define CUT_PER_THREAD_ptds(symbol) symbol##_ptds
static const CUTEntry entries[] = {
#define CUT_ENTRY(symbol, name, version, also, alsoVersion) \
    {#name, version, alsoVersion, symbol, CUT_PER_THREAD_##also(symbol)},
#include "exports.def"
};

// The newest form that `version` has.
static const CUTEntry *find(const char *name, int version, int *status) {
    const CUTEntry *found = NULL;
    *status = CUT_NO_SYMBOL;
    for (size_t index = 0; index < sizeof entries / sizeof entries[0]; ++index) {
        if (strcmp(entries[index].name, name) != 0) { continue; }
        if (entries[index].version <= version) { found = &entries[index]; }
        *status = found != NULL ? CUT_FOUND : CUT_NO_VERSION;
    }
    return found;
}

static CUresult resolve(const char *symbol, void **function, int version, cuuint64_t flags, int *status) {
    if (symbol == NULL || function == NULL || version > CUT_DRIVER_VERSION
        || flags > (CUT_LEGACY_STREAM | CUT_PER_THREAD_STREAM)) {
        return (CUresult)1; // CUDA_ERROR_INVALID_VALUE
    }
    const CUTEntry *entry = find(symbol, version, status);
    *function = NULL;
    if (entry == NULL) { return CUDA_SUCCESS; }
    const int isPerThread = (flags & CUT_PER_THREAD_STREAM) && entry->perThread && entry->perThreadVersion <= version;
    *function = (void *)(uintptr_t)(isPerThread ? entry->perThread : entry->function);
    return CUDA_SUCCESS;
}

// The form of before CUDA 12, which has no status to tell what was not found.
CUT_EXPORTED CUresult cut_getProcAddress(const char *symbol, void **function, int version, cuuint64_t flags)
    __asm__("cuGetProcAddress");
CUresult cut_getProcAddress(const char *symbol, void **function, int version, cuuint64_t flags) {
    int status;
    CUresult result = resolve(symbol, function, version, flags, &status);
    return result == CUDA_SUCCESS && *function == NULL ? (CUresult)500 : result; // CUDA_ERROR_NOT_FOUND
}

CUT_EXPORTED CUresult cut_getProcAddress_v2(const char *symbol, void **function, int version, cuuint64_t flags,
                                            int *symbolStatus) __asm__("cuGetProcAddress_v2");
CUresult cut_getProcAddress_v2(const char *symbol, void **function, int version, cuuint64_t flags, int *symbolStatus) {
    int status;
    CUresult result = resolve(symbol, function, version, flags, &status);
    if (result == CUDA_SUCCESS && symbolStatus != NULL) { *symbolStatus = status; }
    return result;
}

// The private tables of the driver are not documented, and not imitated.
CUT_EXPORTED CUresult cut_getExportTable(const void **table, const void *id) __asm__("cuGetExportTable");
CUresult cut_getExportTable(const void **table, const void *id) {
    if (table == NULL || id == NULL) { return (CUresult)1; }
    *table = NULL;
    return (CUresult)500;
}
