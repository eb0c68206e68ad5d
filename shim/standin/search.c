// An auditor that gives a program the stand-ins for CUDA's libraries, wherever it looks for them.
//
// LD_LIBRARY_PATH comes after the run paths of the objects that ask (DT_RPATH) and does not apply to a name with a folder:
// the wheels of PyPI find NVIDIA's libraries by the first, programs that open them themselves use the second. The loader
// asks an auditor before either (rtld-audit(7), la_objsearch). It asks nothing else of this one, so calls and bindings
// are as they would be without it.
//
// A program that would take either runtime asks for one after the other, or for the name without a number. CUTAPE_RUNTIME
// (12 or 13) says which one it gets: the name without a number is that one, and the other is not there, but for objects
// that are linked with it.
//
// The stand-ins lie beside this file. An auditor lives in a namespace of its own: it shares nothing with the program.
#include "dynamic.h"

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CUT_EXPORTED __attribute__((visibility("default")))

static const char *const NAMES[] = {"libcudart.so.12", "libcudart.so.13", "libcuda.so.1"};
enum { CUT_NAMES = sizeof NAMES / sizeof NAMES[0] };

// The names that development packages have for them.
static const char *const SHORT_NAMES[CUT_NAMES] = {"libcudart.so", "libcudart.so", "libcuda.so"};
enum { CUT_RUNTIME_12, CUT_RUNTIME_13, CUT_DRIVER };

// Where they are; empty where there is none. The loader keeps what it is given only while it searches.
static char paths[CUT_NAMES][PATH_MAX];

// The runtime that was chosen, or -1; which one the name without a number means.
static int chosen = -1, preferred = CUT_RUNTIME_13;

static void choose(void) {
    const char *wanted = getenv("CUTAPE_RUNTIME");
    if (wanted && strcmp(wanted, "12") == 0) { chosen = CUT_RUNTIME_12; }
    if (wanted && strcmp(wanted, "13") == 0) { chosen = CUT_RUNTIME_13; }
    if (chosen >= 0) { preferred = chosen; }
}

// Whether the object is linked with `name`. `cookie` is its link map, since nothing else was asked for.
static int isLinkedWith(uintptr_t cookie, const char *name) {
    const struct link_map *map = (const struct link_map *)cookie;
    if (!map || !map->l_ld) { return 0; }
    const CUTElf elf = cut_elfTables(map->l_ld, map->l_addr);
    for (const ElfW(Dyn) *entry = map->l_ld; elf.strings && entry->d_tag != DT_NULL; ++entry) {
        if (entry->d_tag == DT_NEEDED && cut_isText(elf.strings + entry->d_un.d_val, name)) { return 1; }
    }
    return 0;
}

// Which stand-in is meant by the file name `base`; CUT_NAMES: none.
static int meant(const char *base) {
    for (int index = 0; index < CUT_NAMES; ++index) {
        int isPreferred = index == CUT_DRIVER || index == preferred;
        if (cut_isText(base, NAMES[index]) || (isPreferred && cut_isText(base, SHORT_NAMES[index]))) { return index; }
    }
    return CUT_NAMES;
}

static void findPaths(void) {
    Dl_info self;
    if (dladdr((void *)findPaths, &self) == 0) { return; }
    const char *end = strrchr(self.dli_fname, '/');
    if (end == NULL) { return; }
    for (int index = 0; index < CUT_NAMES; ++index) {
        int length = snprintf(paths[index], PATH_MAX, "%.*s/%s", (int)(end - self.dli_fname), self.dli_fname, NAMES[index]);
        if (length < 0 || length >= PATH_MAX || access(paths[index], R_OK) != 0) { paths[index][0] = '\0'; }
    }
}

CUT_EXPORTED unsigned int la_version(unsigned int version) {
    findPaths();
    choose();
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

CUT_EXPORTED char *la_objsearch(const char *name, uintptr_t *cookie, unsigned int flag) {
    // Not with strrchr: this is another copy of the C library, whose vector code a program under Valgrind is blamed for.
    const char *base = name;
    for (const char *at = name; *at; ++at) {
        if (*at == '/') { base = at + 1; }
    }
    const int index = meant(base);
    if (index == CUT_NAMES) { return (char *)name; }
    const int isOther = chosen >= 0 && index != CUT_DRIVER && index != chosen;
    if (isOther && !isLinkedWith(*cookie, base)) { return NULL; }
    return flag == LA_SER_ORIG && paths[index][0] != '\0' ? paths[index] : (char *)name;
}
