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

int cut_elfRefers(const CUTElf *elf, const char *name) {
    for (int list = 0; list < 2; ++list) {
        uint64_t count = elf->relocations[list] ? elf->relocationBytes[list] / sizeof(ElfW(Rela)) : 0;
        for (uint64_t index = 0; index < count; ++index) {
            uint64_t symbol = ELF64_R_SYM(elf->relocations[list][index].r_info);
            if (symbol != 0 && strcmp(elf->strings + elf->symbols[symbol].st_name, name) == 0) { return 1; }
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
