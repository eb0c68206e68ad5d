// The API table as data: which functions are intercepted, what their arguments mean, and the ids that records carry.
//
// Everything here is expanded from `cutape_api.def`; Swift reads it through this header. Ids are stored in traces:
// they are only ever added.
#ifndef CUTAPE_ABI_H
#define CUTAPE_ABI_H

#include "cutape_compiler.h"

#include <stdint.h>

// In which CUDA majors a row's prototype is exported. A function whose prototype changed has one row a major. The driver
// has its functions once for all majors.
typedef enum CUT_CLOSED_ENUM CUTMajors {
    CUTMajors_both = 0,
    CUTMajors_only12 = 12,
    CUTMajors_only13 = 13,
    CUTMajors_driver = 1,
} CUTMajors;

// The per-thread default stream form that is exported beside the plain name.
typedef enum CUT_CLOSED_ENUM CUTAlso {
    CUTAlso_none = 0,
    CUTAlso_ptsz = 1,
    CUTAlso_ptds = 2,
} CUTAlso;

typedef struct CUTField {
    const char *_Nonnull name;
    const char *_Nonnull role; // a case of Role (CutapeTrace)
} CUTField;

typedef struct CUTApiInfo {
    uint16_t id;
    const char *_Nonnull name;
    const char *_Nonnull effect; // a case of Effect (CutapeTrace)
    CUTMajors majors;
    CUTAlso also;
    int isIrregular; // its words are written by code of its own (shim/preload/irregular.h, cutape_graphs.h)
    uint32_t fieldCount;
    const CUTField *_Nonnull fields;
} CUTApiInfo;

/// The number of rows of the table.
uint32_t cut_apiCount(void);

/// Row `index` of the table, in the order of the file.
const CUTApiInfo *_Nonnull cut_apiAt(uint32_t index);

/// The row with `id`, or NULL: the only safe way from a number in a file to a row.
const CUTApiInfo *_Nullable cut_apiInfo(uint16_t id);

#endif
