// Looking up the next function in the scope of the caller.
#include "bind.h"
#include "objects.h"
#include "loader.h"
#include "modules.h"
#include "state.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

int cut_isOwnCode(const void *address) {
    return (const char *)address >= __ehdr_start && (const char *)address < _end;
}

// The function in the scope of `handle`: of the caller's version, else of any.
static void *lookIn(void *handle, const CUTExport *exported) {
    void *function = exported->version ? cut_dlvsym(handle, exported->name, exported->version) : 0;
    if (!function || cut_isOwnCode(function)) { function = cut_dlsym(handle, exported->name); }
    return function && !cut_isOwnCode(function) ? function : 0;
}

// The function in the scope of an object that is loaded already.
static void *lookInObject(const char *name, const CUTExport *exported) {
    void *handle = dlopen(name, RTLD_LAZY | RTLD_NOLOAD);
    if (!handle) { return 0; }
    void *function = lookIn(handle, exported);
    dlclose(handle);
    return function;
}

void cut_pin(void *function) {
    Dl_info info;
    struct link_map *map = 0;
    if (!dladdr1(function, &info, (void **)&map, RTLD_DL_LINKMAP) || !map || !*map->l_name) { return; }
    void *handle = dlopen(map->l_name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    if (handle) { dlclose(handle); }
}

static void *find(const CUTModule *module, const CUTExport *exported) {
    // The scope of the program is the global one; ours comes first in it, so look behind ourselves.
    void *function = 0;
    if (module && *module->name) { function = lookInObject(module->name, exported); }
    if (!function) { function = lookIn(RTLD_NEXT, exported); }
    // A caller that has looked the function up by itself.
    if (!function) { function = __atomic_load_n(&exported->found, __ATOMIC_ACQUIRE); }
    // A caller that is in no object, or does not say what it needs: the library itself, if it is there.
    if (!function) { function = lookInObject(exported->library, exported); }
    dlerror(); // what was not found here is no error of the program
    return function;
}

// How the object at `site` got at the function: by itself, if it has looked it up and is not linked with it.
static uint32_t wayOf(const CUTExport *exported, uint64_t site) {
    uint32_t way = __atomic_load_n(&exported->way, __ATOMIC_RELAXED);
    CUTElf elf;
    if (way == CUT_WAY_LINKED || (cut_elfAt((const void *)site, &elf) && cut_elfRefers(&elf, exported->name))) {
        return CUT_WAY_LINKED;
    }
    return way;
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
    void *function = find(module, exported);
    if (function) {
        cut_pin(function);
        cut_moduleAt((uint64_t)function); // the recorder wants to know which library it is, too
        CUTBinding known = {.function = function, .form = wayOf(exported, site) << CUT_FORM_WAY_SHIFT};
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
