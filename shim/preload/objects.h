// Reading the dynamic symbols of objects that are loaded, without the loader's own functions: those are hooked.
#ifndef CUTAPE_OBJECTS_H
#define CUTAPE_OBJECTS_H

#include "dynamic.h"

#include <link.h>
#include <stdint.h>

/// Reads the tables that the dynamic section of a loaded object tells of; 0 when it has none that can be searched.
int cut_elfRead(uint64_t bias, const ElfW(Dyn) *_Nonnull entry, CUTElf *_Nonnull elf);

/// The function that the object defines under this name, of any version; NULL when it does not.
void *_Nullable cut_elfFunction(const CUTElf *_Nonnull elf, const char *_Nonnull name);

/// Whether the object is linked with a function of this name: the loader has put its address into it. Of another version
/// than `version` does not count, if neither is without one.
int cut_elfRefers(const CUTElf *_Nonnull elf, const char *_Nonnull name, const char *_Nullable version);

/// The tables of the object that holds `address`; 0 when there is none.
int cut_elfAt(const void *_Nonnull address, CUTElf *_Nonnull elf);

#endif
