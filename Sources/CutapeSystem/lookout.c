// The lookout: tells a signal that was sent to the whole process group from one that was sent to the recorder alone.
//
// The first has reached the program already and must not be handed on; the second must. The kernel tells the receiver
// who sent a signal, but not to whom.
#define _GNU_SOURCE
#include "cutape_system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void reportSignals(const sigset_t *signals, int reports) {
    for (;;) {
        int number = sigwaitinfo(signals, 0);
        if (number <= 0) { continue; }
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t word = ((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec) << 8 | (uint64_t)number;
        if (write(reports, &word, sizeof word) < 0 && errno == EPIPE) { _exit(0); }
    }
}

int cut_lookoutStart(const sigset_t *signals, CUTLookout *lookout) {
    int ends[2];
    // Neither end blocks: a recorder that does not read loses reports, no more.
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) { return errno; }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    if (pid == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) { _exit(0); }
        // The streams would look open to their readers as long as the lookout has them.
        for (int standard = 0; standard < 3; ++standard) { close(standard); }
        reportSignals(signals, ends[1]);
    }
    close(ends[1]);
    *lookout = (CUTLookout){.pid = pid, .reports = ends[0]};
    return 0;
}

uint64_t cut_lookoutNext(CUTLookout lookout, int milliseconds) {
    struct pollfd entry = {.fd = lookout.reports, .events = POLLIN};
    uint64_t word;
    if (poll(&entry, 1, milliseconds) <= 0) { return 0; }
    return read(lookout.reports, &word, sizeof word) == (ssize_t)sizeof word ? word : 0;
}

void cut_lookoutEnd(CUTLookout lookout) {
    close(lookout.reports);
    kill(lookout.pid, SIGKILL);
    while (waitpid(lookout.pid, 0, 0) < 0 && errno == EINTR) {}
}
