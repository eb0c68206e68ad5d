// What clang knows and gcc does not, so that one set of headers serves Swift's importer and both compilers.
#ifndef CUTAPE_COMPILER_H
#define CUTAPE_COMPILER_H

#ifdef __clang__
#define CUT_CLOSED_ENUM __attribute__((enum_extensibility(closed)))
#else
#define CUT_CLOSED_ENUM
#define _Nonnull
#define _Nullable
#endif

#endif
