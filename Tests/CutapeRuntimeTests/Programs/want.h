// What the programs beside this file share: each ends with the first answer that is not what it should be.
#ifndef WANT_H
#define WANT_H

#include <stdio.h>
#include <stdlib.h>

#define WANT(condition)                                                \
    do {                                                               \
        if (!(condition)) {                                            \
            printf("line %d: not so: %s\n", __LINE__, #condition);     \
            exit(1);                                                   \
        }                                                              \
    } while (0)
// A call that must succeed: success is 0 for the driver and the runtime.
#define DO(call) WANT((call) == 0)

#endif
