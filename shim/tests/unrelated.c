// A library whose functions are called almost like those of CUDA.
#include "fake_cudart.h"

CUT_EXPORT int cudnnCreate(void) { return 1; }
CUT_EXPORT int cublasCreate_v2(void) { return 2; }
CUT_EXPORT int curl_easy_init(void) { return 3; }
CUT_EXPORT int cutensorCreate(void) { return 4; }
CUT_EXPORT int cudaqPing(void) { return 5; }
