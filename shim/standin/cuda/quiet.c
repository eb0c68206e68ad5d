// What the code that writes the words of a call for a recording asks of the recorder (preload/irregular_driver.h): here
// nothing is recorded, no kernel is known, and nobody's stack is watched.
#include "cutape_kernels.h"
#include "payload.h"
#include "resolve.h"
#include "stack.h"

const CUTThread cut_noThread;
_Thread_local const CUTThread *cut_thread = &cut_noThread;
uint32_t cut_payload = CUT_PAYLOAD_NONE;

CUT_HIDDEN void cut_noteSource(const CUTCopy *copy) { (void)copy; }
CUT_HIDDEN void cut_watchStack(const void *pointer, const void *stackPointer) { (void)pointer, (void)stackPointer; }
CUT_HIDDEN void *cut_routeDriver(const char *name, void *function, CUTWay way) {
    (void)name, (void)way;
    return function;
}

CUT_HIDDEN void cut_learnKernel(const void *stub, const char *name) { (void)stub, (void)name; }
CUT_HIDDEN void cut_aliasKernel(const void *handle, const void *stub) { (void)handle, (void)stub; }
CUT_HIDDEN const CUTKernel *cut_kernelAt(const void *address) {
    (void)address;
    return 0;
}
CUT_HIDDEN int cut_mayAskKernel(const void *address) {
    (void)address;
    return 0;
}
CUT_HIDDEN void cut_askKernel(const void *address, const void *site, int isMajor13) {
    (void)address, (void)site, (void)isMajor13;
}
