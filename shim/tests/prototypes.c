// Compares each prototype of the table with that of the real CUDA headers (C, one major of the runtime or, with
// CUT_MAJOR 0, the driver). Only compiled.
//
// What only code that nvcc writes calls is declared for C++ alone (crt/host_runtime.h, crt/device_functions.h), so those
// prototypes are written down here once more.
#define __CUDA_API_VERSION_INTERNAL // declares every form and version under its exported name
#include <cuda.h>
#include <cuda_runtime_api.h>

// cuda_gl_interop.h includes OpenGL's header for two types; tests/include has those.
#include <cuda_gl_interop.h>

#include "cutape_map.h"
#include "rows.h"

typedef cudaError_t CUTReturns_error;
typedef CUresult CUTReturns_result;
typedef void CUTReturns_nothing;
typedef const char *CUTReturns_text;
typedef void **CUTReturns_handle;
typedef unsigned CUTReturns_word;
typedef char CUTReturns_byte;

void **__cudaRegisterFatBinary(void *fatCubin);
void __cudaRegisterFatBinaryEnd(void **fatCubinHandle);
void __cudaUnregisterFatBinary(void **fatCubinHandle);
char __cudaInitModule(void **fatCubinHandle);
void __cudaRegisterVar(void **, char *, char *, const char *, int, size_t, int, int);
void __cudaRegisterManagedVar(void **, void **, char *, const char *, int, size_t, int, int);
void __cudaRegisterFunction(
    void **, const char *, char *, const char *, int, uint3 *, uint3 *, dim3 *, dim3 *, int *);
unsigned __cudaPushCallConfiguration(dim3 gridDim, dim3 blockDim, size_t sharedMem, struct CUstream_st *stream);
cudaError_t __cudaPopCallConfiguration(dim3 *gridDim, dim3 *blockDim, size_t *sharedMem, void *stream);
cudaError_t __cudaGetKernel(cudaKernel_t *, const void *);
cudaError_t __cudaLaunchKernel(cudaKernel_t, dim3, dim3, void **, size_t, cudaStream_t);
cudaError_t __cudaLaunchKernel_ptsz(cudaKernel_t, dim3, dim3, void **, size_t, cudaStream_t);

#define CUT_SAME(symbol, returns, parameters) \
    _Static_assert( \
        __builtin_types_compatible_p(__typeof__(symbol), CUTReturns_##returns(CUT_TYPES(parameters))), #symbol);
#define CUT_FORMS_none(name, ...) CUT_SAME(name, __VA_ARGS__)
#define CUT_FORMS_ptsz(name, ...) CUT_SAME(name, __VA_ARGS__) CUT_SAME(name##_ptsz, __VA_ARGS__)
#define CUT_FORMS_ptds(name, ...) CUT_SAME(name, __VA_ARGS__) CUT_SAME(name##_ptds, __VA_ARGS__)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_FORMS_##also(name, returns, parameters))
#include "cutape_api.def"
