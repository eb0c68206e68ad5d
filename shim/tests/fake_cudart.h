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

#endif
