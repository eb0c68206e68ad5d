// Degenerate arguments (2.10): no bytes, NULL, kinds that do not exist, copies onto themselves, frees of nothing.

#include "conformance.h"

#define D2D cudaMemcpyDeviceToDevice
#define BAD_KIND ((enum cudaMemcpyKind)5)

static cudaError_t box(struct cut_bench *b, size_t width, size_t height, size_t depth, enum cudaMemcpyKind kind)
{
    struct cudaMemcpy3DParms parameters = {
        .srcPtr = {b->device2, 256, 256, 16},
        .dstPtr = {b->device, 256, 256, 16},
        .extent = {width, height, depth},
        .kind = kind,
    };
    return cudaMemcpy3D(&parameters);
}

static cudaError_t fill_box(void *to, size_t width, size_t height, size_t depth)
{
    struct cudaPitchedPtr pitched = {to, 256, 256, 16};
    return cudaMemset3D(pitched, 0, (struct cudaExtent){width, height, depth});
}

// Nothing may change: adds what the target holds.
static cudaError_t untouched(struct cut_bench *b, cudaError_t code)
{
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->device, CUT_BENCH_BYTES, CUT_DEVICE});
    return code;
}

static cudaError_t fill_stack(void)
{
    unsigned char local[64] = {0};
    return cudaMemset(local, 1, sizeof local);
}

static cudaError_t free_stack(cudaError_t (*release)(void *bytes))
{
    unsigned char local[64] = {0};
    return release(local);
}

static cudaError_t free_twice(struct cut_bench *b)
{
    cut_code(b->row, "first", cudaFree(b->device2));
    void *bytes = b->device2;
    b->device2 = NULL;
    return cudaFree(bytes);
}

static cudaError_t free_host_twice(struct cut_bench *b)
{
    cut_code(b->row, "first", cudaFreeHost(b->pinned2));
    void *bytes = b->pinned2;
    b->pinned2 = NULL;
    return cudaFreeHost(bytes);
}

#define COPIES(X)                                                                                                     \
    X(zeroMemcpy, "cudaMemcpy, no bytes", untouched(b, cudaMemcpy(b->device, b->device2, 0, D2D)))                    \
    X(zeroMemcpyAsync, "cudaMemcpyAsync, no bytes",                                                                   \
      untouched(b, cudaMemcpyAsync(b->device, b->device2, 0, D2D, b->stream)))                                        \
    X(zeroMemcpyToHost, "cudaMemcpy to the host, no bytes",                                                           \
      cudaMemcpy(b->pageable, b->device2, 0, cudaMemcpyDeviceToHost))                                                 \
    X(zeroBadKind, "cudaMemcpy, no bytes, kind 5", cudaMemcpy(b->device, b->device2, 0, BAD_KIND))                    \
    X(zeroNull, "cudaMemcpy, no bytes, both NULL", cudaMemcpy(NULL, NULL, 0, D2D))                                    \
    X(zeroNullTo, "cudaMemcpy, no bytes, to NULL", cudaMemcpy(NULL, b->device, 0, D2D))                               \
    X(zeroNullFrom, "cudaMemcpy, no bytes, from NULL", cudaMemcpy(b->device, NULL, 0, D2D))                           \
    X(zeroNullAsync, "cudaMemcpyAsync, no bytes, both NULL",                                                          \
      cudaMemcpyAsync(NULL, NULL, 0, cudaMemcpyDefault, b->stream))                                                   \
    X(zeroOutside, "cudaMemcpy, no bytes, at the end of the allocation",                                              \
      cudaMemcpy(b->device + CUT_BENCH_BYTES, b->device2, 0, D2D))                                                    \
    X(nullTo, "cudaMemcpy to NULL", cudaMemcpy(NULL, b->device, 64, D2D))                                             \
    X(nullFrom, "cudaMemcpy from NULL", untouched(b, cudaMemcpy(b->device, NULL, 64, D2D)))                           \
    X(nullFromHost, "cudaMemcpy from NULL on the host", cudaMemcpy(b->device, NULL, 64, cudaMemcpyHostToDevice))      \
    X(nullToHost, "cudaMemcpy to NULL on the host", cudaMemcpy(NULL, b->device, 64, cudaMemcpyDeviceToHost))          \
    X(nullBoth, "cudaMemcpy, both NULL", cudaMemcpy(NULL, NULL, 64, cudaMemcpyDefault))                               \
    X(nullAsync, "cudaMemcpyAsync to NULL", cudaMemcpyAsync(NULL, b->device, 64, cudaMemcpyDefault, b->stream))       \
    X(null2D, "cudaMemcpy2D to NULL", cudaMemcpy2D(NULL, 256, b->device, 256, 64, 4, D2D))                            \
    X(zeroWidth2D, "cudaMemcpy2D, width 0", untouched(b, cudaMemcpy2D(b->device, 256, b->device2, 256, 0, 4, D2D)))   \
    X(zeroHeight2D, "cudaMemcpy2D, height 0",                                                                         \
      untouched(b, cudaMemcpy2D(b->device, 256, b->device2, 256, 64, 0, D2D)))                                        \
    X(zeroWidth3D, "cudaMemcpy3D, width 0", untouched(b, box(b, 0, 4, 4, D2D)))                                       \
    X(zeroHeight3D, "cudaMemcpy3D, height 0", untouched(b, box(b, 64, 0, 4, D2D)))                                    \
    X(zeroDepth3D, "cudaMemcpy3D, depth 0", untouched(b, box(b, 64, 4, 0, D2D)))                                      \
    X(badKind, "cudaMemcpy, kind 5", untouched(b, cudaMemcpy(b->device, b->device2, 64, BAD_KIND)))                   \
    X(badKindNegative, "cudaMemcpy, kind -1", cudaMemcpy(b->device, b->device2, 64, (enum cudaMemcpyKind)-1))         \
    X(badKindAsync, "cudaMemcpyAsync, kind 5", cudaMemcpyAsync(b->device, b->device2, 64, BAD_KIND, b->stream))       \
    X(badKind2D, "cudaMemcpy2D, kind 5", cudaMemcpy2D(b->device, 256, b->device2, 256, 64, 4, BAD_KIND))              \
    X(badKind3D, "cudaMemcpy3D, kind 5", box(b, 64, 4, 4, BAD_KIND))                                                  \
    X(badKindNull, "cudaMemcpy to NULL, kind 5", cudaMemcpy(NULL, b->device2, 64, BAD_KIND))                          \
    X(selfDevice, "cudaMemcpy onto itself, device",                                                                   \
      untouched(b, cudaMemcpy(b->device, b->device, CUT_BENCH_BYTES, D2D)))                                           \
    X(selfDeviceAsync, "cudaMemcpyAsync onto itself, device",                                                         \
      untouched(b, cudaMemcpyAsync(b->device, b->device, CUT_BENCH_BYTES, D2D, b->stream)))                           \
    X(selfPinned, "cudaMemcpy onto itself, pinned",                                                                   \
      cudaMemcpy(b->pinned, b->pinned, CUT_BENCH_BYTES, cudaMemcpyHostToHost))                                        \
    X(selfPageable, "cudaMemcpy onto itself, pageable",                                                               \
      cudaMemcpy(b->pageable, b->pageable, CUT_BENCH_BYTES, cudaMemcpyHostToHost))

#define OTHERS(X)                                                                                                     \
    X(memsetZero, "cudaMemset, no bytes", untouched(b, cudaMemset(b->device, 1, 0)))                                  \
    X(memsetZeroNull, "cudaMemset of NULL, no bytes", cudaMemset(NULL, 1, 0))                                         \
    X(memsetNull, "cudaMemset of NULL", cudaMemset(NULL, 1, 64))                                                      \
    X(memsetPageable, "cudaMemset of plain memory", cudaMemset(b->pageable, 1, 64))                                   \
    X(memsetStack, "cudaMemset of the stack", fill_stack())                                                           \
    X(memsetAsyncPageable, "cudaMemsetAsync of plain memory", cudaMemsetAsync(b->pageable, 1, 64, b->stream))         \
    X(memset2DZeroWidth, "cudaMemset2D, width 0", untouched(b, cudaMemset2D(b->device, 256, 1, 0, 4)))                \
    X(memset2DZeroHeight, "cudaMemset2D, height 0", untouched(b, cudaMemset2D(b->device, 256, 1, 64, 0)))             \
    X(memset3DZero, "cudaMemset3D, width 0", untouched(b, fill_box(b->device, 0, 4, 4)))                              \
    X(memset3DZeroOutside, "cudaMemset3D, width 0, at the end of the allocation",                                     \
      fill_box(b->device + CUT_BENCH_BYTES, 0, 4, 4))                                                                 \
    X(mallocZero, "cudaMalloc of no bytes", cudaMalloc(&b->slot, 0))                                                  \
    X(mallocNull, "cudaMalloc to NULL", cudaMalloc(NULL, 64))                                                         \
    X(mallocHuge, "cudaMalloc of 2^60 bytes", cudaMalloc(&b->slot, (size_t)1 << 60))                                  \
    X(mallocHostZero, "cudaMallocHost of no bytes", cudaMallocHost(&b->slot, 0))                                      \
    X(freeNull, "cudaFree(NULL)", cudaFree(NULL))                                                                     \
    X(freeHostNull, "cudaFreeHost(NULL)", cudaFreeHost(NULL))                                                         \
    X(freeArrayNull, "cudaFreeArray(NULL)", cudaFreeArray(NULL))                                                      \
    X(freeStack, "cudaFree of the stack", free_stack(cudaFree))                                                       \
    X(freeHostStack, "cudaFreeHost of the stack", free_stack(cudaFreeHost))                                           \
    X(freePageable, "cudaFree of plain memory", cudaFree(b->pageable))                                                \
    X(freePinned, "cudaFree of cudaMallocHost memory", cudaFree(b->pinned))                                           \
    X(freeHostDevice, "cudaFreeHost of device memory", cudaFreeHost(b->device))                                       \
    X(freeHostPageable, "cudaFreeHost of plain memory", cudaFreeHost(b->pageable))                                    \
    X(freeInterior, "cudaFree of an interior pointer", cudaFree(b->device + 256))                                     \
    X(freeHostInterior, "cudaFreeHost of an interior pointer", cudaFreeHost(b->pinned + 256))                         \
    X(freeTwice, "cudaFree twice", free_twice(b))                                                                     \
    X(freeHostTwice, "cudaFreeHost twice", free_host_twice(b))

COPIES(CUT_CALL_FUNCTION)
OTHERS(CUT_CALL_FUNCTION)

void cut_add_degenerate(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {COPIES(CUT_CALL_ROW) OTHERS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.10", "", rows, CUT_COUNT(rows), false);
}
