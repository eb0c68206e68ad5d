// The table from stubs and handles to kernels: open addressing in tables of doubling size, the newest first.
#include "kernels.h"
#include "mangling.h"
#include "state.h"

enum { CUT_FIRST_SLOTS = 4096 };

typedef struct Slot {
    uint64_t address; // 0: free. Written once
    const CUTKernel *kernel;
} Slot;

typedef struct Table {
    struct Table *older;
    uint64_t slots; // a power of two
    uint64_t used;
    Slot slot[];
} Table;
static Table *newest;

static uint64_t hash(uint64_t address) { return (address >> 3) * 0x9e3779b97f4a7c15ull >> 20; }

static Slot *find(Table *table, uint64_t address) {
    for (; table; table = table->older) {
        for (uint64_t at = hash(address);; ++at) {
            Slot *slot = &table->slot[at & (table->slots - 1)];
            uint64_t present = cut_loadAcquire64(&slot->address);
            if (present == address) { return slot; }
            if (present == 0) { break; }
        }
    }
    return 0;
}

static void grow(Table *from) {
    uint64_t slots = from ? from->slots * 2 : CUT_FIRST_SLOTS;
    Table *table = cut_keep(sizeof *table + slots * sizeof(Slot));
    if (!table) { return; }
    table->older = from;
    table->slots = slots;
    __atomic_compare_exchange_n(&newest, &from, table, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static void set(uint64_t address, const CUTKernel *kernel) {
    if (address == 0) { return; }
    Table *table = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    Slot *slot = find(table, address);
    if (!slot && (!table || table->used >= table->slots / 2)) {
        grow(table);
        table = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
    }
    if (!slot && (!table || cut_addRelaxed64(&table->used, 1) >= table->slots - 1)) { return; }
    for (uint64_t at = hash(address); !slot; ++at) {
        Slot *candidate = &table->slot[at & (table->slots - 1)];
        uint64_t none = 0;
        if (__atomic_compare_exchange_n(&candidate->address, &none, address, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
            || none == address) {
            slot = candidate;
        }
    }
    __atomic_store_n(&slot->kernel, kernel, __ATOMIC_RELEASE);
}

void cut_learnKernel(const void *stub, const char *name) {
    CUTParameter parameters[CUT_MAX_PARAMETERS];
    int count = name ? cut_readParameters(name, parameters) : -1;
    uint32_t pointers = 0;
    for (int index = 0; index < count; ++index) {
        if (parameters[index] == CUT_PARAMETER_UNKNOWN) { count = -1; }
        if (count >= 0 && parameters[index] != CUT_PARAMETER_SCALAR) { ++pointers; }
    }
    CUTKernel *kernel = count >= 0 ? cut_keep(sizeof *kernel + pointers * sizeof kernel->pointers[0]) : 0;
    for (int index = 0; kernel && index < count; ++index) {
        if (parameters[index] == CUT_PARAMETER_SCALAR) { continue; }
        uint32_t isConst = parameters[index] == CUT_PARAMETER_CONST_POINTER;
        kernel->pointers[kernel->count++] = (uint32_t)index << 8 | isConst;
    }
    set((uint64_t)stub, kernel);
}

const CUTKernel *cut_kernelAt(const void *address) {
    Slot *slot = find(__atomic_load_n(&newest, __ATOMIC_ACQUIRE), (uint64_t)address);
    return slot ? __atomic_load_n(&slot->kernel, __ATOMIC_ACQUIRE) : 0;
}

void cut_aliasKernel(const void *handle, const void *stub) { set((uint64_t)handle, cut_kernelAt(stub)); }
