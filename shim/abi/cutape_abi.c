// The descriptor table: `cutape_api.def` as arrays, one of fields for each row and one of rows.
#include "cutape_abi.h"
#include "cutape_map.h"

// The fields of a regular row are its parameters; the others write them out.
#define CUT_PARAMETER_FIELD(type, name, role) {#name, #role},
#define CUT_WRITTEN_FIELD(name, role) {#name, #role},
#define CUT_FIELDS_regular(parameters, fields) CUT_EACH(CUT_PARAMETER_FIELD, parameters)
#define CUT_FIELDS_irregular(parameters, fields) CUT_EACH(CUT_WRITTEN_FIELD, fields)
#define CUT_FIELDS_internal(parameters, fields) CUT_EACH(CUT_WRITTEN_FIELD, fields)

// One array for each row, ended by an empty field: C has no empty arrays.
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    static const CUTField fields_##id[] = {CUT_FIELDS_##body(parameters, fields){"", ""}};
#include "cutape_api.def"

enum { CUTBody_regular = 0, CUTBody_irregular = 1, CUTBody_internal = 1 };

static const CUTApiInfo table[] = {
#define CUT_API(id, name, majors, also, effect, returns, body, parameters, fields) \
    {id, #name, #effect, CUTMajors_##majors, CUTAlso_##also, CUTBody_##body, \
     sizeof fields_##id / sizeof(CUTField) - 1, fields_##id},
#include "cutape_api.def"
};

// Where a row is, by its id: position + 1, or 0 for an id that no row has.
enum {
#define CUT_API(id, ...) CUTPosition_##id,
#include "cutape_api.def"
};
static const uint16_t positions[] = {
#define CUT_API(id, ...) [id] = CUTPosition_##id + 1,
#include "cutape_api.def"
};

uint32_t cut_apiCount(void) { return sizeof table / sizeof table[0]; }

const CUTApiInfo *cut_apiAt(uint32_t index) { return &table[index]; }

const CUTApiInfo *cut_apiInfo(uint16_t id) {
    if (id >= sizeof positions / sizeof positions[0] || positions[id] == 0) { return 0; }
    return &table[positions[id] - 1];
}
