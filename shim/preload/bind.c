// Looking up the next function in the scope of the caller.
//
// An object that is linked with a function gets what the loader would have given it: the first one of its version in the
// global scope behind this library, which may be another interposer's, else the first one in its own scope. With an
// auditor it is the other way round, as for an object that was opened with RTLD_DEEPBIND: only such an object gets here by
// the auditor's doing, and of the others few have two to choose from. An object that is not linked with the function has
// looked it up, and gets what was found, whatever else is called like it.
#include "bind.h"
#include "objects.h"
#include "loader.h"
#include "modules.h"
#include "state.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

int cut_isOwnCode(const void *address) {
    return (const char *)address >= __ehdr_start && (const char *)address < _end;
}

typedef enum Version { VERSION_OF_CALLER, VERSION_ANY } Version;

// Whether `function` is called `name` without a version, as those of interposers are: it serves every reference.
static int isUnversioned(const void *function, const char *name) {
    CUTElf elf;
    uint32_t index = 0;
    if (!function || !cut_elfAt(function, &elf)) { return 0; }
    for (void *known = cut_elfNext(&elf, name, &index); known; known = cut_elfNext(&elf, name, &index)) {
        if (known == function) { return cut_elfVersion(&elf, index) == 0; }
    }
    return 0;
}

// The function in the scope of `handle`. The loader gives a reference the first one that has its version or none, and
// dlvsym passes over those that have none.
static void *lookIn(void *handle, const CUTExport *exported, Version version) {
    void *function = cut_dlsym(handle, exported->name);
    if (version == VERSION_OF_CALLER && exported->version && !isUnversioned(function, exported->name)) {
        function = cut_dlvsym(handle, exported->name, exported->version);
    }
    return function && !cut_isOwnCode(function) ? function : 0;
}

// The function in the scope of an object that is loaded already.
static void *lookInObject(const char *name, const CUTExport *exported, Version version) {
    void *handle = *name ? dlopen(name, RTLD_LAZY | RTLD_NOLOAD) : 0;
    if (!handle) { return 0; }
    void *function = lookIn(handle, exported, version);
    dlclose(handle);
    return function;
}

static int hasAuditor(void) {
    const char *auditors = secure_getenv("LD_AUDIT");
    return auditors && strstr(auditors, "/libcutape-audit.so");
}

// The function of one version for the calling object `name`.
static void *lookAround(const char *name, const CUTExport *exported, Version version) {
    void *function = hasAuditor() ? lookInObject(name, exported, version) : 0;
    // The scope of the program is the global one; ours comes first in it, so look behind ourselves.
    if (!function) { function = lookIn(RTLD_NEXT, exported, version); }
    return function ? function : lookInObject(name, exported, version);
}

void cut_pin(void *function) {
    Dl_info info;
    struct link_map *map = 0;
    if (!dladdr1(function, &info, (void **)&map, RTLD_DL_LINKMAP) || !map || !*map->l_name) { return; }
    void *handle = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    if (handle) { dlclose(handle); }
}

static void *find(const CUTModule *module, const CUTExport *exported, CUTWay way) {
    const char *name = module ? module->name : "";
    void *function = 0;
    if (way != CUT_WAY_LINKED) { function = __atomic_load_n(&exported->found, __ATOMIC_ACQUIRE); }
    if (!function) { function = lookAround(name, exported, VERSION_OF_CALLER); }
    if (!function && exported->version) { function = lookAround(name, exported, VERSION_ANY); }
    // A caller that is in no object, or does not say what it needs: the library itself, if it is there.
    if (!function) { function = lookInObject(exported->library, exported, VERSION_ANY); }
    dlerror(); // what was not found here is no error of the program
    return function;
}

// Whether the object at `site` is linked with the function. One that has a function of that name itself counts as well: it
// stands between, as we do, and what it has looked up is what comes after it.
static int isLinked(const CUTExport *exported, uint64_t site) {
    CUTElf elf;
    return cut_elfAt((const void *)site, &elf)
        && (cut_elfRefers(&elf, exported->name, exported->version) || cut_elfFunction(&elf, exported->name));
}

// How the object at `site` got at the function: by a look-up, if there was one and it is not linked with the function.
static CUTWay wayOf(const CUTExport *exported, uint64_t site) {
    CUTWay way = (CUTWay)__atomic_load_n(&exported->way, __ATOMIC_RELAXED);
    return way == CUT_WAY_LINKED || isLinked(exported, site) ? CUT_WAY_LINKED : way;
}

int cut_isLinkedElsewhere(const CUTExport *exported, uint64_t site, const void *function) {
    int error = errno;
    int isElsewhere = isLinked(exported, site) && find(cut_moduleAt(site), exported, CUT_WAY_LINKED) != function;
    errno = error;
    return isElsewhere;
}

// Keeps `known` for the callers in `module`, or for `site` alone, and writes the record of the object.
static const CUTBinding *keep(CUTCallers *callers, const CUTModule *module, uint64_t site, CUTBinding known) {
    CUTBinding *binding = cut_keep(sizeof *binding);
    if (binding) {
        *binding = known;
        binding->start = module ? module->start : site;
        binding->bytes = module ? module->end - module->start : 1;
        binding->next = __atomic_load_n(&callers->first, __ATOMIC_ACQUIRE);
        while (!__atomic_compare_exchange_n(
            &callers->first, &binding->next, binding, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {}
    }
    cut_writeModules();
    return binding;
}

const CUTBinding *cut_bindSlowly(CUTExport *exported, uint64_t site) {
    int error = errno;
    const CUTModule *module = cut_moduleAt(site);
    const CUTBinding *binding = 0;
    CUTWay way = wayOf(exported, site);
    void *function = find(module, exported, way);
    if (function) {
        cut_pin(function);
        cut_moduleAt((uint64_t)function); // the recorder wants to know which library it is, too
        CUTBinding known = {.function = function, .form = way << CUT_FORM_WAY_SHIFT};
        binding = keep(&exported->callers, module, site, known);
    }
    errno = error;
    return binding;
}

void cut_knowSlowly(CUTCallers *callers, uint64_t site) {
    int error = errno;
    keep(callers, cut_moduleAt(site), site, (CUTBinding){0});
    errno = error;
}
