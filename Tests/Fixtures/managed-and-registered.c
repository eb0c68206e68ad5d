// Managed memory, memory that was registered, and its device address: the same bytes by two names.
//
// build: gcc 13
// finds: nothing
// prints: managed 9
// prints: registered 9
#include "fixture.h"

static char buffer[4096];

int main(void) {
    void *managed, *alias;
    CHECK(cudaMallocManaged(&managed, 4096, cudaMemAttachGlobal));
    CHECK(cudaMemset(managed, 9, 4096));
    CHECK(cudaDeviceSynchronize());
    printf("managed %d\n", ((char *)managed)[4095]);

    CHECK(cudaHostRegister(buffer, sizeof buffer, cudaHostRegisterMapped));
    CHECK(cudaHostGetDevicePointer(&alias, buffer, 0));
    CHECK(cudaMemcpy(alias, managed, 4096, cudaMemcpyDefault));
    CHECK(cudaDeviceSynchronize());
    printf("registered %d\n", buffer[4095]);
    CHECK(cudaHostUnregister(buffer));
    CHECK(cudaFree(managed));
    return 0;
}
