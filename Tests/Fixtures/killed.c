// The program is killed in the middle of its work, by a signal that nobody can catch. All it did before is in the trace.
//
// build: gcc 13
// finds: nothing
// exit: signal 9
#include <signal.h>

#include "fixture.h"

int main(void) {
    char *host = pinned(4096, 5);
    char *device = zeroed(4096);
    for (int i = 1; i <= 1000; i++) CHECK(cudaMemcpy(device, host, (size_t)i, cudaMemcpyHostToDevice));
    raise(SIGKILL);
    return 0;
}
