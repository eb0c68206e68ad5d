// A block of memory that grows, as allocators build it from virtual memory: many pieces are mapped side by side and used
// as one, by copies through several of them too. Some are given back and others mapped in their place. It looks like
// copies that leave their allocation, and memory that is used after its end.
//
// build: driver 13
// near: CT108
// finds: nothing
// prints: as one
#include "driver.h"

enum { PIECES = 4 };

static size_t size;
static CUmemAllocationProp kind = {
    .type = CU_MEM_ALLOCATION_TYPE_PINNED, .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = 0}};

static CUmemGenericAllocationHandle grow(CUdeviceptr at) {
    CUmemGenericAllocationHandle piece;
    CUmemAccessDesc access = {.location = kind.location, .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    DRIVE(cuMemCreate(&piece, size, &kind, 0));
    DRIVE(cuMemMap(at, size, 0, piece, 0));
    DRIVE(cuMemSetAccess(at, size, &access, 1));
    return piece;
}

int main(void) {
    CUcontext context;
    CUstream stream;
    CUdeviceptr segment;
    CUmemGenericAllocationHandle pieces[PIECES];
    char *from, *to;
    DRIVE(cuInit(0));
    DRIVE(cuCtxCreate(&context, NULL, 0, 0));
    DRIVE(cuMemGetAllocationGranularity(&size, &kind, CU_MEM_ALLOC_GRANULARITY_RECOMMENDED));
    DRIVE(cuMemAddressReserve(&segment, 64 * size, 0, 0, 0));
    for (int i = 0; i < PIECES; i++) pieces[i] = grow(segment + i * size);
    DRIVE(cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING));
    DRIVE(cuMemAllocHost((void **)&from, PIECES * size));
    DRIVE(cuMemAllocHost((void **)&to, PIECES * size));
    memset(from, 3, PIECES * size);

    DRIVE(cuMemcpyHtoDAsync(segment, from, PIECES * size, stream));
    DRIVE(cuMemsetD8Async(segment + size / 2, 4, 2 * size, stream));
    DRIVE(cuStreamSynchronize(stream));
    // Memory that nobody uses goes back; the mapping keeps what is released until then.
    DRIVE(cuMemRelease(pieces[1]));
    DRIVE(cuMemUnmap(segment + size, size));
    pieces[1] = grow(segment + size);
    DRIVE(cuMemsetD8Async(segment + size, 3, size, stream));
    DRIVE(cuMemcpyDtoHAsync(to, segment, PIECES * size, stream));
    DRIVE(cuStreamSynchronize(stream));
    if (all_are(to + size, size, 3) && all_are(to + size / 2, size / 2, 4) && all_are(to + 3 * size, size, 3)) {
        printf("as one\n");
    }

    DRIVE(cuMemUnmap(segment, PIECES * size));
    for (int i = 0; i < PIECES; i++) DRIVE(cuMemRelease(pieces[i]));
    DRIVE(cuMemAddressFree(segment, 64 * size));
    DRIVE(cuMemFreeHost(from));
    DRIVE(cuMemFreeHost(to));
    DRIVE(cuCtxDestroy(context));
    return 0;
}
