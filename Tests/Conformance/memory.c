// Buffers of each memory class, filled with patterns that tell whose bytes arrived.

#include "conformance.h"

#include <stdlib.h>
#include <string.h>

const char *const cut_class_names[CUT_CLASS_COUNT] = {"pageable", "pinned", "device", "managed"};

enum { PAGE_BYTES = 4096 };

unsigned char cut_pattern_byte(enum cut_pattern pattern, size_t offset)
{
    // The top bits tell the patterns apart; no shift by a power of two repeats one soon.
    return (unsigned char)(((offset % 61 + offset / 256) & 0x3f) | (size_t)pattern << 6);
}

static void write_pattern(unsigned char *bytes, size_t size, enum cut_pattern pattern)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = cut_pattern_byte(pattern, i);
}

bool cut_is_host(enum cut_class class)
{
    return class != CUT_DEVICE;
}

cudaError_t cut_fill(struct cut_buffer *buffer, enum cut_pattern pattern)
{
    if (cut_is_host(buffer->class)) {
        write_pattern(buffer->bytes, buffer->size, pattern);
        return cudaSuccess;
    }
    unsigned char *bytes = malloc(buffer->size);
    if (!bytes)
        return cudaErrorMemoryAllocation;
    write_pattern(bytes, buffer->size, pattern);
    cudaError_t code = cudaMemcpy(buffer->bytes, bytes, buffer->size, cudaMemcpyHostToDevice);
    free(bytes);
    return code;
}

// Whether the host may touch managed memory while the device works.
static bool has_concurrent_managed_memory(void)
{
    int value = 0;
    return cudaDeviceGetAttribute(&value, cudaDevAttrConcurrentManagedAccess, 0) == cudaSuccess && value;
}

bool cut_allocate(struct cut_row *row, struct cut_buffer *buffer, enum cut_class class, size_t size,
                  enum cut_pattern pattern)
{
    void *bytes = NULL;
    bool isAllocated = false;
    switch (class) {
    case CUT_PAGEABLE:
        isAllocated = posix_memalign(&bytes, PAGE_BYTES, size) == 0;
        if (!isAllocated)
            cut_skip(row, "no host memory");
        break;
    case CUT_PINNED:
        isAllocated = CUT_PREPARE(row, cudaMallocHost(&bytes, size));
        break;
    case CUT_DEVICE:
        isAllocated = CUT_PREPARE(row, cudaMalloc(&bytes, size));
        break;
    case CUT_MANAGED:
        isAllocated = CUT_PREPARE(row, cudaMallocManaged(&bytes, size, cudaMemAttachGlobal));
        if (isAllocated && !has_concurrent_managed_memory()) {
            cudaFree(bytes);
            isAllocated = false;
            cut_skip(row, "the host cannot use managed memory while the device works");
        }
        break;
    case CUT_CLASS_COUNT:
        break;
    }
    if (!isAllocated)
        bytes = NULL;
    *buffer = (struct cut_buffer){bytes, isAllocated ? size : 0, class};
    return isAllocated && cut_prepared(row, "filling the buffer", cut_fill(buffer, pattern));
}

void cut_free(struct cut_buffer *buffer)
{
    if (!buffer->bytes)
        return;
    if (buffer->class == CUT_PAGEABLE)
        free(buffer->bytes);
    else if (buffer->class == CUT_PINNED)
        cudaFreeHost(buffer->bytes);
    else
        cudaFree(buffer->bytes);
    buffer->bytes = NULL;
}

const char *cut_describe(const unsigned char *bytes, size_t size)
{
    static const char *const names[CUT_PATTERN_COUNT] = {"old", "new", "later"};
    size_t counts[CUT_PATTERN_COUNT] = {0};
    for (size_t i = 0; i < size; i++) {
        unsigned pattern = bytes[i] >> 6;
        if (pattern >= CUT_PATTERN_COUNT || bytes[i] != cut_pattern_byte(pattern, i))
            return "other";
        counts[pattern]++;
    }
    for (size_t i = 0; i < CUT_PATTERN_COUNT; i++) {
        if (counts[i] == size)
            return names[i];
    }
    return "mixed";
}

void cut_describe_buffer(struct cut_row *row, const char *key, const struct cut_buffer *buffer)
{
    unsigned char *bytes = malloc(buffer->size);
    if (!bytes) {
        cut_skip(row, "no host memory");
        return;
    }
    cudaError_t code = cudaSuccess;
    if (cut_is_host(buffer->class))
        memcpy(bytes, buffer->bytes, buffer->size);
    else
        code = cudaMemcpy(bytes, buffer->bytes, buffer->size, cudaMemcpyDeviceToHost);
    if (code == cudaSuccess)
        cut_text(row, key, cut_describe(bytes, buffer->size));
    else
        cut_code(row, key, code);
    free(bytes);
}
