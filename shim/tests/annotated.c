// A program with the annotations of cutape.h, in C and in C++. It calls no CUDA, prints nothing, and ends with 0 when
// they have disturbed nothing.
#include "cutape.h"

#include <errno.h>

static int evaluated;

static char *once(char *memory) {
    ++evaluated;
    return memory;
}

static char memory[64];

int main(void) {
    volatile char *device = memory;
    const int *numbers = (const int *)(const void *)memory;
    errno = 7;
    CUTAPE_HOST_READ(numbers, sizeof memory);
    if (errno == 7) CUTAPE_HOST_WRITE(once(memory) + 8, 3);
    else return 1;
    CUTAPE_WORK_DONE(device, 1);
    return evaluated == 1 && errno == 7 ? 0 : 2;
}
