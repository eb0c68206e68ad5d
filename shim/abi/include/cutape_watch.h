// Watchpoints: the processor's debug registers, by way of the kernel, that tell when a program touches a few bytes.
//
// A watchpoint is a perf event of the thread that opens it and of all threads that this one starts afterwards. A touch
// raises SIGTRAP in the thread that touches, right behind the instruction. Nothing of the memory changes, so unlike with
// protected pages no system call and no driver fails, and not a byte beside the watched ones is seen. There are four, of
// up to eight bytes. The kernel (Linux 5.13) must let the process: kernel.perf_event_paranoid at most 2, or CAP_PERFMON.
#ifndef CUTAPE_WATCH_H
#define CUTAPE_WATCH_H

#include "cutape_compiler.h"

#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// What there is to watch.
typedef struct CUTWatch {
    uint64_t address;
    uint32_t bytes;    // 1, 2, 4 or 8; the address is a multiple of it
    uint32_t forReads; // reads as well as writes; the processor cannot tell them apart
    uint64_t data;     // what the signal carries
} CUTWatch;

#ifdef PERF_ATTR_SIZE_VER7
static inline struct perf_event_attr cut_watchAttributes(CUTWatch watch, int isOn) {
    struct perf_event_attr attributes;
    memset(&attributes, 0, sizeof attributes);
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_BREAKPOINT;
    attributes.bp_addr = watch.address;
    attributes.bp_len = watch.bytes;
    attributes.bp_type = watch.forReads ? HW_BREAKPOINT_RW : HW_BREAKPOINT_W;
    attributes.sig_data = watch.data;
    attributes.sample_period = 1;
    attributes.disabled = !isOn;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    attributes.inherit = 1;
    attributes.inherit_thread = 1;
    attributes.remove_on_exec = 1;
    attributes.sigtrap = 1;
    return attributes;
}

/// Opens a watchpoint that is off: a descriptor, or -1 with errno.
static inline int cut_openWatchpoint(void) {
    static uint64_t nothing;
    struct perf_event_attr attributes = cut_watchAttributes((CUTWatch){(uint64_t)&nothing, 8, 0, 0}, 0);
    return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

/// Turns a watchpoint to `watch` and on. Returns 0, or -1 with errno.
static inline int cut_setWatchpoint(int descriptor, CUTWatch watch) {
    struct perf_event_attr attributes = cut_watchAttributes(watch, 1);
    return ioctl(descriptor, PERF_EVENT_IOC_MODIFY_ATTRIBUTES, &attributes);
}

static inline void cut_clearWatchpoint(int descriptor) { ioctl(descriptor, PERF_EVENT_IOC_DISABLE, 0); }
#else // the kernel's headers are older than 5.13
static inline int cut_openWatchpoint(void) {
    errno = ENOSYS;
    return -1;
}
static inline int cut_setWatchpoint(int descriptor, CUTWatch watch) {
    (void)descriptor, (void)watch;
    errno = ENOSYS;
    return -1;
}
static inline void cut_clearWatchpoint(int descriptor) { (void)descriptor; }
#endif

/// Whether this process, and so a program that it starts, may watch: 0, or an error number.
static inline int cut_canWatch(void) {
    int descriptor = cut_openWatchpoint();
    if (descriptor < 0) { return errno; }
    close(descriptor);
    return 0;
}

#endif
