// The symbol tables of loaded objects: DT_SYMTAB searched through DT_GNU_HASH, which every object of a system with glibc
// has.
#include "objects.h"

#include <string.h>

typedef struct Hash {
    uint32_t buckets;
    uint32_t first; // the index of the first symbol that is hashed
    const uint32_t *bucket;
    const uint32_t *chain; // from the first hashed symbol on
} Hash;

static Hash hashOf(const CUTElf *elf) {
    const uint32_t *head = elf->hash;
    const uint32_t bloomWords = head[2] * (sizeof(ElfW(Addr)) / sizeof(uint32_t));
    Hash hash = {.buckets = head[0], .first = head[1], .bucket = head + 4 + bloomWords};
    hash.chain = hash.bucket + hash.buckets;
    return hash;
}

int cut_elfRead(const struct dl_phdr_info *info, CUTElf *elf) {
    const ElfW(Dyn) *entry = 0;
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        if (info->dlpi_phdr[index].p_type == PT_DYNAMIC) {
            entry = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[index].p_vaddr);
        }
    }
    if (!entry) { return 0; }
    *elf = (CUTElf){.bias = info->dlpi_addr};
    uint64_t soname = 0;
    for (; entry->d_tag != DT_NULL; ++entry) {
        // The loader has added the bias to the addresses of most objects, but not to those of all.
        uint64_t address = entry->d_un.d_ptr;
        if (address < elf->bias) { address += elf->bias; }
        switch (entry->d_tag) {
        case DT_SYMTAB: elf->symbols = (const ElfW(Sym) *)address; break;
        case DT_STRTAB: elf->strings = (const char *)address; break;
        case DT_GNU_HASH: elf->hash = (const uint32_t *)address; break;
        case DT_SONAME: soname = entry->d_un.d_val; break;
        case DT_RELA: elf->relocations[0] = (const ElfW(Rela) *)address; break;
        case DT_RELASZ: elf->relocationBytes[0] = entry->d_un.d_val; break;
        case DT_JMPREL: elf->relocations[1] = (const ElfW(Rela) *)address; break;
        case DT_PLTRELSZ: elf->relocationBytes[1] = entry->d_un.d_val; break;
        default: break;
        }
    }
    if (elf->strings && soname) { elf->soname = elf->strings + soname; }
    return elf->symbols && elf->strings && elf->hash;
}

void *cut_elfFunction(const CUTElf *elf, const char *name) {
    Hash hash = hashOf(elf);
    if (hash.buckets == 0) { return 0; }
    uint32_t code = 5381;
    for (const unsigned char *at = (const unsigned char *)name; *at; ++at) { code = code * 33 + *at; }
    uint32_t index = hash.bucket[code % hash.buckets];
    if (index < hash.first) { return 0; }
    for (;; ++index) {
        uint32_t found = hash.chain[index - hash.first];
        const ElfW(Sym) *symbol = &elf->symbols[index];
        if ((found | 1) == (code | 1) && symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC
            && strcmp(elf->strings + symbol->st_name, name) == 0) {
            return (void *)(elf->bias + symbol->st_value);
        }
        if (found & 1) { return 0; }
    }
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
        search->isFound = cut_elfRead(info, search->elf);
        return 1;
    }
    return 0;
}

int cut_elfAt(const void *address, CUTElf *elf) {
    Search search = {.address = (uint64_t)address, .elf = elf};
    dl_iterate_phdr(examine, &search);
    return search.isFound;
}
