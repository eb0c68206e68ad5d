// The descriptor table: `cutape_api.def` as an array.
#include "cutape_abi.h"

static const CUTField noFields[1] = {{"", ""}};
static const CUTApiInfo table[] = {
    {41, "cudaMemcpyAsync", "copy", CUTMajors_both, CUTAlso_ptsz, 0, 0, noFields},
};

uint32_t cut_apiCount(void) { return sizeof table / sizeof table[0]; }

const CUTApiInfo *cut_apiAt(uint32_t index) { return &table[index]; }

const CUTApiInfo *cut_apiInfo(uint16_t id) {
    for (uint32_t index = 0; index < cut_apiCount(); ++index) {
        if (table[index].id == id) { return &table[index]; }
    }
    return 0;
}
