// The functions of libcudart.so.13 that the emulator does not have.
#include "rest.inc"
