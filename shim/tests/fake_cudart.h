// How a test steers the fake runtime that a program is linked with.
#ifndef CUTAPE_FAKE_CUDART_H
#define CUTAPE_FAKE_CUDART_H

#define CUT_EXPORT __attribute__((visibility("default")))

// Runs inside each call, with the exported name and the addresses of the arguments.
typedef void (*CUTFakeHook)(const char *symbol, void **arguments);

int cudaFakeMajor(void);
unsigned long cudaFakeCalls(void);
void cudaFakeSetHook(CUTFakeHook hook);
void cudaFakeSetResult(int result);
/// The size of each parameter of every kernel, for cudaFuncGetParamInfo.
void cudaFakeSetLayout(const unsigned long *sizes, unsigned long count);
int cudaFuncGetParamInfo(const void *function, unsigned long index, unsigned long *offset, unsigned long *size);

#endif
