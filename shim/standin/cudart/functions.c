// The functions of libcudart.so that the emulator performs or answers, for CUT_MAJOR.
#include "functions.inc"
