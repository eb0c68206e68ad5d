// Near misses: what a program says of memory that no pending copy uses. A host function fills the buffer that the copy
// behind it reads; the program waits in three ways; it reads what a copy only reads; it uses the other half.
//
// build: gcc 13
// near: CT405
// finds: nothing
// prints: 7 3
#include "cutape.h"
#include "fixture.h"

static void fill(void *memory) {
    CUTAPE_HOST_WRITE(memory, 4096);
    memset(memory, 7, 4096);
}

int main(void) {
    char *buffer = pinned(8192, 3), *result = pinned(4096, 0);
    char *device = zeroed(8192);
    cudaStream_t stream;
    cudaEvent_t event;
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaEventCreate(&event));
    CHECK(cudaLaunchHostFunc(stream, fill, buffer));
    CHECK(cudaMemcpyAsync(device, buffer, 4096, cudaMemcpyHostToDevice, stream));
    CUTAPE_HOST_READ(buffer, 4096);
    CUTAPE_HOST_WRITE(buffer + 4096, 4096);
    CHECK(cudaMemcpyAsync(result, device, 4096, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaEventRecord(event, stream));
    CHECK(cudaEventSynchronize(event));
    CUTAPE_HOST_READ(result, 4096);
    int first = result[0];
    CHECK(cudaMemcpyAsync(result, buffer + 4096, 4096, cudaMemcpyHostToHost, stream));
    CUTAPE_HOST_WRITE(buffer, 8192);
    CUTAPE_HOST_READ(result, 4096);
    CHECK(cudaMemcpyAsync(device, buffer, 8192, cudaMemcpyHostToDevice, stream));
    while (cudaStreamQuery(stream) == cudaErrorNotReady) {}
    CUTAPE_HOST_WRITE(buffer, 8192);
    printf("%d %d\n", first, result[0]);
    return 0;
}
