// The calling objects: executables and libraries that have made a call.
//
// A call site is an address; only its object makes it mean something after the process is gone. So each session gets
// a record of each object before the first call from it (API id 1).
#ifndef CUTAPE_MODULES_H
#define CUTAPE_MODULES_H

#include "cutape_compiler.h"

#include <stdint.h>

typedef struct CUTModule {
    uint64_t bias;  // what is added to the addresses in the file
    uint64_t start; // of its mapping
    uint64_t end;
    const char *_Nonnull name; // as the loader has it: empty for the program
    const char *_Nonnull path;
    uint32_t buildBytes; // of its build id; 0 when it has none
    uint64_t build[3];   // the id, zero padded
    struct CUTModule *_Nullable next; // the one that was seen after it
} CUTModule;

/// The object that `address` is in, known from then on; NULL for code that is in none.
const CUTModule *_Nullable cut_moduleAt(uint64_t address);

/// Makes the objects known that the `count` addresses are in.
void cut_knowModules(const uint64_t *_Nonnull addresses, uint32_t count);

#endif
