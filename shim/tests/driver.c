// Calls every function of the driver once, with arguments of zero: linked with the fake driver. With `watched`, uploads
// and downloads, and touches the host's side of both.
#include "cutape_cuda.h"
#include "cutape_cuda_driver.h"
#include "cutape_map.h"
#include "rows.h"

#include <string.h>

#define CUT_PROTOTYPE(symbol, returns, parameters) CUTReturns_##returns symbol(CUT_DECLARATIONS(parameters));
#define CUT_PROTOTYPES_none(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__)
#define CUT_PROTOTYPES_ptsz(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptsz, __VA_ARGS__)
#define CUT_PROTOTYPES_ptds(name, ...) CUT_PROTOTYPE(name, __VA_ARGS__) CUT_PROTOTYPE(name##_ptds, __VA_ARGS__)
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_PROTOTYPES_##also(name, returns, parameters))
#include "cutape_api.def"

#define CUT_ZERO(type, name, role) (type){0}
#define CUT_CALL(symbol, parameters) symbol(CUT_EACH_COMMA(CUT_ZERO, parameters));
#define CUT_CALLS_none(name, parameters) CUT_CALL(name, parameters)
#define CUT_CALLS_ptsz(name, parameters) CUT_CALL(name, parameters) CUT_CALL(name##_ptsz, parameters)
#define CUT_CALLS_ptds(name, parameters) CUT_CALL(name, parameters) CUT_CALL(name##_ptds, parameters)

static volatile char memory[2][64];

static void watched(void) {
    cuMemcpyHtoDAsync_v2(0x1000, (const void *)memory[0], 64, 0);
    memory[0][7] = 1;
    cuMemcpyDtoHAsync_v2((void *)memory[1], 0x1000, 64, 0);
    (void)memory[1][0];
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "watched") == 0) {
        watched();
        return 0;
    }
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    CUT_ROW_##body(majors, CUT_CALLS_##also(name, parameters))
#include "cutape_api.def"
    return 0;
}
