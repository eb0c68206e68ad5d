// The reader of mangled names: what it makes of names, parameter by parameter.
#include "../preload/mangling.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    const char *expected; // s scalar, p pointer, c pointer to const, u unknown; NULL: not understood
} table[] = {
    {"_Z5saxpyfPKfPfi", "scps"}, // saxpy(float, float const*, float*, int)
    {"_Z5emptyv", ""},
    {"plain", 0}, // extern "C"
    {"_Z3addPiPKiS1_i", "pccs"}, // add(int*, int const*, int const*, int)
    {"_Z3addPiS_S_", "ppp"},
    {"_Z4fillIfEvPT_S0_m", "pss"}, // void fill<float>(T*, T, unsigned long)
    {"_Z4copyIKfEvPT_", "c"}, // T is float const
    {"_Z6takeItIP1AEvT_S2_", "PP"}, // T is A*
    {"_Z4pairIfPKdEvPT_T0_", "pc"},
    {"_Z6byName6Vector", "u"},
    {"_Z8byNameIn6VectorPf", "up"},
    {"_Z9reference1ARKS_RS_", "uCP"},
    {"_Z8functionPFvPfEPfS_", "spp"}, // a pointer to a function is no pointer to data
    {"_ZN2at6native6kernelEPKfPf", "cp"},
    {"_ZN12_GLOBAL__N_16kernelEPfi", "ps"},
    {"_ZL6kernelPf", "p"},
    {"_ZN1A6memberEPKvPv", "CP"},
    {"_ZN1AIfE6memberEPfS1_", "pp"},
    {"_ZN2ns4implIfLi4EEEvPT_", "p"},
    {"_ZN2ns4implIfEEvPKT_S3_PS1_", "ccp"},
    {"_Z5halfsP6__halfPKS_", "pc"},
    {"_Z4packIJPfPKiiEEvDpT_", "pcs"},
    {"_Z5arrayPA4_fPA4_Kf", "pc"},
    {"_Z7pointerPPfPKPf", "PC"},
    {"_Z8volatilePVfPVKf", "pc"},
    {"_Z7numbersP6float4PK10ulonglong2P5uchar", "pcP"},
    {"_Z5nodesP4NodePKS_PA2_S_", "PCP"},
    {"_Z8restrictPrf", "p"},
    {"_Z6memberM1Ai", "s"},
    {"_Z6stringSsPSs", "uP"},
    {"_Z6vectorSt6vectorIiSaIiEE", "u"},
    {"_Z3useIZ4mainEUlvE_EvT_Pf", "up"},
    {"_Z6valuesDv4_fPDv4_f", "sp"},
    {"_Z7trailerPf.constprop.0", "p"},
    {"_Z3badP", 0},
    {"_Z3badPfS9_", 0},
    {"_Z99short", 0},
    {"_Z", 0},
    {"", 0},
};

static const char letters[] = {'s', 'p', 'c', 'P', 'C', 'u'};

static void spell(const char *name, char *answer) {
    CUTParameter parameters[CUT_MAX_PARAMETERS];
    int count = cut_readParameters(name, parameters);
    if (count < 0) {
        strcpy(answer, "-");
        return;
    }
    for (int index = 0; index < count; ++index) { answer[index] = letters[parameters[index]]; }
    answer[count] = 0;
}

int main(void) {
    int failed = 0;
    for (size_t index = 0; index < sizeof table / sizeof table[0]; ++index) {
        char answer[CUT_MAX_PARAMETERS + 1];
        spell(table[index].name, answer);
        const char *expected = table[index].expected ? table[index].expected : "-";
        if (strcmp(answer, expected) != 0) {
            printf("not ok the mangled name %s: '%s' instead of '%s'\n", table[index].name, answer, expected);
            failed = 1;
        }
    }
    if (!failed) { printf("ok %zu mangled names are read\n", sizeof table / sizeof table[0]); }
    return failed;
}
