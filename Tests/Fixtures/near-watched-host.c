// Near misses under `--watch-host`: system calls into buffers that copies use do not fail, a fork goes its way, neighbours
// of a buffer in its page are nobody's business, a buffer is used again after each synchronisation, and a host function
// uses what its stream has ordered.
//
// build: gcc 13
// near: CT405
// record: --watch-host
// finds: nothing
// prints: piped 64, child 7, sums 30
#include "fixture.h"

#include <sys/wait.h>
#include <unistd.h>

static void fill(void *memory) { memset(memory, 5, 64); }

int main(void) {
    char *buffer = pinned(4096, 1), *result = pinned(4096, 0);
    char *device = zeroed(4096);
    cudaStream_t stream;
    CHECK(cudaStreamCreate(&stream));

    // The bytes behind those that are copied.
    CHECK(cudaMemcpyAsync(device, buffer, 64, cudaMemcpyHostToDevice, stream));
    memset(buffer + 64, 9, 4032);

    // A system call writes where nothing is pending any more, and one reads.
    CHECK(cudaStreamSynchronize(stream));
    int ends[2];
    if (pipe(ends) != 0) return 1;
    CHECK(cudaMemcpyAsync(result, device, 64, cudaMemcpyDeviceToHost, stream));
    CHECK(cudaStreamSynchronize(stream));
    long piped = write(ends[1], result, 64);
    if (read(ends[0], buffer, 64) != piped) return 2;

    // A child has its own memory.
    CHECK(cudaMemcpyAsync(device, buffer, 64, cudaMemcpyHostToDevice, stream));
    pid_t child = fork();
    if (child == 0) {
        memset(buffer, 7, 64);
        _exit(buffer[0]);
    }
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(cudaStreamSynchronize(stream));

    // A ring of one buffer.
    int sums = 0;
    for (int round = 0; round < 10; round++) {
        memset(buffer, round, 64);
        CHECK(cudaMemcpyAsync(device, buffer, 64, cudaMemcpyHostToDevice, stream));
        CHECK(cudaMemcpyAsync(result, device, 64, cudaMemcpyDeviceToHost, stream));
        CHECK(cudaStreamSynchronize(stream));
        sums += result[0] == round ? result[1] : 100;
    }

    // A host function fills the buffer that the copy behind it reads.
    CHECK(cudaLaunchHostFunc(stream, fill, buffer));
    CHECK(cudaMemcpyAsync(device, buffer, 64, cudaMemcpyHostToDevice, stream));
    CHECK(cudaStreamSynchronize(stream));
    printf("piped %ld, child %d, sums %d\n", piped, WEXITSTATUS(status), sums - 15);
    return 0;
}
