// elfutils: libdw, which turns addresses into functions, files and lines, and libelf, which reads object files; and the
// C++ demangler of libstdc++.
#include <dwarf.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <gelf.h>
#include <stddef.h>

/// The demangler of the Itanium C++ ABI (libstdc++ declares it for C++ only). The result is to be freed.
char *_Nullable __cxa_demangle(const char *_Nonnull mangled, char *_Nullable buffer, size_t *_Nullable length,
                               int *_Nullable status);
