// Which calls wait for work that they have nothing to do with (2.3): a stream is held, the call is made.
//
// Each is made against a blocking and against a non-blocking stream: only the NULL stream tells them apart.

#include "conformance.h"

// What a row needs before the stream is held, in `slot`.
static bool prepare_nothing(struct cut_bench *b)
{
    return b->row != NULL;
}

static bool prepare_managed(struct cut_bench *b)
{
    return CUT_PREPARE(b->row, cudaMallocManaged(&b->slot, CUT_BENCH_BYTES, cudaMemAttachGlobal));
}

static bool prepare_async(struct cut_bench *b)
{
    return CUT_PREPARE(b->row, cudaMallocAsync(&b->slot, CUT_BENCH_BYTES, b->stream2)) &&
           CUT_PREPARE(b->row, cudaStreamSynchronize(b->stream2));
}

static bool prepare_array(struct cut_bench *b)
{
    struct cudaChannelFormatDesc bytes = {8, 0, 0, 0, cudaChannelFormatKindUnsigned};
    return CUT_PREPARE(b->row, cudaMallocArray((cudaArray_t *)&b->slot, &bytes, 64, 64, 0));
}

static bool prepare_registered(struct cut_bench *b)
{
    return CUT_PREPARE(b->row, cudaHostRegister(b->pageable, CUT_BENCH_BYTES, cudaHostRegisterDefault));
}

static cudaError_t make_array(struct cut_bench *b)
{
    struct cudaChannelFormatDesc bytes = {8, 0, 0, 0, cudaChannelFormatKindUnsigned};
    return cudaMallocArray((cudaArray_t *)&b->slot, &bytes, 64, 64, 0);
}

static cudaError_t make_pitched(struct cut_bench *b)
{
    size_t pitch;
    return cudaMallocPitch(&b->slot, &pitch, 100, 10);
}

static cudaError_t free_device(struct cut_bench *b)
{
    cudaError_t code = cudaFree(b->device2);
    b->device2 = NULL;
    return code;
}

static cudaError_t free_host(struct cut_bench *b)
{
    cudaError_t code = cudaFreeHost(b->pinned2);
    b->pinned2 = NULL;
    return code;
}

static cudaError_t destroy_stream(struct cut_bench *b)
{
    cudaError_t code = cudaStreamDestroy(b->stream2);
    b->stream2 = NULL;
    return code;
}

static cudaError_t destroy_event(struct cut_bench *b)
{
    cudaError_t code = cudaEventDestroy(b->event);
    b->event = NULL;
    return code;
}

static cudaError_t make_event(struct cut_bench *b)
{
    return cudaEventCreate((cudaEvent_t *)&b->slot);
}

static cudaError_t get_attributes(struct cut_bench *b)
{
    struct cudaPointerAttributes attributes;
    return cudaPointerGetAttributes(&attributes, b->device);
}

static cudaError_t get_memory(void)
{
    size_t available, total;
    return cudaMemGetInfo(&available, &total);
}

// A module with one empty kernel, in text that the driver compiles.
static cudaError_t load_library(struct cut_bench *b)
{
    static const char module[] = ".version 7.0\n.target sm_75\n.address_size 64\n.visible .entry empty() { ret; }\n";
    return cudaLibraryLoadData((cudaLibrary_t *)&b->slot, module, NULL, NULL, 0, NULL, NULL, 0);
}

// X(name, preparation, what, call)
#define ROWS(X)                                                                                                      \
    X(malloc, prepare_nothing, "cudaMalloc", cudaMalloc(&b->slot, CUT_BENCH_BYTES))                                  \
    X(mallocLarge, prepare_nothing, "cudaMalloc of 256 MiB", cudaMalloc(&b->slot, 256 * (size_t)CUT_MIB))            \
    X(mallocPitch, prepare_nothing, "cudaMallocPitch", make_pitched(b))                                              \
    X(mallocArray, prepare_nothing, "cudaMallocArray", make_array(b))                                                \
    X(mallocManaged, prepare_nothing, "cudaMallocManaged",                                                           \
      cudaMallocManaged(&b->slot, CUT_BENCH_BYTES, cudaMemAttachGlobal))                                             \
    X(mallocHost, prepare_nothing, "cudaMallocHost", cudaMallocHost(&b->slot, CUT_BENCH_BYTES))                      \
    X(hostAlloc, prepare_nothing, "cudaHostAlloc", cudaHostAlloc(&b->slot, CUT_BENCH_BYTES, cudaHostAllocDefault))   \
    X(mallocAsync, prepare_nothing, "cudaMallocAsync in another stream",                                             \
      cudaMallocAsync(&b->slot, CUT_BENCH_BYTES, b->stream2))                                                        \
    X(free, prepare_nothing, "cudaFree of cudaMalloc memory", free_device(b))                                        \
    X(freeNull, prepare_nothing, "cudaFree(NULL)", cudaFree(NULL))                                                   \
    X(freeManaged, prepare_managed, "cudaFree of managed memory", cudaFree(b->slot))                                 \
    X(freeOfAsync, prepare_async, "cudaFree of cudaMallocAsync memory", cudaFree(b->slot))                           \
    X(freeAsync, prepare_async, "cudaFreeAsync in another stream", cudaFreeAsync(b->slot, b->stream2))               \
    X(freeHost, prepare_nothing, "cudaFreeHost", free_host(b))                                                       \
    X(freeArray, prepare_array, "cudaFreeArray", cudaFreeArray(b->slot))                                             \
    X(hostRegister, prepare_nothing, "cudaHostRegister",                                                             \
      cudaHostRegister(b->pageable, CUT_BENCH_BYTES, cudaHostRegisterDefault))                                       \
    X(hostUnregister, prepare_registered, "cudaHostUnregister", cudaHostUnregister(b->pageable))                     \
    X(streamCreate, prepare_nothing, "cudaStreamCreate", cudaStreamCreate((cudaStream_t *)&b->slot))                 \
    X(streamDestroy, prepare_nothing, "cudaStreamDestroy of another stream", destroy_stream(b))                      \
    X(eventCreate, prepare_nothing, "cudaEventCreate", make_event(b))                                                \
    X(eventDestroy, prepare_nothing, "cudaEventDestroy", destroy_event(b))                                           \
    X(pointerGetAttributes, prepare_nothing, "cudaPointerGetAttributes", get_attributes(b))                          \
    X(memGetInfo, prepare_nothing, "cudaMemGetInfo", get_memory())                                                   \
    X(libraryLoad, prepare_nothing, "cudaLibraryLoadData", load_library(b))                                          \
    X(memset, prepare_nothing, "cudaMemset of device memory", cudaMemset(b->device, 0, CUT_BENCH_BYTES))             \
    X(memcpyDevice, prepare_nothing, "cudaMemcpy within the device",                                                 \
      cudaMemcpy(b->device, b->device2, CUT_BENCH_BYTES, cudaMemcpyDeviceToDevice))                                  \
    X(memcpyHost, prepare_nothing, "cudaMemcpy within the host",                                                     \
      cudaMemcpy(b->pageable, b->pageable2, CUT_BENCH_BYTES, cudaMemcpyHostToHost))

#define FUNCTION(name, prepare, what, expression)       \
    static cudaError_t call_##name(struct cut_bench *b) \
    {                                                   \
        (void)b;                                        \
        return (expression);                            \
    }
ROWS(FUNCTION)

#define ROW(name, prepare, what, expression) {#name, what, prepare, call_##name},
static const struct {
    const char *name, *what;
    bool (*prepare)(struct cut_bench *b);
    cudaError_t (*call)(struct cut_bench *b);
} rows[] = {ROWS(ROW)};

// arguments: the row, whether the held stream is non-blocking. What the call made is left to the process's end.
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    struct cut_bench b;
    if (cut_bench_open(&b, row) && rows[probe->arguments[0]].prepare(&b) &&
        CUT_PREPARE(row, cudaDeviceSynchronize()) && cut_hold(row, probe->arguments[1] ? b.nonBlocking : b.stream)) {
        cut_code(row, "code", rows[probe->arguments[0]].call(&b));
        cut_returned(row, "call");
        cut_release();
        cudaHostUnregister(b.pageable);
    }
    cut_bench_close(&b);
}

void cut_add_implicit(struct cut_list *list)
{
    for (int isNonBlocking = 0; isNonBlocking < 2; isNonBlocking++) {
        for (int i = 0; i < (int)CUT_COUNT(rows); i++) {
            struct cut_probe probe = {
                .section = "2.3", .what = rows[i].what, .run = run, .arguments = {i, isNonBlocking}};
            cut_add(list, probe, "2.3/%s/%s", isNonBlocking ? "nonBlocking" : "blocking", rows[i].name);
        }
    }
}
