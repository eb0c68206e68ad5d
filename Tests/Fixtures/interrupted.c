// The program works until it is asked to stop, then ends in order with a status of its own. It says when it is ready.
// For the tests of signals; alone it would not end, so a call of `alarm` bounds it.
//
// build: gcc 13
// finds: nothing
// prints: ready
// exit: signal 14
#include <signal.h>
#include <unistd.h>

#include "fixture.h"

static volatile sig_atomic_t stop;

static void handle(int signal) { stop = signal; }

int main(int count, char **arguments) {
    signal(SIGINT, handle);
    signal(SIGTERM, handle);
    alarm(count > 1 ? (unsigned)atoi(arguments[1]) : 2);
    char *host = pinned(64, 5);
    char *device = zeroed(64);
    puts("ready");
    fflush(stdout);
    while (!stop) {
        CHECK(cudaMemcpy(device, host, 64, cudaMemcpyHostToDevice));
        usleep(1000);
    }
    printf("signal %d\n", (int)stop);
    return 40 + stop;
}
