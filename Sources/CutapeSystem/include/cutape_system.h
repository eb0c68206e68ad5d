// What the recorder needs from the system and Swift cannot say itself: fork, signal descriptors and the
// processor's time-stamp counter.
#ifndef CUTAPE_SYSTEM_H
#define CUTAPE_SYSTEM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The processor's time-stamp counter, not ordered with the instructions around it; 0 where there is none.
uint64_t cut_readCounter(void);

/// A file descriptor that becomes readable when process `pid` has ended, or -1 with errno. Exists because glibc
/// has had the function only since 2.36.
int cut_pidfdOpen(pid_t pid);

/// Blocks nothing and handles nothing: a file descriptor from which the blocked signals of `signals` are read, or -1.
/// Exists because Swift's Glibc does not import signalfd.
int cut_signalDescriptor(const sigset_t *_Nonnull signals);

/// The next signal from such a descriptor, or 0 when none has come.
int cut_nextSignal(int descriptor);

/// A process that only reports which signals it gets.
typedef struct CUTLookout {
    pid_t pid;
    int reports; // read end of a pipe: one word a signal, nanoseconds of CLOCK_MONOTONIC << 8 | signal
} CUTLookout;

/// Forks a lookout into the process group of the caller. A signal that it gets as well was sent to the group. It
/// ends with its parent. Returns 0, or an error number.
int cut_lookoutStart(const sigset_t *_Nonnull signals, CUTLookout *_Nonnull lookout);

/// The next report of a lookout within `milliseconds`, or 0.
uint64_t cut_lookoutNext(CUTLookout lookout, int milliseconds);

/// Ends a lookout.
void cut_lookoutEnd(CUTLookout lookout);

/// How a process ended that is not a child, by a pidfd that was opened while it lived: a wait status, or -1 when the
/// kernel cannot say (before Linux 6.15) or its parent has not waited for it yet.
int cut_pidfdStatus(int descriptor);

/// Allocates and zeroes the pages of a mapped range. Exists because the kernel's request has no name in older
/// headers; where the kernel does not know it, every page is touched.
void cut_populate(void *_Nonnull start, size_t bytes);

/// Ignores SIGPIPE and SIGXFSZ in this process, so that a closed pipe and a file-size limit are errors of a call and
/// no end of the recorder. A program that is launched gets the dispositions of before.
void cut_ignoreWriteSignals(void);

/// Allows this process as many open files as the system lets it have, up to 4096. A program that is launched gets the
/// limit of before.
void cut_raiseFileLimit(void);

/// The position of the first byte from `start` on that another open file description has locked, or -1. Exists because
/// Swift's Glibc does not import locks of open file descriptions.
int64_t cut_lockedByte(int descriptor, int64_t start);

/// Whether this process may open `count` more files.
int cut_mayOpenFiles(int count);

/// Gives the file that is open as `descriptor` the name `path`, if it has none; where that cannot be, it stays without.
void cut_nameFile(int descriptor, const char *_Nonnull path);

/// Whether the file that is open as `descriptor` gives capabilities to whoever runs it. Exists because Swift's Glibc does
/// not import fgetxattr.
int cut_hasCapabilities(int descriptor);

/// Ends this process by signal `number`, as if nobody had handled it, and without a core file. Returns when the signal
/// does not end it.
void cut_dieBySignal(int number);

/// A program about to start: the process exists and waits.
typedef struct CUTHeld {
    pid_t pid;
    int gate; // where the process waits for its go
} CUTHeld;

/// Forks a process that waits at a gate and then becomes a program. Exists because Swift does not import fork,
/// and because posix_spawn does not tell the pid before the program runs.
///
/// `paths` are tried in order, as execvp does; a file in no known format is given to /bin/sh. `arguments` has one
/// free element in front of the program's own, for that case. `mask` is the signal mask the program starts with.
/// Returns 0, or an error number.
int cut_launchHeld(char *_Nullable const *_Nonnull paths, char *_Nullable *_Nonnull arguments,
                   char *_Nullable const *_Nonnull environment, const sigset_t *_Nonnull mask, CUTHeld *_Nonnull held);

/// Lets the process go. Returns 0 when it has become the program, else the error number of its exec; the process
/// has ended then and is to be reaped.
int cut_launchRelease(CUTHeld held);

/// Ends the process at its gate; it is to be reaped.
void cut_launchAbandon(CUTHeld held);

/// Whether `text` is somewhere in `count` bytes at `bytes`.
bool cut_contains(const void *_Nonnull bytes, size_t count, const char *_Nonnull text);

#endif
