// The functions of libcudart.so.12 that the emulator performs or answers.
#include "functions.inc"
