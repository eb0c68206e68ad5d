// cutape.h: what a program does with host memory by itself, said so that cutape can judge it.
//
// A load or a store is no call, so no recorder sees it. These macros say it. Recorded by cutape they become rows of the
// trace, and `cutape check` finds a host that reads a result too early (CT406) or overwrites a source that a copy still
// reads (CT405). Otherwise they do nothing: one load and one branch that is not taken. There is nothing to link with;
// a program that was built with them runs with and without cutape.
//
//     cudaMemcpyAsync(result, device, bytes, cudaMemcpyDeviceToHost, stream);
//     ...
//     CUTAPE_HOST_READ(result, bytes);   // now: is the copy complete?
//     sum(result);
//
// For C and C++ with gcc, clang or nvcc. On other processors than x86-64 and aarch64, in device code and in statically
// linked programs the macros do nothing.
#ifndef CUTAPE_H
#define CUTAPE_H

#include <stddef.h>

/// The host is about to read `bytes` bytes at `address`.
#define CUTAPE_HOST_READ(address, bytes) CUTAPE_SAY_(1, address, bytes)

/// The host is about to write `bytes` bytes at `address`.
#define CUTAPE_HOST_WRITE(address, bytes) CUTAPE_SAY_(2, address, bytes)

/// Everything that was submitted so far and reads or writes these bytes is complete, and with it what comes before it
/// in its stream: the host knows it by means that are no calls of CUDA, for example a flag that a copy has set.
#define CUTAPE_WORK_DONE(address, bytes) CUTAPE_SAY_(3, address, bytes)

// The function that cutape's preload library exports is found by the dynamic linker, through a weak reference. Written
// in assembler, since a compiler that is not told to make position-independent code would have the linker settle it
// as absent for good. Macros, not functions, so that the call has the line of the program.
#if defined(__GNUC__) && defined(__ELF__) && !defined(__CUDA_ARCH__) && defined(__x86_64__)
#define CUTAPE_FIND_(function) \
    __asm__(".weak cutape_say\n\tmovq cutape_say@GOTPCREL(%%rip), %0" : "=r"(function))
#elif defined(__GNUC__) && defined(__ELF__) && !defined(__CUDA_ARCH__) && defined(__aarch64__)
#define CUTAPE_FIND_(function) \
    __asm__(".weak cutape_say\n\tadrp %0, :got:cutape_say\n\tldr %0, [%0, :got_lo12:cutape_say]" : "=r"(function))
#else
#define CUTAPE_FIND_(function) ((function) = NULL)
#endif

// A call at the end of a function would become a jump, and the line that of somebody else.
#if defined(__GNUC__) && !defined(__CUDA_ARCH__)
#define CUTAPE_RETURNS_HERE_ __asm__ __volatile__("")
#else
#define CUTAPE_RETURNS_HERE_ (void)0
#endif

#define CUTAPE_SAY_(what, address, bytes) \
    do { \
        const volatile void *cutape_address = (address); \
        size_t cutape_bytes = (bytes); \
        void (*cutape_function)(int, const volatile void *, size_t); \
        CUTAPE_FIND_(cutape_function); \
        if (cutape_function) { \
            cutape_function(what, cutape_address, cutape_bytes); \
            CUTAPE_RETURNS_HERE_; \
        } \
    } while (0)

#endif
