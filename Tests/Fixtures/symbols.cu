// Variables on the device by name: written, read back, and by their address.
//
// build: nvcc 13
// finds: nothing
// prints: 1.5 2.5
#include "fixture.h"

__device__ float table[4];
__constant__ float limit;

int main() {
    float values[4] = {1.5f, 0, 0, 2.5f}, back[4] = {}, one = 1;
    void *address = nullptr;
    CHECK(cudaMemcpyToSymbol(table, values, sizeof values));
    CHECK(cudaMemcpyToSymbol(limit, &one, sizeof one));
    CHECK(cudaGetSymbolAddress(&address, table));
    CHECK(cudaMemcpy(back, address, 2 * sizeof(float), cudaMemcpyDeviceToHost));
    CHECK(cudaMemcpyFromSymbol(back + 2, table, 2 * sizeof(float), 2 * sizeof(float)));
    printf("%.1f %.1f\n", back[0], back[3]);
    return 0;
}
