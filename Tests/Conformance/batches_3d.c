// Batched copies of boxes (2.8): what a batch refuses, and the bytes to which its extents and pitches lead.

#include "conformance.h"

#if CUDART_VERSION >= 12080

// A box of 8 x 4 x 2 bytes, tightly packed.
enum { WIDTH = 8, HEIGHT = 4, DEPTH = 2, BYTES = WIDTH * HEIGHT * DEPTH };

static struct cudaMemcpy3DBatchOp box(void *to, void *from)
{
    return (struct cudaMemcpy3DBatchOp){
        .src = {.type = cudaMemcpyOperandTypePointer, .op.ptr.ptr = from},
        .dst = {.type = cudaMemcpyOperandTypePointer, .op.ptr.ptr = to},
        .extent = {WIDTH, HEIGHT, DEPTH},
        .srcAccessOrder = cudaMemcpySrcAccessOrderStream,
    };
}

static cudaError_t submit(struct cudaMemcpy3DBatchOp *boxes, size_t count, unsigned long long flags, cudaStream_t stream)
{
#if CUDART_VERSION >= 13000
    return cudaMemcpy3DBatchAsync(count, boxes, flags, stream);
#else
    size_t failed = 0;
    return cudaMemcpy3DBatchAsync(count, boxes, &failed, flags, stream);
#endif
}

// Copies and says what became of the first `size` bytes of the device's buffer.
static cudaError_t run(struct cut_bench *b, struct cudaMemcpy3DBatchOp operation, size_t size)
{
    cudaError_t code = submit(&operation, 1, 0, b->stream);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->device, size, CUT_DEVICE});
    return code;
}

static cudaError_t packed(struct cut_bench *b, unsigned char *from)
{
    return run(b, box(b->device, from), BYTES);
}

static cudaError_t extent(struct cut_bench *b, size_t width, size_t height, size_t depth)
{
    struct cudaMemcpy3DBatchOp operation = box(b->device, b->device2);
    operation.extent = (struct cudaExtent){width, height, depth};
    return run(b, operation, BYTES);
}

// The target has rows of `length` and layers of `height` rows. What lies behind `gap` bytes stays as it is, so
// that the bytes up to there are mixed.
static cudaError_t pitched(struct cut_bench *b, size_t length, size_t height, size_t gap)
{
    struct cudaMemcpy3DBatchOp operation = box(b->device, b->device2);
    operation.dst.op.ptr.rowLength = length;
    operation.dst.op.ptr.layerHeight = height;
    return run(b, operation, gap + WIDTH);
}

static cudaError_t order(struct cut_bench *b, int order)
{
    struct cudaMemcpy3DBatchOp operation = box(b->device, b->device2);
    operation.srcAccessOrder = (enum cudaMemcpySrcAccessOrder)order;
    return run(b, operation, BYTES);
}

// The box begins `room` bytes before the end of the target.
static cudaError_t near_end(struct cut_bench *b, size_t room)
{
    return run(b, box(b->device + CUT_BENCH_BYTES - room, b->device2), CUT_BENCH_BYTES - BYTES);
}

static cudaError_t in_stream(struct cut_bench *b, unsigned long long flags, cudaStream_t stream)
{
    struct cudaMemcpy3DBatchOp operation = box(b->device, b->device2);
    cudaError_t code = submit(&operation, 1, flags, stream);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    return code;
}

static cudaError_t two(struct cut_bench *b)
{
    struct cudaMemcpy3DBatchOp operations[] = {box(b->device, b->device2),
                                               box(b->device + BYTES, b->device2 + BYTES)};
    cudaError_t code = submit(operations, 2, 0, b->stream);
    cut_code(b->row, "synchronize", cudaDeviceSynchronize());
    cut_describe_buffer(b->row, "bytes", &(struct cut_buffer){b->device, 2 * BYTES, CUT_DEVICE});
    return code;
}

static cudaError_t behind_hold(struct cut_bench *b, unsigned char *from)
{
    struct cudaMemcpy3DBatchOp operation = box(b->device, from);
    cut_hold(b->row, b->stream);
    cudaError_t code = submit(&operation, 1, 0, b->stream);
    cut_returned(b->row, "call");
    return code;
}

#define CALLS(X)                                                                                   \
    X(device, "within the device", packed(b, b->device2))                                          \
    X(pinned, "from pinned memory", packed(b, b->pinned2))                                         \
    X(pageable, "from pageable memory", packed(b, b->pageable2))                                   \
    X(two, "two boxes", two(b))                                                                    \
    X(deviceBehindHold, "within the device, in the held stream", behind_hold(b, b->device2))       \
    X(pinnedBehindHold, "from pinned memory, in the held stream", behind_hold(b, b->pinned2))      \
    X(zeroWidth, "an extent of width 0", extent(b, 0, HEIGHT, DEPTH))                              \
    X(zeroHeight, "an extent of height 0", extent(b, WIDTH, 0, DEPTH))                             \
    X(zeroDepth, "an extent of depth 0", extent(b, WIDTH, HEIGHT, 0))                              \
    X(rows, "rows of 16 bytes in the target", pitched(b, 2 * WIDTH, 0, WIDTH))                            \
    X(rowsTooShort, "rows shorter than the extent", pitched(b, WIDTH - 1, 0, WIDTH))                      \
    X(layers, "layers of 8 rows in the target", pitched(b, 0, 2 * HEIGHT, WIDTH * HEIGHT))                         \
    X(layersTooLow, "layers lower than the extent", pitched(b, 0, HEIGHT - 1, WIDTH * HEIGHT))                     \
    X(atEnd, "up to the last byte of the target", near_end(b, BYTES))                              \
    X(overEnd, "one byte over the end of the target", near_end(b, BYTES - 1))                      \
    X(orderInvalid, "source order 0", order(b, 0))                                                 \
    X(flags, "flags that are not 0", in_stream(b, 1, b->stream))                                   \
    X(legacyStream, "in the legacy stream", in_stream(b, 0, cudaStreamLegacy))                     \
    X(nullStream, "in stream 0", in_stream(b, 0, NULL))                                            \
    X(perThreadStream, "in the per-thread stream", in_stream(b, 0, cudaStreamPerThread))

CALLS(CUT_CALL_FUNCTION)

void cut_add_batches_3d(struct cut_list *list)
{
    static const struct cut_call_row rows[] = {CALLS(CUT_CALL_ROW)};
    cut_add_calls(list, "2.8", "3D/", rows, CUT_COUNT(rows), true);
}

#else

void cut_add_batches_3d(struct cut_list *list)
{
    (void)list;
}

#endif
