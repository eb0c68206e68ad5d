// The counter, descriptors for processes and signals, page population, a search in bytes, names of files, and an end by
// signal.
#define _GNU_SOURCE
#include "cutape_system.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { POPULATE_WRITE = 23 }; // MADV_POPULATE_WRITE, since Linux 5.14

uint64_t cut_readCounter(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
#else
    return 0;
#endif
}

int cut_pidfdOpen(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

// struct pidfd_info of <linux/pidfd.h>, which headers have had since Linux 6.13.
typedef struct PidfdInfo {
    uint64_t mask;
    uint64_t controlGroup;
    uint32_t identity[11]; // pids, users and groups
    int32_t exitCode;
} PidfdInfo;

enum { PIDFD_EXIT = 1u << 3 };

int cut_pidfdStatus(int descriptor) {
    PidfdInfo info = {.mask = PIDFD_EXIT};
    if (ioctl(descriptor, _IOWR(0xff, 11, PidfdInfo), &info) != 0 || !(info.mask & PIDFD_EXIT)) { return -1; }
    return info.exitCode;
}

int cut_signalDescriptor(const sigset_t *signals) { return signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK); }

int cut_nextSignal(int descriptor) {
    struct signalfd_siginfo info;
    while (read(descriptor, &info, sizeof info) == (ssize_t)sizeof info) {
        // That this process has used up its time on the processor says nothing of the program's.
        if (info.ssi_signo != SIGXCPU || info.ssi_code != SI_KERNEL) { return (int)info.ssi_signo; }
    }
    return 0;
}

void cut_populate(void *start, size_t bytes) {
    if (madvise(start, bytes, POPULATE_WRITE) == 0) { return; }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t offset = 0; offset < bytes; offset += page) {
        // Adding nothing writes the page and keeps what a thread of the program may have put there.
        __atomic_fetch_add((char *)start + offset, 0, __ATOMIC_RELAXED);
    }
}

bool cut_contains(const void *bytes, size_t count, const char *text) {
    return memmem(bytes, count, text, strlen(text)) != NULL;
}

void cut_nameFile(int descriptor, const char *path) {
    char open[64];
    snprintf(open, sizeof open, "/proc/self/fd/%d", descriptor);
    linkat(AT_FDCWD, open, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

int cut_hasCapabilities(int descriptor) { return fgetxattr(descriptor, "security.capability", 0, 0) > 0; }

void cut_dieBySignal(int number) {
    // A limit on core files does not hold where the kernel hands them to a program.
    prctl(PR_SET_DUMPABLE, 0);
    signal(number, SIG_DFL);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    kill(getpid(), number);
    sigprocmask(SIG_UNBLOCK, &one, 0);
}

int64_t cut_lockedByte(int descriptor, int64_t start) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start};
    if (fcntl(descriptor, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) { return -1; }
    return lock.l_start;
}
