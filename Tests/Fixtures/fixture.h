// What the fixtures share: calls that must succeed, calls that must fail, and results that must be right.
#pragma once

#include <cuda_runtime_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Ends the program with status 99 when a call does not return what was expected of it.
static inline void fixture_expect(cudaError_t expected, cudaError_t result, const char *call, int line) {
    if (result == expected) return;
    fprintf(stderr, "line %d: %s gave %s, not %s\n", line, call, cudaGetErrorName(result), cudaGetErrorName(expected));
    exit(99);
}

// A call that must succeed.
#define CHECK(call) fixture_expect(cudaSuccess, (call), #call, __LINE__)

// A call that must fail with `code`. The program notices: it takes the error.
#define FAILS(code, call)                           \
    do {                                            \
        fixture_expect(code, (call), #call, __LINE__); \
        fixture_expect(code, cudaGetLastError(), "cudaGetLastError()", __LINE__); \
    } while (0)

// Pinned host memory of `size` bytes, each of them `value`.
static inline char *pinned(size_t size, int value) {
    void *memory = NULL;
    CHECK(cudaMallocHost(&memory, size));
    memset(memory, value, size);
    return (char *)memory;
}

// Device memory of `size` bytes that holds zeros, complete for every stream.
static inline char *zeroed(size_t size) {
    void *memory = NULL;
    CHECK(cudaMalloc(&memory, size));
    CHECK(cudaMemset(memory, 0, size));
    CHECK(cudaDeviceSynchronize());
    return (char *)memory;
}

// Whether all `size` bytes are `value`.
static inline int filled(const char *bytes, size_t size, int value) {
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (char)value) return 0;
    }
    return 1;
}
