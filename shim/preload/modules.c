// Knowing the calling objects, and writing their records.
#include "modules.h"
#include "record.h"

#include <link.h>
#include <string.h>
#include <unistd.h>

// The known objects in the order in which they were seen; it only grows, at the end.
static CUTModule *firstModule;

enum { CUT_MOST_PATH = 4096 };

typedef struct Search {
    const uint64_t *addresses;
    uint32_t count;
    CUTModule found; // the object of the first address
} Search;

// Takes the build id from the notes of a mapped object, if they have one of a usual length.
static void findBuild(const char *note, uint64_t bytes, CUTModule *module) {
    const uint64_t alignment = 4;
    for (uint64_t at = 0; at + sizeof(ElfW(Nhdr)) <= bytes;) {
        ElfW(Nhdr) head;
        memcpy(&head, note + at, sizeof head);
        uint64_t name = at + sizeof head, text = name + (head.n_namesz + alignment - 1) / alignment * alignment;
        if (text + head.n_descsz > bytes) { return; }
        if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && memcmp(note + name, "GNU", 4) == 0
            && head.n_descsz <= sizeof module->build) {
            module->buildBytes = head.n_descsz;
            memcpy(module->build, note + text, head.n_descsz);
            return;
        }
        at = text + (head.n_descsz + alignment - 1) / alignment * alignment;
    }
}

// Whether one of the addresses is in the object; then it is `found`.
static int isFound(Search *search, const struct dl_phdr_info *info) {
    uint64_t start = UINT64_MAX, end = 0;
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_LOAD) { continue; }
        uint64_t from = info->dlpi_addr + header->p_vaddr;
        if (from < start) { start = from; }
        if (from + header->p_memsz > end) { end = from + header->p_memsz; }
    }
    uint32_t at = 0;
    while (at < search->count && search->addresses[at] - start >= end - start) { ++at; }
    if (start >= end || at == search->count) { return 0; }
    search->found = (CUTModule){.bias = info->dlpi_addr, .start = start, .end = end, .name = info->dlpi_name};
    for (int index = 0; index < info->dlpi_phnum; ++index) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        uint64_t from = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_NOTE && from >= start && from + header->p_memsz <= end) {
            findBuild((const char *)from, header->p_memsz, &search->found);
        }
    }
    return 1;
}

static const char *keepText(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = cut_keep(bytes);
    return copy ? memcpy(copy, text, bytes) : "";
}

// The known object that is the same as `module`, else NULL with `*last` where the next one goes.
static CUTModule *known(const CUTModule *module, CUTModule ***last) {
    CUTModule **link = *last;
    CUTModule *present;
    while ((present = __atomic_load_n(link, __ATOMIC_ACQUIRE)) != 0) {
        if (present->start == module->start && present->end == module->end
            && strcmp(present->name, module->name) == 0) {
            return present;
        }
        link = &present->next;
    }
    *last = link;
    return 0;
}

static const CUTModule *keepModule(const CUTModule *found) {
    CUTModule **last = &firstModule;
    CUTModule *present = known(found, &last);
    if (present) { return present; }
    CUTModule *module = cut_keep(sizeof *module);
    // Not on the stack, which may be small.
    char *program = *found->name ? 0 : cut_keep(CUT_MOST_PATH);
    if (!module || (!program && !*found->name)) { return 0; }
    if (program && readlink("/proc/self/exe", program, CUT_MOST_PATH - 1) < 0) { program[0] = 0; }
    *module = *found;
    module->name = keepText(found->name);
    module->path = program ? program : module->name;
    // Another thread may add one meanwhile, perhaps the same one.
    CUTModule *none = 0;
    while (!__atomic_compare_exchange_n(last, &none, module, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        present = known(module, &last);
        if (present) { return present; }
        none = 0;
    }
    return module;
}

static int examine(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    return isFound(context, info);
}

const CUTModule *cut_moduleAt(uint64_t address) {
    Search search = {.addresses = &address, .count = 1};
    return dl_iterate_phdr(examine, &search) ? keepModule(&search.found) : 0;
}

static int keepIfFound(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    Search *search = context;
    if (isFound(search, info)) { keepModule(&search->found); }
    return 0;
}

void cut_knowModules(const uint64_t *addresses, uint32_t count) {
    Search search = {.addresses = addresses, .count = count};
    dl_iterate_phdr(keepIfFound, &search);
}

// One module record: base, end, build id, path. Takes its place first, so that what cannot be written now is written
// later.
static int writeModule(CUTProcess *process, uint32_t index, const CUTModule *module) {
    size_t length = strnlen(module->path, CUT_MAX_TEXT + 1);
    uint32_t form = 0;
    if (length > CUT_MAX_TEXT) {
        length = CUT_MAX_TEXT;
        form = CUT_FORM_TRUNCATED;
    }
    enum { WORDS = 7 };
    uint32_t slots = CUT_SLOTS(WORDS + (uint32_t)(length + 7) / 8);
    CUTRecord *record = cut_reserveSlowly(slots, 0);
    if (!record) { return 0; }
    if (!cut_swapFrom32(&process->modulesWritten, index, index + 1)) {
        CUTThread *thread = (CUTThread *)cut_thread;
        // Its room may have been said to be used up: that holds for the place that is free again, too.
        thread->next = thread->end = (char *)record;
        thread->drafts -= 1;
        return 1;
    }
    const uint64_t words[WORDS] = {
        module->bias, module->end, module->buildBytes, module->build[0], module->build[1], module->build[2], length};
    char *text = (char *)record->words;
    memcpy(text, words, sizeof words);
    memcpy(text + sizeof words, module->path, length);
    cut_publish(record, 1, form, slots, (void *)module->start, CUT_CALLER_STACK);
    cut_complete(record, 0);
    return 1;
}

void cut_writeModules(void) {
    CUTProcess *process = cut_process();
    if (!process || cut_loadAcquire32(&process->mode) != CUT_MODE_RECORDING) { return; }
    uint32_t index = 0;
    const CUTModule *module = __atomic_load_n(&firstModule, __ATOMIC_ACQUIRE);
    for (; module; module = __atomic_load_n(&module->next, __ATOMIC_ACQUIRE), ++index) {
        if (index < cut_loadRelaxed32(&process->modulesWritten)) { continue; }
        if (!writeModule(process, index, module)) { return; }
    }
}
