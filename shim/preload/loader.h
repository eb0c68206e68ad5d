// The loader's look-up functions as this library calls them: those behind ours, and what they are asked for.
#ifndef CUTAPE_LOADER_H
#define CUTAPE_LOADER_H

#include "cutape_compiler.h"

// The C library may be another than glibc: a program for musl that one for glibc starts inherits what is preloaded. There
// is no CUDA for it, and nothing to be recorded; but it must run. So nothing is needed that glibc alone has.
#pragma weak dladdr1

/// The next dlsym and dlvsym after ours: another interposer's, or the C library's.
void *_Nullable cut_dlsym(void *_Nullable handle, const char *_Nonnull name);
void *_Nullable cut_dlvsym(void *_Nullable handle, const char *_Nonnull name, const char *_Nonnull version);

#endif
