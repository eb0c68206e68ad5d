// Between the exported C functions of the stand-in runtime and the Swift that performs them.
//
// A call crosses as the words that a recording of it would have, so that one decoder serves the live run and the
// replay. Results go back through the pointers that the words of the result roles hold.
#ifndef CUT_BRIDGE_H
#define CUT_BRIDGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#define CUT_SWIFT_NAME(name) __attribute__((swift_name(name)))
#else
#define CUT_SWIFT_NAME(name)
#define _Nonnull
#define _Nullable
#endif

// A call: the row of the API table, the form that was called, one word for each field, and the tail.
typedef struct CUTCall {
    uint16_t function;
    uint8_t major;   // 12 or 13
    uint8_t variant; // 0 plain, 1 _ptsz, 2 _ptds
    uint32_t wordCount;
    uint32_t tailCount;
    const uint64_t *_Nullable words;
    const uint64_t *_Nullable tail;
} CUTCall;

typedef struct CUTPointerInfo {
    int32_t type; // cudaMemoryType: 0 unregistered, 1 host, 2 device, 3 managed
    int32_t device;
    uint64_t devicePointer;
    uint64_t hostPointer;
    uint64_t start, size; // of the memory that it points into; 0 if unregistered
    uint64_t id;          // of that memory, unique over all of the process
} CUTPointerInfo;

typedef struct CUTContextInfo {
    uint64_t handle;
    int32_t device;
    int32_t isPrimary;
    int32_t uses; // of a primary context: how often it was retained
} CUTContextInfo;

typedef struct CUTStreamInfo {
    uint32_t flags;
    int32_t priority;
    int32_t device;
    uint64_t id;
} CUTStreamInfo;

typedef struct CUTArrayInfo {
    uint64_t width, height, depth; // as they were asked for
    uint32_t elementSize;          // bytes
    uint32_t flags;
} CUTArrayInfo;

// In Swift (CutapeRuntime). Codes are cudaError_t; all may be called from any thread.

/// Performs a call: judges it, changes state, stores the results.
int32_t cut_perform(const CUTCall *_Nonnull call)
    CUT_SWIFT_NAME("perform(_:)");
/// Keeps `code` as the thread's last error, unless it is success, and gives it back.
int32_t cut_fail(int32_t code)
    CUT_SWIFT_NAME("fail(_:)");
/// Makes the driver ready, as `cuInit` does: the runtime does so by itself, whatever it is asked first.
void cut_initialize(void)
    CUT_SWIFT_NAME("initialize()");
int32_t cut_deviceCount(void)
    CUT_SWIFT_NAME("deviceCount()");
int32_t cut_currentDevice(void)
    CUT_SWIFT_NAME("currentDevice()");
/// Free and total bytes of the current device.
void cut_memory(uint64_t *_Nonnull available, uint64_t *_Nonnull total)
    CUT_SWIFT_NAME("memory(_:_:)");
void cut_describePointer(uint64_t address, CUTPointerInfo *_Nonnull info)
    CUT_SWIFT_NAME("describePointer(_:_:)");
/// The flags of pinned memory, by any pointer into it; gives cudaErrorInvalidValue for other memory.
int32_t cut_hostFlags(uint64_t address, uint32_t *_Nonnull flags)
    CUT_SWIFT_NAME("hostFlags(_:_:)");
int32_t cut_describeStream(uint64_t handle, uint8_t variant, CUTStreamInfo *_Nonnull info)
    CUT_SWIFT_NAME("describeStream(_:_:_:)");
int32_t cut_describeArray(uint64_t handle, CUTArrayInfo *_Nonnull info)
    CUT_SWIFT_NAME("describeArray(_:_:)");
/// The size of a device variable by its host shadow; gives cudaErrorInvalidSymbol when there is none.
int32_t cut_variableSize(uint64_t shadow, uint64_t *_Nonnull size)
    CUT_SWIFT_NAME("variableSize(_:_:)");
/// The value of an attribute of a memory pool; gives cudaErrorInvalidValue when there is no such pool or attribute.
int32_t cut_poolAttribute(uint64_t pool, int32_t attribute, uint64_t *_Nonnull value)
    CUT_SWIFT_NAME("poolAttribute(_:_:_:)");
/// What a location may do with the memory of a pool (cudaMemAccessFlags).
int32_t cut_poolAccess(uint64_t pool, int32_t locationType, int32_t locationId, int32_t *_Nonnull flags)
    CUT_SWIFT_NAME("poolAccess(_:_:_:_:)");
int32_t cut_canAccessPeer(int32_t device, int32_t peer)
    CUT_SWIFT_NAME("canAccessPeer(_:_:)");

// For the driver. Codes are CUresult.

/// Whether a call may be made now: the driver is initialised, the thread has a context if the call needs one and is in no
/// host function. Gives the error if not.
int32_t cut_checkDriver(int needsContext)
    CUT_SWIFT_NAME("checkDriver(_:)");
/// A context by its handle; 0: the current one.
int32_t cut_describeContext(uint64_t handle, CUTContextInfo *_Nonnull info)
    CUT_SWIFT_NAME("describeContext(_:_:)");
/// What virtual memory comes in and is mapped by, in bytes.
uint64_t cut_mappingGranularity(void)
    CUT_SWIFT_NAME("mappingGranularity()");
/// What a location may do (CUmemAccess_flags) with the mapping at an address; gives CUDA_ERROR_INVALID_VALUE for none.
int32_t cut_mappingAccess(uint64_t address, int32_t locationType, int32_t locationId, int32_t *_Nonnull flags)
    CUT_SWIFT_NAME("mappingAccess(_:_:_:_:)");
int32_t cut_describePrimaryContext(int32_t device, CUTContextInfo *_Nonnull info)
    CUT_SWIFT_NAME("describePrimaryContext(_:_:)");

// In C (this module).

/// The number of the calling thread, from 1 in the order of first calls.
int32_t cut_threadNumber(void);
/// Calls a host function on a thread of its own and waits for it.
void cut_runHostFunction(uint64_t function, uint64_t userData);
/// Whether the calling thread is inside a host function, where CUDA calls are not permitted.
int cut_isInHostFunction(void);
/// Writes a line to standard error, after "cutape: ".
void cut_say(const char *_Nonnull text);
/// Writes a line about `name` to standard error, once for each `said`; `said` must start at 0.
void cut_sayOnce(int *_Nonnull said, const char *_Nonnull name, const char *_Nonnull text);

/// One lock, and a condition for "a host function has returned".
void cut_lock(void);
void cut_unlock(void);
void cut_waitForHostFunction(void);
void cut_hostFunctionReturned(void);

/// Runs `body` on a detached thread of the runtime's own.
void cut_startThread(void (*_Nonnull body)(void));
void cut_sleepMilliseconds(uint32_t milliseconds);

#endif
