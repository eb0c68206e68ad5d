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
#include "dynamic.h"

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

// The preload library; at no address until it is loaded.
static CUTElf ours;

static uintptr_t cookieOf(const char *soname) {
    for (uint32_t index = 0; soname && index < sizeof known / sizeof known[0]; ++index) {
        if (cut_isText(soname, known[index].soname)) { return known[index].cookie; }
    }
    return 0;
}

// Our function called `name` in this version, or without one; NULL when there is none.
static void *hookNamed(const char *name, const char *version) {
    uint32_t index = 0;
    for (void *hook = cut_elfNext(&ours, name, &index); hook; hook = cut_elfNext(&ours, name, &index)) {
        const char *found = cut_elfVersion(&ours, index);
        if (found && version ? cut_isText(found, version) : found == version) { return hook; }
    }
    return 0;
}

EXPORTED unsigned la_version(unsigned version) { return version < LAV_CURRENT ? version : LAV_CURRENT; }

EXPORTED unsigned la_objopen(struct link_map *map, Lmid_t namespace, uintptr_t *cookie) {
    *cookie = 0;
    // Of other namespaces nothing is changed: the preload library is in the program's.
    if (namespace != LM_ID_BASE || !map->l_ld) { return 0; }
    const CUTElf elf = cut_elfTables(map->l_ld, map->l_addr);
    *cookie = cookieOf(elf.soname);
    if (*cookie == CUT_OURS && !ours.bias) { ours = elf; }
    // Our own references stay as they are. What the others define is of no interest.
    return *cookie == CUT_OURS ? 0 : LA_FLG_BINDFROM | (*cookie ? LA_FLG_BINDTO : 0);
}

EXPORTED uintptr_t la_symbind64(
    Elf64_Sym *symbol, unsigned index, uintptr_t *from, uintptr_t *to, unsigned *flags, const char *name
) {
    (void)index, (void)from;
    void *hook = 0;
    // What dlsym finds is led on by our dlsym.
    if (ours.bias && (*flags & LA_SYMB_DLSYM) == 0) {
        switch (*to) {
        case CUT_RUNTIME_12: hook = hookNamed(name, "libcudart.so.12"); break;
        case CUT_RUNTIME_13: hook = hookNamed(name, "libcudart.so.13"); break;
        case CUT_DRIVER: hook = hookNamed(name, 0); break;
        case CUT_LOOK_UPS:
            if (cut_isText(name, "dlsym") || cut_isText(name, "dlvsym")) { hook = hookNamed(name, 0); }
            break;
        default: break;
        }
    }
    return hook ? (uintptr_t)hook : symbol->st_value;
}
