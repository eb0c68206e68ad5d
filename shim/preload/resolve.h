// Functions that programs look up by themselves: what they find is replaced by its hook.
//
// The real look-up is made first, and only what it has found is replaced: so a function that is missing stays missing,
// and flags and versions mean what they mean to it. A result is recognised by its address, not by the name that was
// asked for.
#ifndef CUTAPE_RESOLVE_H
#define CUTAPE_RESOLVE_H

#include "bind.h"
#include "cutape_ring.h"

/// The hook of the driver function at `function`, which a look-up of `name` has found by `way`; `function` itself when
/// it has no hook.
void *_Nullable cut_routeDriver(const char *_Nonnull name, void *_Nullable function, CUTWay way);

#endif
