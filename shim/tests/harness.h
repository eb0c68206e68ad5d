// What the test cases share: running a program under the preload library, and looking at what it has recorded.
#ifndef CUTAPE_TEST_HARNESS_H
#define CUTAPE_TEST_HARNESS_H

#include "spool.h"

#include <stddef.h>
#include <stdio.h>

/// What is preloaded, where spools are, which recorder programs start by themselves.
extern const char *library;
extern const char *folder;
extern const char *recorder;

/// Why the case has failed, or cannot be run here; NULL: neither.
extern const char *failure;
extern const char *skipped;
extern char failureText[256];

#define REQUIRE(condition) \
    do { \
        if (!(condition)) { \
            if (!failure) { \
                snprintf(failureText, sizeof failureText, "%s:%d: %s", __FILE__, __LINE__, #condition); \
                failure = failureText; \
            } \
            return; \
        } \
    } while (0)

typedef struct TestCase {
    const char *name;
    uint32_t segments; // of its spool; 0: it needs none
    void (*run)(TestSpool *);
} TestCase;

/// The cases of stack_cases.c.
extern const TestCase stackCases[];
extern const size_t stackCaseCount;

/// The cases of surroundings.c.
extern const TestCase surroundings[];
extern const size_t surroundingCount;

/// Runs a scenario under the library, with the spool or (NULL) without; its wait status. Its output goes to `out`.
int run(const char *program, const char *scenario, const TestSpool *spool, const char *extra);

/// Whether the last one has printed nothing.
int isSilent(void);

/// The records of calls (not of modules) of a spool, gathered.
typedef struct Calls {
    unsigned long count;
    unsigned long modules;
    unsigned long inFlight;
    const CUTRecord *at[400]; // the first ones
    unsigned long last[16];   // by thread: the low half of the last word 0
    int isOrdered;
} Calls;

Calls recorded(const TestSpool *spool);

uint64_t word(const CUTRecord *record, uint32_t index);

/// The path of the only spool in the folder; NULL when there is none.
const char *onlySpool(void);

/// The same, once the fake recorder has given it its name; NULL when it does not within half a minute.
const char *namedSpool(void);

#endif
