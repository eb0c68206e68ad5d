// A recorder that keeps nothing: runs a program with a spool and hands its full segments back at once.
//
// Usage: drain SEGMENTS PROGRAM ARGUMENT... Prints, after the program's own output, how many calls were lost, and of how
// many sources the bytes were left out. BENCH_PAYLOAD: a CUT_PAYLOAD_* as a number. BENCH_STACKS: call stacks are wanted.
#include "../../shim/tests/spool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void recycle(TestSpool *spool) {
    for (uint32_t index = 0; index < spool->segments; ++index) {
        CUTSegment *segment = cut_segmentAt(spool->bytes, index);
        if (cut_loadAcquire32(&segment->state) != CUT_SEGMENT_CLOSED) { continue; }
        memset(segment, 0, CUT_SEGMENT_BYTES);
        cut_freeListPush(spool->bytes, index);
    }
}

int main(int count, char **arguments) {
    if (count < 3) { return 2; }
    TestSpool spool = spool_make(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (uint32_t)atoi(arguments[1]));
    setenv("CUTAPE_SPOOL", spool.path, 1);
    const char *payload = getenv("BENCH_PAYLOAD");
    spool_session(&spool)->payload = payload ? (uint32_t)atoi(payload) : CUT_PAYLOAD_NONE;
    spool_session(&spool)->stacks = getenv("BENCH_STACKS") != 0;
    pid_t child = fork();
    if (child == 0) {
        setenv("LD_PRELOAD", getenv("BENCH_PRELOAD"), 1);
        execv(arguments[2], arguments + 2);
        _exit(127);
    }
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        recycle(&spool);
        usleep(1000);
    }
    printf("%llu\n", (unsigned long long)spool_session(&spool)->lost);
    printf("%llu\n", (unsigned long long)spool_session(&spool)->leftOut);
    spool_remove(&spool);
    return status != 0;
}
