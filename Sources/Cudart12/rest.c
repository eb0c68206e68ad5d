// The functions of libcudart.so.12 that the emulator does not have.
#include "rest.inc"
