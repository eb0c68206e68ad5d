// An auditor that gives a program the stand-ins for CUDA's libraries, wherever it looks for them.
//
// LD_LIBRARY_PATH comes after the run paths of the objects that ask (DT_RPATH) and does not apply to a name with a folder:
// the wheels of PyPI find NVIDIA's libraries by the first, programs that open them themselves use the second. The loader
// asks an auditor before either (rtld-audit(7), la_objsearch). It asks nothing else of this one, so calls and bindings
// are as they would be without it.
//
// The stand-ins lie beside this file. An auditor lives in a namespace of its own: it shares nothing with the program.
#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CUT_EXPORTED __attribute__((visibility("default")))

static const char *const NAMES[] = {"libcudart.so.12", "libcudart.so.13", "libcuda.so.1"};
enum { CUT_NAMES = sizeof NAMES / sizeof NAMES[0] };

// Where they are; empty where there is none. The loader keeps what it is given only while it searches.
static char paths[CUT_NAMES][PATH_MAX];

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
    return version < LAV_CURRENT ? version : LAV_CURRENT;
}

CUT_EXPORTED char *la_objsearch(const char *name, uintptr_t *cookie, unsigned int flag) {
    (void)cookie;
    const char *slash = strrchr(name, '/');
    const char *base = slash != NULL ? slash + 1 : name;
    for (int index = 0; flag == LA_SER_ORIG && index < CUT_NAMES; ++index) {
        if (paths[index][0] != '\0' && strcmp(base, NAMES[index]) == 0) { return paths[index]; }
    }
    return (char *)name;
}
