// dlsym, dlvsym and cuGetProcAddress, hooked. dlopen is not: what it finds depends on who calls it.
//
// RTLD_NEXT and RTLD_DEFAULT depend on the caller as well, so those look-ups are handed on by a jump, as if the hook were
// not there.
#include "resolve.h"
#include "cutape_cuda_driver.h"
#include "objects.h"
#include "loader.h"
#include "state.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

// The look-up functions behind ours. Found without a look-up by name, for those names are ours; and without a function
// that another interposer could have: a sanitizer looks up what is behind its own before they work.
void *(*cut_next_dlsym)(void *, const char *) CUT_HIDDEN;
void *(*cut_next_dlvsym)(void *, const char *, const char *) CUT_HIDDEN;

// Without glibc dlsym is a function like any other.
static int findPlainDlsym(struct dl_phdr_info *info, size_t size, void *found) {
    (void)size;
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        CUTElf elf;
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_DYNAMIC) { continue; }
        if (!cut_elfRead(info->dlpi_addr, (const ElfW(Dyn) *)(info->dlpi_addr + header->p_vaddr), &elf)) { continue; }
        void *function = cut_elfFunction(&elf, "dlsym");
        if (function && !cut_isOwnCode(function)) { return *(void **)found = function, 1; }
    }
    return 0;
}

static int findPlainNext(void) {
    void *symbol = 0;
    dl_iterate_phdr(findPlainDlsym, &symbol);
    __atomic_store_n(&cut_next_dlsym, (void *(*)(void *, const char *))symbol, __ATOMIC_RELEASE);
    return symbol != 0;
}

// dlvsym of the C library, which has had it since glibc 2.34, or of libdl. Both are there from the start, in front of what
// other threads load meanwhile.
static void *findDlvsym(void) {
    Dl_info info;
    struct link_map *map = 0;
    if (!dladdr1((void *)findDlvsym, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) { return 0; }
    while (map->l_prev) { map = map->l_prev; }
    for (; map; map = map->l_next) {
        CUTElf elf;
        if (!map->l_ld || !cut_elfRead(map->l_addr, map->l_ld, &elf) || !elf.soname) { continue; }
        if (!cut_isText(elf.soname, "libc.so.6") && !cut_isText(elf.soname, "libdl.so.2")) { continue; }
        void *function = cut_elfFunction(&elf, "dlvsym");
        if (function) { return function; }
    }
    return 0;
}

static int findNext(void) {
    if (__atomic_load_n(&cut_next_dlsym, __ATOMIC_ACQUIRE)) { return 1; }
    if (!dladdr1) { return findPlainNext(); }
    void *(*libraryDlvsym)(void *, const char *, const char *) = findDlvsym();
    if (!libraryDlvsym) { return 0; }
    static const char *const versions[] = {"GLIBC_2.34", "GLIBC_2.2.5", "GLIBC_2.17"};
    void *symbol = 0, *versioned = 0;
    for (int index = 0; index < 3 && !(symbol && versioned); ++index) {
        symbol = libraryDlvsym(RTLD_NEXT, "dlsym", versions[index]);
        versioned = libraryDlvsym(RTLD_NEXT, "dlvsym", versions[index]);
    }
    if (!symbol || !versioned) { return 0; }
    __atomic_store_n(&cut_next_dlvsym, (void *(*)(void *, const char *, const char *))versioned, __ATOMIC_RELEASE);
    __atomic_store_n(&cut_next_dlsym, (void *(*)(void *, const char *))symbol, __ATOMIC_RELEASE);
    return 1;
}

void *cut_dlsym(void *handle, const char *name) { return findNext() ? cut_next_dlsym(handle, name) : 0; }

void *cut_dlvsym(void *handle, const char *name, const char *version) {
    return findNext() ? cut_next_dlvsym(handle, name, version) : 0;
}

// MARK: Hooks by name

// The resolvers are hooked like the others, but are no rows of the table.
CUTExport cut_export_cuGetProcAddress CUT_HIDDEN;
CUTExport cut_export_cuGetProcAddress_v2 CUT_HIDDEN;

enum { CUT_NAME_SLOTS = 4096 };
static CUTExport **names; // open addressing; several exports may have one name

static uint32_t hashName(const char *name) {
    uint32_t code = 2166136261u;
    for (; *name; ++name) { code = (code ^ (unsigned char)*name) * 16777619u; }
    return code;
}

static void addName(CUTExport **table, CUTExport *exported) {
    uint32_t at = hashName(exported->name);
    while (table[at % CUT_NAME_SLOTS]) { ++at; }
    table[at % CUT_NAME_SLOTS] = exported;
}

static CUTExport **hookNames(void) {
    CUTExport **table = __atomic_load_n(&names, __ATOMIC_ACQUIRE);
    if (table) { return table; }
    CUTExport **made = cut_keep(CUT_NAME_SLOTS * sizeof *made);
    if (!made) { return 0; }
    for (uint32_t index = 0; index < cut_exportCount; ++index) { addName(made, cut_exports[index]); }
    addName(made, &cut_export_cuGetProcAddress);
    addName(made, &cut_export_cuGetProcAddress_v2);
    return __atomic_compare_exchange_n(&names, &table, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? made : table;
}

// The hook for `name` in a library called `library`; in any when it is NULL.
static CUTExport *hookNamed(const char *name, const char *library) {
    CUTExport **table = hookNames();
    for (uint32_t at = hashName(name); table && table[at % CUT_NAME_SLOTS]; ++at) {
        CUTExport *exported = table[at % CUT_NAME_SLOTS];
        if (cut_isText(exported->name, name) && (!library || cut_isText(exported->library, library))) {
            return exported;
        }
    }
    return 0;
}

// Whether a name is one of CUDA's: `cu` or `cuda` and a capital. Others begin like it: cublasCreate, curl_easy_init.
static int isCudaName(const char *name) {
    const char *from = name[0] == '_' && name[1] == '_' ? name + 2 : name;
    if (from[0] != 'c' || from[1] != 'u') { return 0; }
    const char *rest = from[2] == 'd' && from[3] == 'a' ? from + 4 : from + 2;
    return from != name ? rest == from + 4 : *rest >= 'A' && *rest <= 'Z';
}

// The hook, if `function` is what it forwards to from now on. A hook forwards to one function: a second one that is
// called the same is left alone.
static void *route(CUTExport *exported, void *function, CUTWay way) {
    void *present = 0;
    if (!__atomic_compare_exchange_n(&exported->found, &present, function, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
        && present != function) {
        return function;
    }
    if (__atomic_load_n(&exported->way, __ATOMIC_RELAXED) == CUT_WAY_LINKED) {
        __atomic_store_n(&exported->way, (uint32_t)way, __ATOMIC_RELAXED);
    }
    cut_pin(function);
    return exported->hook;
}

// `site`: who looks it up. What it could mistake for what it is linked with is left alone, and not recorded.
static void *routeNamed(const char *name, void *function, uint64_t site) {
    CUTElf elf;
    if (cut_isOwnCode(function) || !hookNamed(name, 0)) { return function; }
    CUTExport *exported = hookNamed(name, "libcuda.so.1");
    // Of the runtime there may be two majors; the library that the function is in says which one it is.
    if (!exported && cut_elfAt(function, &elf) && elf.soname) { exported = hookNamed(name, elf.soname); }
    if (!exported || cut_isLinkedElsewhere(exported, site, function)) { return function; }
    return route(exported, function, CUT_WAY_DLSYM);
}

// MARK: dlsym and dlvsym

static int isLoaded(const char *library) {
    void *handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
    if (handle) { dlclose(handle); }
    dlerror();
    return handle != 0;
}

typedef struct CUTAnswer {
    void *function;
    uint64_t isFinal; // 0: the look-up goes on behind us
} CUTAnswer;

// What a look-up from `site` gives. `version` is NULL for dlsym.
__attribute__((used)) CUT_HIDDEN CUTAnswer cut_answer(void *handle, const char *name, const char *version, uint64_t site) {
    if (!findNext()) { return (CUTAnswer){0, 1}; }
    if (!name || !isCudaName(name)) { return (CUTAnswer){0, 0}; }
    if (handle == RTLD_DEFAULT && !version && cut_isOwnCode(cut_next_dlsym(handle, name))) {
        // Without a version that would be the newer major's, whichever runtime is there.
        void *next = cut_next_dlsym(RTLD_NEXT, name);
        CUTElf elf;
        CUTExport *exported = next && cut_elfAt(next, &elf) && elf.soname ? hookNamed(name, elf.soname) : 0;
        if (exported) { return (CUTAnswer){exported->hook, 1}; }
    }
    if (handle == RTLD_NEXT || handle == RTLD_DEFAULT) {
        // Our own functions must not make CUDA seem to be there where it is not.
        int isThere = !hookNamed(name, 0) || cut_next_dlsym(RTLD_NEXT, name) || isLoaded("libcuda.so.1")
            || isLoaded("libcudart.so.12") || isLoaded("libcudart.so.13");
        return isThere ? (CUTAnswer){0, 0} : (CUTAnswer){cut_next_dlsym(RTLD_NEXT, name), 1};
    }
    void *function = version ? cut_next_dlvsym(handle, name, version) : cut_next_dlsym(handle, name);
    return (CUTAnswer){function ? routeNamed(name, function, site) : 0, 1};
}

// Ask, and jump on unless the answer is final: the next function sees our caller as its own.
#if defined(__x86_64__)
#define LOOK_UP(name, prepare) \
    __asm__( \
        ".text\n.p2align 4\n.globl " #name "\n.type " #name ", @function\n" #name ":\n" \
        ".cfi_startproc\nendbr64\nsubq $24, %rsp\n.cfi_adjust_cfa_offset 24\n" \
        "movq %rdi, (%rsp)\nmovq %rsi, 8(%rsp)\nmovq %rdx, 16(%rsp)\nmovq 24(%rsp), %rcx\n" prepare \
        "call cut_answer\nmovq %rdx, %rcx\n" \
        "movq (%rsp), %rdi\nmovq 8(%rsp), %rsi\nmovq 16(%rsp), %rdx\n" \
        "addq $24, %rsp\n.cfi_adjust_cfa_offset -24\n" \
        "testq %rcx, %rcx\njne 1f\njmp *cut_next_" #name "(%rip)\n1: ret\n" \
        ".cfi_endproc\n.size " #name ", . - " #name "\n");
#define NO_VERSION "xorl %edx, %edx\n"
#elif defined(__aarch64__)
#define LOOK_UP(name, prepare) \
    __asm__( \
        ".text\n.p2align 4\n.globl " #name "\n.type " #name ", %function\n" #name ":\n" \
        ".cfi_startproc\nstp x29, x30, [sp, #-48]!\n.cfi_def_cfa_offset 48\n.cfi_offset x29, -48\n" \
        ".cfi_offset x30, -40\nstp x0, x1, [sp, #16]\nstr x2, [sp, #32]\nmov x3, x30\n" prepare \
        "bl cut_answer\ncbnz x1, 1f\nldp x0, x1, [sp, #16]\nldr x2, [sp, #32]\n" \
        "adrp x16, cut_next_" #name "\nldr x16, [x16, :lo12:cut_next_" #name "]\n" \
        "ldp x29, x30, [sp], #48\nbr x16\n1: ldp x29, x30, [sp], #48\nret\n" \
        ".cfi_endproc\n.size " #name ", . - " #name "\n");
#define NO_VERSION "mov x2, #0\n"
#else
#error "dlsym has to be handed on by a jump: write it for this processor"
#endif
LOOK_UP(dlsym, NO_VERSION)
LOOK_UP(dlvsym, "")

// MARK: cuGetProcAddress

// The functions of the driver by address: those of its exports that have a hook.
typedef struct Routes {
    uint32_t count;
    struct {
        void *function;
        CUTExport *exported;
    } at[];
} Routes;
static Routes *routes;

static void *libraryOf(void *function) {
    Dl_info info;
    struct link_map *map = 0;
    if (!dladdr1(function, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) { return 0; }
    return dlopen(*map->l_name ? map->l_name : 0, RTLD_LAZY | RTLD_NOLOAD);
}

// Made once, from the library that the first function comes from: there is one driver in a process.
static const Routes *driverRoutes(void *function) {
    Routes *present = __atomic_load_n(&routes, __ATOMIC_ACQUIRE);
    if (present) { return present; }
    void *handle = libraryOf(function);
    Routes *made = handle ? cut_keep(sizeof *made + (cut_exportCount + 2) * sizeof made->at[0]) : 0;
    if (!made) { return 0; }
    for (uint32_t index = 0; index < cut_exportCount + 2; ++index) {
        CUTExport *exported = index < cut_exportCount ? cut_exports[index]
            : index == cut_exportCount                ? &cut_export_cuGetProcAddress
                                                      : &cut_export_cuGetProcAddress_v2;
        if (exported->version) { continue; }
        void *found = cut_dlsym(handle, exported->name);
        if (!found || cut_isOwnCode(found)) { continue; }
        made->at[made->count].function = found;
        made->at[made->count++].exported = exported;
    }
    dlclose(handle);
    dlerror(); // what an older driver lacks is no error of the program
    return __atomic_compare_exchange_n(&routes, &present, made, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ? made : present;
}

// Whether an export is the function `name` in one of its versions and forms.
static int isForm(const char *exported, const char *name) {
    size_t length = strlen(name);
    return strncmp(exported, name, length) == 0 && (exported[length] == 0 || exported[length] == '_');
}

void *cut_routeDriver(const char *name, void *function, CUTWay way) {
    if (!function || cut_isOwnCode(function)) { return function; }
    const Routes *known = driverRoutes(function);
    CUTExport *exported = 0;
    for (uint32_t index = 0; known && index < known->count; ++index) {
        if (known->at[index].function != function) { continue; }
        // Two names of one function: the one that was asked for, if it is among them.
        if (!exported || (name && isForm(known->at[index].exported->name, name))) {
            exported = known->at[index].exported;
        }
    }
    return exported ? route(exported, function, way) : function;
}

typedef CUresult (*CUTResolver)(const char *, void **, int, cuuint64_t, CUdriverProcAddressQueryResult *);

static CUresult resolve(
    CUTExport *exported, const void *site, const char *symbol, void **function, int version, cuuint64_t flags,
    CUdriverProcAddressQueryResult *status
) {
    const CUTBinding *binding = cut_bind(exported, site);
    if (!binding) { return CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND; }
    CUresult result = ((CUTResolver)binding->function)(symbol, function, version, flags, status);
    if (result == CUDA_SUCCESS && function) { *function = cut_routeDriver(symbol, *function, CUT_WAY_PROC); }
    return result;
}

// The form of before CUDA 12 has four arguments; a fifth one does it no harm, and a caller that passes five is served.
EXPORTED CUresult cuGetProcAddress(
    const char *symbol, void **function, int version, cuuint64_t flags, CUdriverProcAddressQueryResult *status
) {
    return resolve(
        &cut_export_cuGetProcAddress, __builtin_return_address(0), symbol, function, version, flags, status);
}

EXPORTED CUresult cuGetProcAddress_v2(
    const char *symbol, void **function, int version, cuuint64_t flags, CUdriverProcAddressQueryResult *status
) {
    return resolve(
        &cut_export_cuGetProcAddress_v2, __builtin_return_address(0), symbol, function, version, flags, status);
}

CUTExport cut_export_cuGetProcAddress = {
    .name = "cuGetProcAddress", .library = "libcuda.so.1", .hook = (void *)cuGetProcAddress};
CUTExport cut_export_cuGetProcAddress_v2 = {
    .name = "cuGetProcAddress_v2", .library = "libcuda.so.1", .hook = (void *)cuGetProcAddress_v2};
