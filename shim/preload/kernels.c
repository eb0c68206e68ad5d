// The table from stubs and handles to kernels: open addressing in tables of doubling size, the newest first.
//
// The mangled name of a kernel says most. It says nothing of an extern "C" kernel, and of a structure or an enumeration
// by value only what it is called. There the runtime is asked how large each parameter is (cudaFuncGetParamInfo, CUDA
// 12.4): less than eight bytes hold no pointer, eight may be one, more may hide some.
//
// It is asked once, after a launch that has succeeded: then the context is there and the kernel is loaded, so asking
// starts nothing. The thread must have no error waiting to be taken, so that one which asking leaves can be taken back.
#include "bind.h"
#include "cutape_cuda.h"
#include "cutape_kernels.h"
#include "mangling.h"
#include "state.h"

#include <errno.h>
#include <string.h>

enum { CUT_FIRST_SLOTS = 4096 };

// What is known of one kernel. It never changes; a slot gets another when more is known.
typedef struct Knowledge {
    const CUTKernel *kernel; // NULL: not known, or not all
    int wasAsked;
    int named; // how many parameters the name has; -1: it does not tell
    CUTParameter parameters[];
} Knowledge;

typedef struct Slot {
    uint64_t address; // 0: free. Written once
    const Knowledge *knowledge;
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

static void set(uint64_t address, const Knowledge *knowledge) {
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
    __atomic_store_n(&slot->knowledge, knowledge, __ATOMIC_RELEASE);
}

static const Knowledge *get(const void *address) {
    Slot *slot = find(__atomic_load_n(&newest, __ATOMIC_ACQUIRE), (uint64_t)address);
    return slot ? __atomic_load_n(&slot->knowledge, __ATOMIC_ACQUIRE) : 0;
}

// The pointers among the parameters. With `sizes` (in bytes, of each) what the name left open is settled, and what it
// said is checked; NULL when something stays open.
static const CUTKernel *pointersAmong(const CUTParameter *parameters, const size_t *sizes, int count) {
    uint32_t pointers[CUT_MAX_PARAMETERS];
    uint32_t found = 0;
    for (int index = 0; index < count; ++index) {
        CUTParameter parameter = parameters ? parameters[index] : CUT_PARAMETER_UNKNOWN;
        int isDeep = parameter == CUT_PARAMETER_DEEP_POINTER || parameter == CUT_PARAMETER_DEEP_CONST_POINTER;
        int isConst = parameter == CUT_PARAMETER_CONST_POINTER || parameter == CUT_PARAMETER_DEEP_CONST_POINTER;
        int isPointer = isDeep || isConst || parameter == CUT_PARAMETER_POINTER;
        if (parameter == CUT_PARAMETER_UNKNOWN && (!sizes || sizes[index] > sizeof(void *))) { return 0; }
        if (isPointer && sizes && sizes[index] != sizeof(void *)) { return 0; }
        uint32_t flags = (isConst ? CUT_POINTER_CONST : 0) | (isDeep ? CUT_POINTER_DEEP : 0)
            | (isPointer ? 0 : CUT_POINTER_GUESS);
        int mayBePointer = parameter == CUT_PARAMETER_UNKNOWN && sizes[index] == sizeof(void *);
        if (isPointer || mayBePointer) { pointers[found++] = (uint32_t)index << 8 | flags; }
    }
    CUTKernel *kernel = cut_keep(sizeof *kernel + found * sizeof kernel->pointers[0]);
    if (!kernel) { return 0; }
    kernel->count = found;
    memcpy(kernel->pointers, pointers, found * sizeof pointers[0]);
    return kernel;
}

void cut_learnKernel(const void *stub, const char *name) {
    CUTParameter parameters[CUT_MAX_PARAMETERS];
    int named = name ? cut_readParameters(name, parameters) : -1;
    uint64_t bytes = named > 0 ? (uint64_t)named * sizeof parameters[0] : 0;
    Knowledge *knowledge = cut_keep(sizeof *knowledge + bytes);
    if (knowledge) {
        knowledge->kernel = named >= 0 ? pointersAmong(parameters, 0, named) : 0;
        knowledge->wasAsked = 0;
        knowledge->named = named;
        memcpy(knowledge->parameters, parameters, bytes);
    }
    set((uint64_t)stub, knowledge);
}

const CUTKernel *cut_kernelAt(const void *address) {
    const Knowledge *knowledge = get(address);
    return knowledge ? knowledge->kernel : 0;
}

void cut_aliasKernel(const void *handle, const void *stub) { set((uint64_t)handle, get(stub)); }

int cut_mayAskKernel(const void *address) {
    const Knowledge *knowledge = get(address);
    return !knowledge || (!knowledge->kernel && !knowledge->wasAsked);
}

// The functions to ask with, of major 12 and 13.
#define OF_MAJOR(symbol, major) {.name = symbol, .version = "libcudart.so." major, .library = "libcudart.so." major}
static CUTExport peeks[] = {OF_MAJOR("cudaPeekAtLastError", "12"), OF_MAJOR("cudaPeekAtLastError", "13")};
static CUTExport takes[] = {OF_MAJOR("cudaGetLastError", "12"), OF_MAJOR("cudaGetLastError", "13")};
static CUTExport infos[] = {OF_MAJOR("cudaFuncGetParamInfo", "12"), OF_MAJOR("cudaFuncGetParamInfo", "13")};

static void *nextOf(CUTExport *exported, const void *site) {
    const CUTBinding *binding = cut_bind(exported, site);
    return binding ? binding->function : 0;
}

void cut_askKernel(const void *address, const void *site, int isMajor13) {
    int error = errno;
    cudaError_t (*peek)(void) = nextOf(&peeks[isMajor13], site);
    cudaError_t (*take)(void) = nextOf(&takes[isMajor13], site);
    cudaError_t (*info)(const void *, size_t, size_t *, size_t *) = nextOf(&infos[isMajor13], site);
    const Knowledge *before = get(address);
    int named = before ? before->named : -1;
    size_t sizes[CUT_MAX_PARAMETERS], offset;
    int count = 0, hasFailed = !info;
    if (peek && take && info) {
        if (peek() != cudaSuccess) {
            errno = error;
            return; // another launch may find a better moment
        }
        // How many parameters there are without a name shows by the first that there is not.
        int limit = named >= 0 ? named : CUT_MAX_PARAMETERS;
        while (count < limit && info(address, (size_t)count, &offset, &sizes[count]) == cudaSuccess) { ++count; }
        if (count < limit) {
            hasFailed = named >= 0 || count == 0;
            take();
        }
    }
    Knowledge *knowledge = cut_keep(sizeof *knowledge);
    if (knowledge) {
        knowledge->kernel = hasFailed ? 0 : pointersAmong(named >= 0 ? before->parameters : 0, sizes, count);
        knowledge->wasAsked = 1;
        knowledge->named = -1;
        set((uint64_t)address, knowledge);
    }
    errno = error;
}
