// Starting a program in two steps: fork, so that its pid is known and the trace can be made, then exec.
//
// Between fork and exec the child calls async-signal-safe functions alone: other threads may hold any lock.
#define _GNU_SOURCE
#include "cutape_system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// What the program is to find for the signals that this process ignores.
static const int writeSignals[] = {SIGPIPE, SIGXFSZ};
static struct sigaction writeActions[2];
static int areIgnored;

void cut_ignoreWriteSignals(void) {
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (int index = 0; index < 2 && !areIgnored; ++index) {
        sigaction(writeSignals[index], &ignore, &writeActions[index]);
    }
    areIgnored = 1;
}

static struct rlimit fileLimit;
static int isFileLimitRaised;

void cut_raiseFileLimit(void) {
    const rlim_t wanted = 4096;
    struct rlimit raised;
    if (isFileLimitRaised || getrlimit(RLIMIT_NOFILE, &fileLimit) != 0 || fileLimit.rlim_cur >= wanted) { return; }
    raised = fileLimit;
    raised.rlim_cur = raised.rlim_max < wanted ? raised.rlim_max : wanted;
    isFileLimitRaised = setrlimit(RLIMIT_NOFILE, &raised) == 0;
}

int cut_mayOpenFiles(int count) {
    int opened = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (opened < 0) { return 0; }
    int isAllowed = count < 2 || cut_mayOpenFiles(count - 1);
    close(opened);
    return isAllowed;
}

// Tries the paths as execvp does: a name that is not there leads on, so does one that may not be run, but that is
// then the error to report. Returns only when nothing could be run.
static int becomeProgram(char *const *paths, char **arguments, char *const *environment) {
    int denied = 0;
    for (; *paths; ++paths) {
        execve(*paths, arguments + 1, environment);
        switch (errno) {
        case ENOEXEC:
            arguments[0] = (char *)"sh";
            arguments[1] = *paths;
            execve("/bin/sh", arguments, environment);
            return errno;
        case EACCES: denied = 1; break;
        case ENOENT:
        case ENOTDIR:
        case ESTALE:
        case ENODEV:
        case ETIMEDOUT: break;
        default: return errno;
        }
    }
    return denied ? EACCES : errno;
}

static void runChild(int gate, char *const *paths, char **arguments, char *const *environment, const sigset_t *mask) {
    char go;
    ssize_t got;
    do { got = read(gate, &go, 1); } while (got < 0 && errno == EINTR);
    if (got != 1) { _exit(125); }
    for (int index = 0; index < 2 && areIgnored; ++index) {
        sigaction(writeSignals[index], &writeActions[index], 0);
    }
    if (isFileLimitRaised) { setrlimit(RLIMIT_NOFILE, &fileLimit); }
    sigprocmask(SIG_SETMASK, mask, 0);
    int error = becomeProgram(paths, arguments, environment);
    while (write(gate, &error, sizeof error) < 0 && errno == EINTR) {}
    _exit(127);
}

int cut_launchHeld(char *const *paths, char **arguments, char *const *environment, const sigset_t *mask,
                   CUTHeld *held) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) { return errno; }
    pid_t pid = fork();
    if (pid < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return error;
    }
    if (pid == 0) {
        close(ends[0]);
        runChild(ends[1], paths, arguments, environment, mask);
    }
    close(ends[1]);
    *held = (CUTHeld){.pid = pid, .gate = ends[0]};
    return 0;
}

int cut_launchRelease(CUTHeld held) {
    char go = 1;
    // A child that was killed at the gate must not raise SIGPIPE here.
    while (send(held.gate, &go, 1, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
    int error = 0;
    ssize_t got;
    do { got = read(held.gate, &error, sizeof error); } while (got < 0 && errno == EINTR);
    close(held.gate);
    return got == (ssize_t)sizeof error ? error : 0;
}

void cut_launchAbandon(CUTHeld held) { close(held.gate); }
