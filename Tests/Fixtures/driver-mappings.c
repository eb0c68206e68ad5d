// Virtual memory of the driver: one memory is mapped twice, and two streams write it, each by its own addresses. They
// meet in the second half of the upload. The twin leaves each stream bytes of its own.
//
// build: driver 13
// twin: fixed
// finds: CT401 error at memset after upload
// fixed: nothing
// prints: the same bytes at both addresses
#include "driver.h"

int main(void) {
    CUcontext context;
    CUstream up, down;
    CUdeviceptr range;
    CUmemGenericAllocationHandle memory;
    size_t size = 0;
    char *from, *to;
    DRIVE(cuInit(0));
    DRIVE(cuCtxCreate(&context, NULL, 0, 0));
    CUmemAllocationProp kind = {
        .type = CU_MEM_ALLOCATION_TYPE_PINNED, .location = {.type = CU_MEM_LOCATION_TYPE_DEVICE, .id = 0}};
    DRIVE(cuMemGetAllocationGranularity(&size, &kind, CU_MEM_ALLOC_GRANULARITY_MINIMUM));
    DRIVE(cuMemAddressReserve(&range, 2 * size, 0, 0, 0));
    DRIVE(cuMemCreate(&memory, size, &kind, 0));
    DRIVE(cuMemMap(range, size, 0, memory, 0));
    DRIVE(cuMemMap(range + size, size, 0, memory, 0));
    CUmemAccessDesc access = {.location = kind.location, .flags = CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    DRIVE(cuMemSetAccess(range, 2 * size, &access, 1));
    DRIVE(cuMemAllocHost((void **)&from, 4096));
    DRIVE(cuMemAllocHost((void **)&to, 4096));
    memset(from, 5, 4096);
    DRIVE(cuStreamCreate(&up, CU_STREAM_NON_BLOCKING));
    DRIVE(cuStreamCreate(&down, CU_STREAM_NON_BLOCKING));

#ifdef FIXED
    const size_t count = 2048;
#else
    const size_t count = 4096;
#endif
    DRIVE(cuMemcpyHtoDAsync(range, from, count, up)); // @upload
    DRIVE(cuMemsetD8Async(range + size + 2048, 7, 2048, down)); // @memset
    DRIVE(cuStreamSynchronize(up));
    DRIVE(cuStreamSynchronize(down));
    DRIVE(cuMemcpyDtoH(to, range + size, 2048));
    if (all_are(to, 2048, 5)) printf("the same bytes at both addresses\n");

    DRIVE(cuMemUnmap(range, 2 * size));
    DRIVE(cuMemRelease(memory));
    DRIVE(cuMemAddressFree(range, 2 * size));
    DRIVE(cuMemFreeHost(from));
    DRIVE(cuMemFreeHost(to));
    DRIVE(cuCtxDestroy(context));
    return 0;
}
