// Registered memory and unified addressing (2.7): codes of registration, aliases, ranges registered in part.

#include "conformance.h"

enum { PAGE = 4096 };

static cudaError_t register_bytes(struct cut_bench *b, size_t offset, size_t size)
{
    return cudaHostRegister(b->pageable + offset, size, cudaHostRegisterDefault);
}

static cudaError_t register_twice(struct cut_bench *b, size_t offset, size_t size)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)))
        return cudaErrorUnknown;
    cudaError_t code = register_bytes(b, offset, size);
    cut_code(b->row, "unregister", cudaHostUnregister(b->pageable));
    if (code == cudaSuccess)
        cudaHostUnregister(b->pageable + offset);
    return code;
}

static cudaError_t unregister_interior(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)))
        return cudaErrorUnknown;
    cudaError_t code = cudaHostUnregister(b->pageable + PAGE);
    cut_code(b->row, "whole", cudaHostUnregister(b->pageable));
    return code;
}

static cudaError_t unregister_twice(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)))
        return cudaErrorUnknown;
    cut_code(b->row, "first", cudaHostUnregister(b->pageable));
    return cudaHostUnregister(b->pageable);
}

static cudaError_t free_registered(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)))
        return cudaErrorUnknown;
    cudaError_t code = cudaFreeHost(b->pageable);
    cut_code(b->row, "unregister", cudaHostUnregister(b->pageable));
    return code;
}

// Registers the first pages and copies a range that leaves them, so that half of it is page-locked.
static cudaError_t copy_mixed(struct cut_bench *b, bool isAsync, bool isToDevice)
{
    unsigned char *host = isToDevice ? b->pageable2 : b->pageable;
    if (!CUT_PREPARE(b->row, cudaHostRegister(host, 4 * PAGE, cudaHostRegisterDefault)))
        return cudaErrorUnknown;
    void *to = isToDevice ? b->device : host;
    const void *from = isToDevice ? host : b->device2;
    cudaError_t code = isAsync ? cudaMemcpyAsync(to, from, 8 * PAGE, cudaMemcpyDefault, b->stream)
                               : cudaMemcpy(to, from, 8 * PAGE, cudaMemcpyDefault);
    cut_code(b->row, "synchronize", cudaStreamSynchronize(b->stream));
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){to, 8 * PAGE, isToDevice ? CUT_DEVICE : CUT_PAGEABLE});
    cudaHostUnregister(host);
    return code;
}

// A range that two registrations cover together.
static cudaError_t copy_two_registrations(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)) ||
        !CUT_PREPARE(b->row, register_bytes(b, 4 * PAGE, 4 * PAGE)))
        return cudaErrorUnknown;
    cudaError_t code = cudaMemcpy(b->device2, b->pageable, 8 * PAGE, cudaMemcpyHostToDevice);
    cudaHostUnregister(b->pageable);
    cudaHostUnregister(b->pageable + 4 * PAGE);
    return code;
}

static cudaError_t copy_after_unregister(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)) || !CUT_PREPARE(b->row, cudaHostUnregister(b->pageable)))
        return cudaErrorUnknown;
    return cudaMemcpy(b->device2, b->pageable, 4 * PAGE, cudaMemcpyHostToDevice);
}

// The host overwrites registered memory as soon as the call is back.
static cudaError_t copy_registered_async(struct cut_bench *b)
{
    struct cut_buffer source = {b->pageable2, CUT_BENCH_BYTES, CUT_PAGEABLE};
    if (!CUT_PREPARE(b->row, cudaHostRegister(source.bytes, source.size, cudaHostRegisterDefault)))
        return cudaErrorUnknown;
    cut_hold(b->row, b->stream);
    cudaError_t code = cudaMemcpyAsync(b->device, source.bytes, source.size, cudaMemcpyHostToDevice, b->stream);
    cut_returned(b->row, "call");
    cut_fill(&source, CUT_LATER);
    cut_release();
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->device, CUT_BENCH_BYTES, CUT_DEVICE});
    cudaHostUnregister(source.bytes);
    return code;
}

// Adds the memory type of a pointer, and whether its two addresses are itself.
static cudaError_t attributes(struct cut_bench *b, const void *pointer)
{
    struct cudaPointerAttributes attributes = {0};
    cudaError_t code = cudaPointerGetAttributes(&attributes, pointer);
    if (code != cudaSuccess)
        return code;
    cut_number(b->row, "type", attributes.type);
    cut_text(b->row, "devicePointer", !attributes.devicePointer             ? "none"
                                      : attributes.devicePointer == pointer ? "same"
                                                                            : "different");
    cut_text(b->row, "hostPointer", !attributes.hostPointer             ? "none"
                                    : attributes.hostPointer == pointer ? "same"
                                                                        : "different");
    return code;
}

static cudaError_t attributes_of_registered(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, register_bytes(b, 0, 4 * PAGE)))
        return cudaErrorUnknown;
    cudaError_t code = attributes(b, b->pageable + 100);
    cudaHostUnregister(b->pageable);
    return code;
}

// The device's address of host memory, and a Default copy through it.
static cudaError_t device_pointer(struct cut_bench *b, unsigned char *host)
{
    void *device = NULL;
    cudaError_t code = cudaHostGetDevicePointer(&device, host, 0);
    if (code != cudaSuccess)
        return code;
    cut_text(b->row, "address", device == (void *)host ? "same" : "different");
    cut_code(b->row, "copy", cudaMemcpy(device, b->device2, 64, cudaMemcpyDefault));
    cut_text(b->row, "bytes", cut_describe(host, 64));
    return code;
}

static cudaError_t device_pointer_of_registered(struct cut_bench *b)
{
    if (!CUT_PREPARE(b->row, cudaHostRegister(b->pageable, 4 * PAGE, cudaHostRegisterMapped)))
        return cudaErrorUnknown;
    cudaError_t code = device_pointer(b, b->pageable);
    cudaHostUnregister(b->pageable);
    return code;
}

static cudaError_t flags_of(struct cut_bench *b, void *pointer)
{
    unsigned flags = 0;
    cudaError_t code = cudaHostGetFlags(&flags, pointer);
    if (code == cudaSuccess)
        cut_number(b->row, "flags", flags);
    return code;
}

#define CALLS(X)                                                                                              \
    X(registerNull, "cudaHostRegister of NULL", cudaHostRegister(NULL, PAGE, cudaHostRegisterDefault))        \
    X(registerZero, "cudaHostRegister of no bytes", register_bytes(b, 0, 0))                                  \
    X(registerInvalidFlags, "flags that do not exist", cudaHostRegister(b->pageable, PAGE, 0x100))            \
    X(registerSame, "the same range again", register_twice(b, 0, 4 * PAGE))                                   \
    X(registerInside, "a part of a registered range", register_twice(b, PAGE, PAGE))                          \
    X(registerAcross, "a range that begins in a registered one", register_twice(b, 2 * PAGE, 4 * PAGE))       \
    X(registerBehind, "a range that begins where a registered one ends", register_twice(b, 4 * PAGE, PAGE))   \
    X(registerPinned, "cudaHostRegister of cudaMallocHost memory",                                            \
      cudaHostRegister(b->pinned, PAGE, cudaHostRegisterDefault))                                             \
    X(registerDevice, "cudaHostRegister of device memory",                                                    \
      cudaHostRegister(b->device, PAGE, cudaHostRegisterDefault))                                             \
    X(unregisterNull, "cudaHostUnregister of NULL", cudaHostUnregister(NULL))                                 \
    X(unregisterUnknown, "cudaHostUnregister of plain memory", cudaHostUnregister(b->pageable))               \
    X(unregisterInterior, "cudaHostUnregister of an interior pointer", unregister_interior(b))                \
    X(unregisterTwice, "cudaHostUnregister twice", unregister_twice(b))                                       \
    X(unregisterPinned, "cudaHostUnregister of cudaMallocHost memory", cudaHostUnregister(b->pinned))         \
    X(freeRegistered, "cudaFreeHost of registered memory", free_registered(b))                                \
    X(mixedToDevice, "cudaMemcpy from a half-registered range", copy_mixed(b, false, true))                   \
    X(mixedToHost, "cudaMemcpy to a half-registered range", copy_mixed(b, false, false))                      \
    X(mixedToDeviceAsync, "cudaMemcpyAsync from a half-registered range", copy_mixed(b, true, true))          \
    X(mixedToHostAsync, "cudaMemcpyAsync to a half-registered range", copy_mixed(b, true, false))             \
    X(twoRegistrations, "cudaMemcpy across two registrations", copy_two_registrations(b))                     \
    X(copyAfterUnregister, "cudaMemcpy after cudaHostUnregister", copy_after_unregister(b))                   \
    X(registeredAsync, "cudaMemcpyAsync from registered memory in the held stream", copy_registered_async(b)) \
    X(attributesPageable, "cudaPointerGetAttributes of plain memory", attributes(b, b->pageable))             \
    X(attributesPinned, "of cudaMallocHost memory, inside", attributes(b, b->pinned + 100))                   \
    X(attributesRegistered, "of registered memory, inside", attributes_of_registered(b))                      \
    X(attributesDevice, "of device memory, inside", attributes(b, b->device + 100))                           \
    X(attributesNull, "of NULL", attributes(b, NULL))                                                         \
    X(devicePointerPinned, "cudaHostGetDevicePointer of cudaMallocHost memory", device_pointer(b, b->pinned)) \
    X(devicePointerRegistered, "of registered memory", device_pointer_of_registered(b))                       \
    X(devicePointerPageable, "of plain memory", device_pointer(b, b->pageable))                               \
    X(flagsPinned, "cudaHostGetFlags of cudaMallocHost memory", flags_of(b, b->pinned))                       \
    X(flagsPageable, "cudaHostGetFlags of plain memory", flags_of(b, b->pageable))

CALLS(CUT_CALL_FUNCTION)

void cut_add_registration(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.7", "", rows, CUT_COUNT(rows), false);
}
