// What nvcc makes by default: the runtime is linked in, statically. It finds the driver by itself, asks it for tables that
// are not documented, and does without a device where it does not get them: so the stand-in driver shows it none. It
// must end so under record as well.
//
// build: nvcc static
// finds: nothing
// prints: cudaGetDeviceCount: cudaErrorSymbolNotFound
// prints: cudaMalloc: cudaErrorSymbolNotFound
// prints: cudaMemcpy: cudaErrorSymbolNotFound
// exit: 3
#include <cuda_runtime.h>
#include <stdio.h>

int main() {
    int devices = 0;
    void *device = NULL;
    char host[16] = {1};
    printf("cudaGetDeviceCount: %s\n", cudaGetErrorName(cudaGetDeviceCount(&devices)));
    printf("cudaMalloc: %s\n", cudaGetErrorName(cudaMalloc(&device, sizeof host)));
    cudaError_t result = cudaMemcpy(device, host, sizeof host, cudaMemcpyHostToDevice);
    printf("cudaMemcpy: %s\n", cudaGetErrorName(result));
    return result == cudaSuccess ? 0 : 3;
}
