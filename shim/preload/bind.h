// The next function: what the caller would have called without the shim.
//
// It depends on the caller: two plugins may be linked with two majors, each loaded where the other cannot see it. So
// it is looked up in the scope of the calling object, once for each function and object, and kept in a list that only
// grows. The library that is found is pinned, so that what is kept never dangles.
#ifndef CUTAPE_BIND_H
#define CUTAPE_BIND_H

#include "cutape_compiler.h"

#include <stdint.h>

// A function as seen from one calling object.
typedef struct CUTBinding {
    uint64_t start; // of the object
    uint64_t bytes;
    void *_Nullable function; // NULL where only the caller is known
    uint32_t form; // CUT_FORM_WAY: how the object got at it
    struct CUTBinding *_Nullable next;
} CUTBinding;

// What is known by calling object; grows at the front.
typedef struct CUTCallers {
    CUTBinding *_Nullable first;
} CUTCallers;

// An exported function: one for each major and form.
typedef struct CUTExport {
    const char *_Nonnull name;     // with its suffix
    const char *_Nullable version; // of the symbol: libcudart.so.12 or .13, none for the driver
    const char *_Nonnull library;  // the soname of the library that has it
    void *_Nonnull hook;           // the wrapper
    void *_Nullable found;         // what a program's own look-up found first
    uint32_t way;                  // CUTWay of that look-up
    CUTCallers callers;
} CUTExport;

/// All exported functions of the table.
extern CUTExport *_Nonnull const cut_exports[] __attribute__((visibility("hidden")));
extern const uint32_t cut_exportCount __attribute__((visibility("hidden")));

/// Keeps the object that `function` is in loaded for ever.
void cut_pin(void *_Nonnull function);

/// Finds the next function for a caller that has none yet; NULL when there is none. Keeps errno.
const CUTBinding *_Nullable cut_bindSlowly(CUTExport *_Nonnull exported, uint64_t site);

/// Whether the object at `site` is linked with another function than `function`, in another copy of the same library. A
/// call from there could mean either.
int cut_isLinkedElsewhere(const CUTExport *_Nonnull exported, uint64_t site, const void *_Nonnull function);

/// Whether `address` is in this library.
int cut_isOwnCode(const void *_Nullable address);

/// Makes a calling object known that calls no function of CUDA. Keeps errno.
void cut_knowSlowly(CUTCallers *_Nonnull callers, uint64_t site);

/// What is known of the object that `site` is in; NULL when nothing is.
static inline const CUTBinding *_Nullable cut_callerAt(CUTCallers *_Nonnull callers, const void *_Nonnull site) {
    const CUTBinding *binding = __atomic_load_n(&callers->first, __ATOMIC_ACQUIRE);
    for (; binding; binding = binding->next) {
        if (__builtin_expect((uint64_t)site - binding->start < binding->bytes, 1)) { break; }
    }
    return binding;
}

/// The next function of `exported` for the caller at `site`; NULL when no library has it.
static inline const CUTBinding *_Nullable cut_bind(CUTExport *_Nonnull exported, const void *_Nonnull site) {
    const CUTBinding *binding = cut_callerAt(&exported->callers, site);
    return __builtin_expect(binding != 0, 1) ? binding : cut_bindSlowly(exported, (uint64_t)site);
}

/// Sees to it that the records of the caller at `site` can be told.
static inline void cut_knowCaller(CUTCallers *_Nonnull callers, const void *_Nonnull site) {
    if (__builtin_expect(!cut_callerAt(callers, site), 0)) { cut_knowSlowly(callers, (uint64_t)site); }
}

#endif
