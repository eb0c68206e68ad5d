// No CUDA at all: a program that reads its input, writes to both outputs and fails. It leaves an empty trace.
//
// build: gcc none
// finds: nothing
// prints: out
// exit: 3
#include <stdio.h>

int main(void) {
    int byte;
    while ((byte = getchar()) != EOF) putchar(byte);
    puts("out");
    fputs("err\n", stderr);
    return 3;
}
