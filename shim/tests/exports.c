// Prints what the preload library must export, one name@version a line: what cutape.h refers to, and the API table. What
// the driver exports has no version, nor have the look-up functions.
#include <stdio.h>

static void form(const char *name, const char *suffix, int major) {
    printf("%s%s@libcudart.so.%d\n", name, suffix, major);
}

#define CUT_FORMS_none(name, major) form(#name, "", major);
#define CUT_FORMS_ptsz(name, major) form(#name, "", major), form(#name, "_ptsz", major);
#define CUT_FORMS_ptds(name, major) form(#name, "", major), form(#name, "_ptds", major);
#define CUT_NAME_none(name) puts(#name);
#define CUT_NAME_ptsz(name) puts(#name), puts(#name "_ptsz");
#define CUT_NAME_ptds(name) puts(#name), puts(#name "_ptds");
#define CUT_HERE_driver(also, name) CUT_NAME_##also(name)
#define CUT_HERE_both(also, name) CUT_FORMS_##also(name, 12) CUT_FORMS_##also(name, 13)
#define CUT_HERE_only12(also, name) CUT_FORMS_##also(name, 12)
#define CUT_HERE_only13(also, name) CUT_FORMS_##also(name, 13)
#define CUT_ROW_regular(majors, also, name) CUT_HERE_##majors(also, name)
#define CUT_ROW_irregular(majors, also, name) CUT_HERE_##majors(also, name)
#define CUT_ROW_internal(majors, also, name)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) CUT_ROW_##body(majors, also, name)

int main(void) {
    puts("cutape_say@cutape");
#include "cutape_api.def"
    puts("cuGetProcAddress\ncuGetProcAddress_v2\ndlsym\ndlvsym");
    return 0;
}
