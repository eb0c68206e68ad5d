// Looking up the next function in the scope of the caller.
#include "bind.h"
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
    void *function = dlvsym(handle, exported->name, exported->version);
    if (!function || cut_isOwnCode(function)) { function = dlsym(handle, exported->name); }
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

// Keeps the object that `function` is in loaded for ever.
static void pin(void *function) {
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
    // A caller that is in no object, or does not say what it needs: the runtime of its major, if there is one.
    if (!function) { function = lookInObject(exported->version, exported); }
    dlerror(); // what was not found here is no error of the program
    return function;
}

// Keeps what was found for the callers in `module`, or for `site` alone, and writes the record of the object.
static void keep(CUTCallers *callers, const CUTModule *module, uint64_t site, void *function) {
    CUTBinding *binding = cut_keep(sizeof *binding);
    if (binding) {
        binding->start = module ? module->start : site;
        binding->bytes = module ? module->end - module->start : 1;
        binding->function = function;
        binding->next = __atomic_load_n(&callers->first, __ATOMIC_ACQUIRE);
        while (!__atomic_compare_exchange_n(
            &callers->first, &binding->next, binding, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {}
    }
    cut_writeModules();
}

void *cut_bindSlowly(CUTExport *exported, uint64_t site) {
    int error = errno;
    const CUTModule *module = cut_moduleAt(site);
    void *function = find(module, exported);
    if (function) {
        pin(function);
        keep(&exported->callers, module, site, function);
    }
    errno = error;
    return function;
}

void cut_knowSlowly(CUTCallers *callers, uint64_t site) {
    int error = errno;
    keep(callers, cut_moduleAt(site), site, 0);
    errno = error;
}
