// The functions of libcudart.so that the emulator does not have, for CUT_MAJOR.
#include "rest.inc"
