// A host function tells the host that the upload is done, and the host then uses the data on another stream. The order
// is real, though no call makes it.
//
// build: gcc 13 -pthread
// near: CT401
// finds: nothing
// prints: 5 5
#include <semaphore.h>

#include "fixture.h"

static sem_t arrived;

static void signalHost(void *data) {
    (void)data;
    sem_post(&arrived);
}

int main(void) {
    char *source = pinned(4096, 5);
    char *result = pinned(4096, 0);
    void *device;
    cudaStream_t upload, download;
    sem_init(&arrived, 0, 0);
    CHECK(cudaMalloc(&device, 4096));
    CHECK(cudaStreamCreateWithFlags(&upload, cudaStreamNonBlocking));
    CHECK(cudaStreamCreateWithFlags(&download, cudaStreamNonBlocking));
    CHECK(cudaMemcpyAsync(device, source, 4096, cudaMemcpyHostToDevice, upload));
    CHECK(cudaLaunchHostFunc(upload, signalHost, NULL));
    while (sem_wait(&arrived) != 0) {}
    CHECK(cudaMemcpyAsync(result, device, 4096, cudaMemcpyDeviceToHost, download));
    // Plain memory may be freed in stream order.
    CHECK(cudaFreeAsync(device, download));
    CHECK(cudaStreamSynchronize(download));
    printf("%d %d\n", result[0], result[4095]);
    return 0;
}
