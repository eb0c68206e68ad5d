// A variable that host and device share: the program reaches it by a pointer that the runtime sets.
//
// build: nvcc 13
// finds: CT107 error at copy
// prints: 5 5
#include "fixture.h"

__managed__ char table[64];

int main() {
    char bytes[65];
    memset(bytes, 5, sizeof bytes);
    CHECK(cudaMemcpy(table, bytes, 64, cudaMemcpyDefault));
    CHECK(cudaDeviceSynchronize());
    printf("%d %d\n", table[0], table[63]);
    FAILS(cudaErrorInvalidValue, cudaMemcpy(table, bytes, 65, cudaMemcpyDefault)); // @copy
    return 0;
}
