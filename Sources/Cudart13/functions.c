// The functions of libcudart.so.13 that the emulator performs or answers.
#include "functions.inc"
