// The dynamic section of a loaded object: its tables, and its symbols by name through DT_GNU_HASH, which every object of a
// system with glibc has. No function of a library is called: the auditor has none, and the loader's own are hooked.
#ifndef CUTAPE_DYNAMIC_H
#define CUTAPE_DYNAMIC_H

#include "cutape_compiler.h"

#include <link.h>
#include <stdint.h>

typedef struct CUTElf {
    uint64_t bias;
    const ElfW(Sym) *_Nullable symbols;
    const char *_Nullable strings;
    const uint32_t *_Nullable hash; // DT_GNU_HASH
    const ElfW(Half) *_Nullable versions; // DT_VERSYM: of each symbol
    const ElfW(Verdef) *_Nullable definitions; // DT_VERDEF: what the versions are called
    const ElfW(Verneed) *_Nullable needs;      // DT_VERNEED: the same of symbols that other objects have
    const char *_Nullable soname;
    const ElfW(Rela) *_Nullable relocations[2]; // DT_RELA and DT_JMPREL
    uint64_t relocationBytes[2];
} CUTElf;

static inline int cut_isText(const char *_Nonnull left, const char *_Nonnull right) {
    while (*left && *left == *right) { ++left, ++right; }
    return *left == *right;
}

/// The tables that a dynamic section names, of an object that is `bias` away from the addresses in its file.
static inline CUTElf cut_elfTables(const ElfW(Dyn) *_Nonnull entry, uint64_t bias) {
    CUTElf elf = {.bias = bias};
    uint64_t soname = 0;
    for (; entry->d_tag != DT_NULL; ++entry) {
        // The loader has added the bias to the addresses of most objects, but not to those of all.
        uint64_t address = entry->d_un.d_ptr;
        if (address < bias) { address += bias; }
        switch (entry->d_tag) {
        case DT_SYMTAB: elf.symbols = (const ElfW(Sym) *)address; break;
        case DT_STRTAB: elf.strings = (const char *)address; break;
        case DT_GNU_HASH: elf.hash = (const uint32_t *)address; break;
        case DT_VERSYM: elf.versions = (const ElfW(Half) *)address; break;
        case DT_VERDEF: elf.definitions = (const ElfW(Verdef) *)address; break;
        case DT_VERNEED: elf.needs = (const ElfW(Verneed) *)address; break;
        case DT_SONAME: soname = entry->d_un.d_val; break;
        case DT_RELA: elf.relocations[0] = (const ElfW(Rela) *)address; break;
        case DT_RELASZ: elf.relocationBytes[0] = entry->d_un.d_val; break;
        case DT_JMPREL: elf.relocations[1] = (const ElfW(Rela) *)address; break;
        case DT_PLTRELSZ: elf.relocationBytes[1] = entry->d_un.d_val; break;
        default: break;
        }
    }
    if (elf.strings && soname) { elf.soname = elf.strings + soname; }
    return elf;
}

/// The name of the version of the symbol at `index`; NULL when it has none.
static inline const char *_Nullable cut_elfVersion(const CUTElf *_Nonnull elf, uint32_t index) {
    const uint32_t number = elf->versions && elf->definitions ? elf->versions[index] & 0x7fff : VER_NDX_GLOBAL;
    if (number <= VER_NDX_GLOBAL) { return 0; }
    const ElfW(Verdef) *definition = elf->definitions;
    while (definition->vd_ndx != number) {
        if (definition->vd_next == 0) { return 0; }
        definition = (const ElfW(Verdef) *)((const char *)definition + definition->vd_next);
    }
    return elf->strings + ((const ElfW(Verdaux) *)((const char *)definition + definition->vd_aux))->vda_name;
}

/// The address of the next function called `name` that the object defines, behind the symbol `*index`, which moves to it;
/// start with 0. The same name may be there in several versions. NULL when there is no further one.
static inline void *_Nullable cut_elfNext(const CUTElf *_Nonnull elf, const char *_Nonnull name, uint32_t *_Nonnull index) {
    const uint32_t *head = elf->hash;
    if (!head || !elf->symbols || !elf->strings || head[0] == 0) { return 0; }
    const uint32_t first = head[1], bloomWords = head[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    const uint32_t *bucket = head + 4 + bloomWords, *chain = bucket + head[0];
    uint32_t code = 5381;
    for (const unsigned char *at = (const unsigned char *)name; *at; ++at) { code = code * 33 + *at; }
    uint32_t at = *index;
    if (at != 0 && (chain[at - first] & 1)) { return 0; }
    at = at == 0 ? bucket[code % head[0]] : at + 1;
    for (; at >= first; ++at) {
        const uint32_t found = chain[at - first];
        const ElfW(Sym) *symbol = &elf->symbols[at];
        if ((found | 1) == (code | 1) && symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC
            && cut_isText(elf->strings + symbol->st_name, name)) {
            *index = at;
            return (void *)(elf->bias + symbol->st_value);
        }
        if (found & 1) { break; }
    }
    return 0;
}

#endif
