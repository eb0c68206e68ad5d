// A function that the emulated device does not have: error 801, said once however often it is called.
#include <cuda_runtime_api.h>
#include <stdio.h>

int main(void) {
    for (int i = 0; i < 3; i++) {
        if (cudaDestroyTextureObject(0) != cudaErrorNotSupported) return 1;
    }
    if (cudaGetLastError() != cudaErrorNotSupported) return 2;
    puts("all as expected");
    return 0;
}
