// What the fixtures that call the driver share: calls that must succeed, and results that must be right.
#pragma once

#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Ends the program with status 99 when a call does not return what was expected of it.
static inline void driver_expect(CUresult expected, CUresult result, const char *call, int line) {
    if (result == expected) return;
    fprintf(stderr, "line %d: %s gave %d, not %d\n", line, call, (int)result, (int)expected);
    exit(99);
}

// A call that must succeed; one that must fail with `code`.
#define DRIVE(call) driver_expect(CUDA_SUCCESS, (call), #call, __LINE__)
#define REFUSED(code, call) driver_expect(code, (call), #call, __LINE__)

// Whether all `size` bytes are `value`.
static inline int all_are(const char *bytes, size_t size, int value) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (char)value) return 0;
    }
    return 1;
}
