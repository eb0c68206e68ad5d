// What the program has registered before this process was forked: kernels, variables, managed variables.
//
// A child starts with the registrations of its parent and makes none itself, and its trace would name no kernel. So
// each process remembers what was registered, and the session of a child begins with that: the same records, marked as
// inherited (CUT_WAY_INHERITED).
#ifndef CUTAPE_REGISTRATIONS_H
#define CUTAPE_REGISTRATIONS_H

#include "cutape_compiler.h"

#include <stdint.h>

enum { CUT_REGISTRATION_WORDS = 6 };

/// One registration: its row of the table, the words in front of its name, and the name, which is the program's.
typedef struct CUTRegistration {
    uint16_t id;
    uint16_t form;
    uint32_t count; // of words
    uint64_t words[CUT_REGISTRATION_WORDS]; // the first one: the handle of the module
    const char *_Nullable name;
    const void *_Nullable site;
} CUTRegistration;

/// Whether there is any.
int cut_hasRegistrations(void);

/// Remembers a registration that has been made.
void cut_remember(const CUTRegistration *_Nonnull registration);

/// Forgets what was registered for a module, which is about to go.
void cut_forget(uint64_t module);

/// Writes what was registered before the fork, once in each session. Keeps the room of the thread consistent: not to be
/// called while a record is being reserved.
void cut_writeRegistrations(void);

#endif
