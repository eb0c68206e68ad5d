// Built for per-thread default streams: stream 0 is the calling thread's own. Two threads that use one buffer on "the
// default stream" race. The twin is built in the same way, and the first thread waits for its stream.
//
// build: gcc 13 -pthread -DCUDA_API_PER_THREAD_DEFAULT_STREAM
// twin: fixed
// finds: CT401 error at download after upload
// fixed: nothing
#include <pthread.h>

#include "fixture.h"

static char *device;

static void *upload(void *host) {
    CHECK(cudaMemcpyAsync(device, host, 4096, cudaMemcpyHostToDevice, 0)); // @upload
#ifdef FIXED
    CHECK(cudaStreamSynchronize(0));
#endif
    return NULL;
}

int main(void) {
    char *from = pinned(4096, 5), *to = pinned(4096, 0);
    device = zeroed(4096);
    pthread_t thread;
    pthread_create(&thread, NULL, upload, from);
    pthread_join(thread, NULL);
    CHECK(cudaMemcpyAsync(to, device, 4096, cudaMemcpyDeviceToHost, 0)); // @download
    CHECK(cudaDeviceSynchronize());
    return 0;
}
