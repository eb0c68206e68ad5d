// Reads device memory on the host: a fault, as on hardware.
#include <cuda_runtime_api.h>
#include <stdio.h>

int main(void) {
    int *d = NULL;
    if (cudaMalloc((void **)&d, 4) != cudaSuccess || cudaMemset(d, 0, 4) != cudaSuccess) return 1;
    printf("%d\n", *d);
    return 0;
}
