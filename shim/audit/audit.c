// The auditor: a library that the dynamic linker asks about every function that it binds (LD_AUDIT, rtld-audit(7)).
//
// A preloaded library is first in the global scope, and so gets the calls of every object that looks there first. An
// object that was opened with RTLD_DEEPBIND looks at home first: its references are bound to the real CUDA, and its
// dlsym to the real one. The auditor sees these bindings and gives the hooks of the preload library instead, which
// works as for any other call: it finds the next function in the scope of the caller.
//
// An auditor lives in a link-map namespace of its own. This one is no more than a few tables in it: it needs no C library
// (the namespace stays empty but for it), keeps no memory and calls nothing. The hooks are in the program's namespace,
// where there is one recorder for all callers; only their addresses are passed. They are read from the symbol table of
// the preload library, since it may not be relocated itself when the first functions are bound.
//
// There is no la_pltenter here: with one, every call through a PLT would take a detour, not only the bindings. What is
// bound without a PLT (the address of a function in data, or code that was built with -fno-plt) is not asked about.
#include "cutape_compiler.h"

#include <link.h>
#include <stdint.h>

#define EXPORTED __attribute__((visibility("default")))

// The objects that matter, as cookies. The cookie of any other object is 0.
enum {
    CUT_RUNTIME_12 = 1,
    CUT_RUNTIME_13,
    CUT_DRIVER,
    CUT_LOOK_UPS, // the C library, or libdl before glibc 2.34
    CUT_OURS,
};

static const struct {
    const char *soname;
    uintptr_t cookie;
} known[] = {
    {"libcudart.so.12", CUT_RUNTIME_12}, {"libcudart.so.13", CUT_RUNTIME_13}, {"libcuda.so.1", CUT_DRIVER},
    {"libc.so.6", CUT_LOOK_UPS},         {"libdl.so.2", CUT_LOOK_UPS},        {"libcutape.so", CUT_OURS},
};

static int isEqual(const char *left, const char *right) {
    while (*left && *left == *right) { ++left, ++right; }
    return *left == *right;
}

// What is needed of the dynamic section of an object.
typedef struct Tables {
    const char *strings;
    const ElfW(Sym) *symbols;
    const uint32_t *hash; // DT_GNU_HASH
    const ElfW(Half) *versions;
    const ElfW(Verdef) *definitions;
    const char *soname;
} Tables;

static Tables tablesOf(const struct link_map *map) {
    Tables tables = {0};
    uint64_t soname = 0;
    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; ++entry) {
        // The loader has added where the object is to the addresses of most objects, but not to those of all.
        uint64_t address = entry->d_un.d_ptr;
        if (address < map->l_addr) { address += map->l_addr; }
        switch (entry->d_tag) {
        case DT_STRTAB: tables.strings = (const char *)address; break;
        case DT_SYMTAB: tables.symbols = (const ElfW(Sym) *)address; break;
        case DT_GNU_HASH: tables.hash = (const uint32_t *)address; break;
        case DT_VERSYM: tables.versions = (const ElfW(Half) *)address; break;
        case DT_VERDEF: tables.definitions = (const ElfW(Verdef) *)address; break;
        case DT_SONAME: soname = entry->d_un.d_val; break;
        default: break;
        }
    }
    if (tables.strings && soname) { tables.soname = tables.strings + soname; }
    return tables;
}

// The preload library; no address until it is loaded.
static Tables ours;
static uint64_t oursAt;

static uintptr_t cookieOf(const Tables *tables) {
    for (uint32_t index = 0; tables->soname && index < sizeof known / sizeof known[0]; ++index) {
        if (isEqual(tables->soname, known[index].soname)) { return known[index].cookie; }
    }
    return 0;
}

// Whether our symbol at `index` has the version called `version`; without one, whether it has none.
static int hasVersion(uint32_t index, const char *version) {
    const uint32_t number = ours.versions[index] & 0x7fff;
    if (number <= VER_NDX_GLOBAL) { return !version; }
    const ElfW(Verdef) *definition = ours.definitions;
    while (definition->vd_ndx != number) {
        if (definition->vd_next == 0) { return 0; }
        definition = (const ElfW(Verdef) *)((const char *)definition + definition->vd_next);
    }
    const ElfW(Verdaux) *name = (const ElfW(Verdaux) *)((const char *)definition + definition->vd_aux);
    return version && isEqual(ours.strings + name->vda_name, version);
}

// Our function called `name`, 0 when there is none.
static uint64_t hookNamed(const char *name, const char *version) {
    if (!ours.hash || !ours.symbols || !ours.versions || !ours.definitions) { return 0; }
    uint32_t code = 5381;
    for (const unsigned char *at = (const unsigned char *)name; *at; ++at) { code = code * 33 + *at; }
    const uint32_t buckets = ours.hash[0], first = ours.hash[1], bloomWords = ours.hash[2] * (sizeof(ElfW(Addr)) / 4);
    const uint32_t *bucket = ours.hash + 4 + bloomWords, *chain = bucket + buckets;
    uint32_t index = buckets ? bucket[code % buckets] : 0;
    if (index < first) { return 0; }
    for (;; ++index) {
        const uint32_t found = chain[index - first];
        const ElfW(Sym) *symbol = &ours.symbols[index];
        if ((found | 1) == (code | 1) && symbol->st_shndx != SHN_UNDEF
            && isEqual(ours.strings + symbol->st_name, name) && hasVersion(index, version)) {
            return oursAt + symbol->st_value;
        }
        if (found & 1) { return 0; }
    }
}

EXPORTED unsigned la_version(unsigned version) { return version < LAV_CURRENT ? version : LAV_CURRENT; }

EXPORTED unsigned la_objopen(struct link_map *map, Lmid_t namespace, uintptr_t *cookie) {
    *cookie = 0;
    // Of other namespaces nothing is changed: the preload library is in the program's.
    if (namespace != LM_ID_BASE || !map->l_ld) { return 0; }
    const Tables tables = tablesOf(map);
    *cookie = cookieOf(&tables);
    if (*cookie == CUT_OURS && !oursAt) {
        ours = tables;
        oursAt = map->l_addr;
    }
    // Our own references stay as they are. What the others define is of no interest.
    return *cookie == CUT_OURS ? 0 : LA_FLG_BINDFROM | (*cookie ? LA_FLG_BINDTO : 0);
}

EXPORTED uintptr_t la_symbind64(
    Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to, unsigned *flags, const char *name
) {
    (void)index, (void)from;
    uint64_t hook = 0;
    // What dlsym finds is led on by our dlsym.
    if (oursAt && (*flags & LA_SYMB_DLSYM) == 0) {
        switch (*to) {
        case CUT_RUNTIME_12: hook = hookNamed(name, "libcudart.so.12"); break;
        case CUT_RUNTIME_13: hook = hookNamed(name, "libcudart.so.13"); break;
        case CUT_DRIVER: hook = hookNamed(name, 0); break;
        case CUT_LOOK_UPS:
            if (isEqual(name, "dlsym") || isEqual(name, "dlvsym")) { hook = hookNamed(name, 0); }
            break;
        default: break;
        }
    }
    return hook ? hook : symbol->st_value;
}
