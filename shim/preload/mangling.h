// What the mangled name of a kernel says about its parameters.
//
// The name that `__cudaRegisterFunction` gets is all that is known about a kernel without its runtime: the C++ ABI's
// mangling (Itanium C++ ABI, section 5.1) spells out the parameters' types. Only what matters here is read: which
// parameters are pointers, and whether to const. A structure by value may hide pointers, so a name with one, or with
// anything that is not understood, says nothing.
#ifndef CUTAPE_MANGLING_H
#define CUTAPE_MANGLING_H

#include "cutape_compiler.h"

#include <stdint.h>

typedef enum CUTParameter {
    CUT_PARAMETER_SCALAR,        // holds no address of data: numbers, pointers to functions or members
    CUT_PARAMETER_POINTER,       // a pointer or a reference
    CUT_PARAMETER_CONST_POINTER, // the same, to const
    CUT_PARAMETER_DEEP_POINTER,       // to what may hold addresses itself: pointers, structures, void
    CUT_PARAMETER_DEEP_CONST_POINTER, // the same, to const
    CUT_PARAMETER_UNKNOWN,       // a structure or an enumeration by value: the name does not tell which
} CUTParameter;

enum { CUT_MAX_PARAMETERS = 256 };

/// Reads the parameters of the function with this mangled name: how many there are, or -1 when the name is not
/// mangled or not understood. `parameters` has room for CUT_MAX_PARAMETERS.
int cut_readParameters(const char *_Nonnull name, CUTParameter *_Nonnull parameters);

#endif
