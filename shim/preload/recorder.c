// Starting a recorder from inside the program, so that the program does not notice.
//
// The recorder is a grandchild: the child between ends at once and is reaped here. Both are made by a bare clone with
// no signal at the end, so there is no SIGCHLD, wait() does not find them and no handler of pthread_atfork runs. The
// recorder is in a session of its own, holds none of the program's descriptors, and does not load this library. It gets
// the spool as descriptor 3, for that has no name yet.
//
// Below `cutape record` it also holds, as long as it runs, a lock on one byte of the spool that CUTAPE_SPOOL names: the
// byte's position is the process that it records, with its namespace. By that `record` knows whose traces are not complete yet.
#include "state.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// Where the recorder is: CUTAPE_RECORDER, else ../../bin/cutape from the folder of this library.
int cut_findRecorder(char *program, uint64_t bytes) {
    const char *chosen = secure_getenv("CUTAPE_RECORDER");
    if (chosen && *chosen) {
        if (strlen(chosen) >= bytes) { return 0; }
        strcpy(program, chosen);
    } else {
        static const char relative[] = "/../../bin/cutape";
        Dl_info here;
        static char real[PATH_MAX]; // one thread at a time is here
        if (!dladdr((void *)cut_findRecorder, &here) || !realpath(here.dli_fname, real)) { return 0; }
        char *slash = strrchr(real, '/');
        if (!slash || (size_t)(slash - real) + sizeof relative > bytes) { return 0; }
        memcpy(program, real, (size_t)(slash - real));
        memcpy(program + (slash - real), relative, sizeof relative);
    }
    return access(program, X_OK) == 0;
}

// The program's environment without what would record the recorder.
static char **recorderEnvironment(void) {
    size_t count = 0;
    while (environ && environ[count]) { ++count; }
    char **copy = cut_keep((count + 1) * sizeof *copy);
    if (!copy) { return 0; }
    size_t kept = 0;
    for (size_t index = 0; index < count; ++index) {
        if (strncmp(environ[index], "LD_PRELOAD=", 11) == 0) { continue; }
        if (strncmp(environ[index], "LD_AUDIT=", 9) == 0) { continue; }
        if (strncmp(environ[index], "CUTAPE_SPOOL=", 13) == 0) { continue; }
        copy[kept++] = environ[index];
    }
    return copy;
}

// A bare fork. Only system calls may follow in the child: glibc does not know of it.
static long bareFork(void) { return syscall(SYS_clone, 0, 0, 0, 0, 0); }

// Takes the lock for process `owner`, if there is such a spool.
static void announce(uint64_t owner) {
    const char *spool = secure_getenv("CUTAPE_SPOOL");
    int file = spool && *spool ? open(spool, O_RDONLY | O_NOFOLLOW) : -1;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = (off_t)owner, .l_len = 1};
    if (file >= 0) { fcntl(file, F_OFD_SETLK, &lock); }
}

enum { CUT_SPOOL_DESCRIPTOR = 3 };

static void closeFrom(unsigned first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0u) == 0) { return; }
#endif
    struct rlimit limit;
    rlim_t count = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? limit.rlim_cur : 65536;
    for (rlim_t descriptor = first; descriptor < count; ++descriptor) { close((int)descriptor); }
}

// Leaves the spool, /dev/null for the standard streams, and the lock. The program's own are closed first: it may have all
// that it may have.
static void keepDescriptors(int file, uint64_t owner) {
    if (file == CUT_SPOOL_DESCRIPTOR) {
        fcntl(file, F_SETFD, 0);
    } else {
        dup2(file, CUT_SPOOL_DESCRIPTOR);
    }
    closeFrom(CUT_SPOOL_DESCRIPTOR + 1);
    for (int standard = 0; standard < 3; ++standard) { close(standard); }
    if (open("/dev/null", O_RDWR) == 0) { dup(0), dup(0); }
    announce(owner);
}

int cut_startRecorder(char *program, const char *path, int file, CUTSession *session) {
    char **environment = recorderEnvironment();
    if (!environment) { return 0; }
    char *const arguments[] = {program, (char *)"attach", (char *)path, 0};
    // No signal of the program may run its handlers in the children.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    uint64_t owner = cut_processKey(session->namespace, (uint32_t)getpid());
    long child = bareFork();
    if (child == 0) {
        setsid();
        keepDescriptors(file, owner);
        long recorder = bareFork();
        if (recorder != 0) { _exit(recorder < 0); }
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, 0);
        execve(program, arguments, environment);
        cut_storeRelease32(&session->ended, 1);
        unlink(path);
        _exit(127);
    }
    int status = 1;
    if (child > 0 && waitpid((pid_t)child, &status, __WCLONE) != (pid_t)child) { status = 1; }
    sigprocmask(SIG_SETMASK, &before, 0);
    return child > 0 && status == 0;
}
