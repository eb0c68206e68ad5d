// Finding loaded objects, and what they define and refer to.
#include "objects.h"

#include <string.h>

int cut_elfRead(uint64_t bias, const ElfW(Dyn) *entry, CUTElf *elf) {
    *elf = cut_elfTables(entry, bias);
    return elf->symbols && elf->strings && elf->hash;
}

void *cut_elfFunction(const CUTElf *elf, const char *name) {
    uint32_t index = 0;
    return cut_elfNext(elf, name, &index);
}

// The name of the version that the object needs of the symbol at `index`; NULL when it does not say.
static const char *neededVersion(const CUTElf *elf, uint64_t index) {
    const uint32_t number = elf->versions && elf->needs ? elf->versions[index] & 0x7fff : VER_NDX_GLOBAL;
    if (number <= VER_NDX_GLOBAL) { return 0; }
    const ElfW(Verneed) *library = elf->needs;
    for (;; library = (const ElfW(Verneed) *)((const char *)library + library->vn_next)) {
        const ElfW(Vernaux) *needed = (const ElfW(Vernaux) *)((const char *)library + library->vn_aux);
        for (uint32_t count = library->vn_cnt; count > 0; --count) {
            if ((needed->vna_other & 0x7fff) == number) { return elf->strings + needed->vna_name; }
            needed = (const ElfW(Vernaux) *)((const char *)needed + needed->vna_next);
        }
        if (library->vn_next == 0) { return 0; }
    }
}

static int isReference(const CUTElf *elf, uint64_t index, const char *name, const char *version) {
    if (index == 0 || strcmp(elf->strings + elf->symbols[index].st_name, name) != 0) { return 0; }
    const char *needed = neededVersion(elf, index);
    return !version || !needed || strcmp(needed, version) == 0;
}

int cut_elfRefers(const CUTElf *elf, const char *name, const char *version) {
    for (int list = 0; list < 2; ++list) {
        uint64_t count = elf->relocations[list] ? elf->relocationBytes[list] / sizeof(ElfW(Rela)) : 0;
        for (uint64_t index = 0; index < count; ++index) {
            if (isReference(elf, ELF64_R_SYM(elf->relocations[list][index].r_info), name, version)) { return 1; }
        }
    }
    return 0;
}

typedef struct Search {
    uint64_t address;
    CUTElf *elf;
    int isFound;
} Search;

static int examine(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    Search *search = context;
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        uint64_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type != PT_LOAD || search->address - start >= header->p_memsz) { continue; }
        for (int at = 0; at < info->dlpi_phnum; ++at) {
            const ElfW(Phdr) *dynamic = &info->dlpi_phdr[at];
            if (dynamic->p_type != PT_DYNAMIC) { continue; }
            const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(info->dlpi_addr + dynamic->p_vaddr);
            search->isFound = cut_elfRead(info->dlpi_addr, entry, search->elf);
        }
        return 1;
    }
    return 0;
}

int cut_elfAt(const void *address, CUTElf *elf) {
    Search search = {.address = (uint64_t)address, .elf = elf};
    dl_iterate_phdr(examine, &search);
    return search.isFound;
}
