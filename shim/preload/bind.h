// The next function: what the caller would have called without the shim.
//
// It depends on the caller: two plugins may be linked with two majors, each loaded where the other cannot see it. So
// it is looked up in the scope of the calling object, once for each function and object, and kept in a list that only
// grows. The runtime that is found is pinned, so that what is kept never dangles.
#ifndef CUTAPE_BIND_H
#define CUTAPE_BIND_H

#include "cutape_compiler.h"

#include <stdint.h>

// A function as seen from one calling object.
typedef struct CUTBinding {
    uint64_t start; // of the object
    uint64_t bytes;
    void *_Nullable function;
    struct CUTBinding *_Nullable next;
} CUTBinding;

// An exported function: one for each major and form. Static, in the wrapper.
typedef struct CUTExport {
    const char *_Nonnull name;    // with its suffix
    const char *_Nonnull version; // libcudart.so.12 or .13
    CUTBinding *_Nullable first;  // grows at the front
} CUTExport;

/// Finds the next function for a caller that has none yet; NULL when there is none. Keeps errno.
void *_Nullable cut_bindSlowly(CUTExport *_Nonnull exported, uint64_t site);

/// The next function of `exported` for the caller at `site`; NULL when no runtime has it.
static inline void *_Nullable cut_bind(CUTExport *_Nonnull exported, const void *_Nonnull site) {
    const CUTBinding *binding = __atomic_load_n(&exported->first, __ATOMIC_ACQUIRE);
    for (; binding; binding = binding->next) {
        if (__builtin_expect((uint64_t)site - binding->start < binding->bytes, 1)) { return binding->function; }
    }
    return cut_bindSlowly(exported, (uint64_t)site);
}

#endif
