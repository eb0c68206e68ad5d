// Remembering registrations, and writing those of before a fork.
#include "registrations.h"
#include "record.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

// In the order in which they were made; the list only grows, at the end. A module that has gone is 0.
typedef struct Entry {
    CUTRegistration registration;
    struct Entry *next;
} Entry;
static Entry *first;
static Entry *last;

int cut_hasRegistrations(void) { return __atomic_load_n(&first, __ATOMIC_ACQUIRE) != 0; }

void cut_remember(const CUTRegistration *registration) {
    Entry *entry = cut_keep(sizeof *entry);
    if (!entry) { return; }
    entry->registration = *registration;
    Entry *known = __atomic_load_n(&last, __ATOMIC_ACQUIRE);
    Entry **link = known ? &known->next : &first;
    for (Entry *none = 0; !__atomic_compare_exchange_n(link, &none, entry, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
         none = 0) {
        link = &none->next;
    }
    // Only where the search for the end begins: another thread may have written it meanwhile.
    __atomic_store_n(&last, entry, __ATOMIC_RELEASE);
}

void cut_forget(uint64_t module) {
    for (Entry *entry = __atomic_load_n(&first, __ATOMIC_ACQUIRE); entry;
         entry = __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE)) {
        if (entry->registration.words[0] == module) {
            __atomic_store_n(&entry->registration.name, (const char *)0, __ATOMIC_RELAXED);
        }
    }
}

// The length of the name at `text`, at most CUT_MAX_TEXT, and the name in `copy`; 0 when it cannot be read: a module may
// have gone without a word. The kernel reads it on our behalf.
static uint32_t readName(const char *text, char copy[CUT_MAX_TEXT]) {
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t address = (uint64_t)text, whole = page - address % page;
    struct iovec to = {copy, CUT_MAX_TEXT};
    struct iovec from[2] = {{(void *)address, whole}, {(void *)(address + whole), CUT_MAX_TEXT - whole}};
    if (whole >= CUT_MAX_TEXT) { from[0].iov_len = CUT_MAX_TEXT, from[1].iov_len = 0; }
    ssize_t count = process_vm_readv(getpid(), &to, 1, from, 2, 0);
    return count > 0 ? (uint32_t)strnlen(copy, (size_t)count) : 0;
}

static void writeOne(const CUTRegistration *registration, const char *name, uint32_t length) {
    uint32_t slots = CUT_SLOTS(registration->count + 1 + (length + 7) / 8);
    CUTRecord *record = cut_reserveSlowly(slots, 0);
    if (!record) { return; }
    char *text = (char *)record->words;
    uint64_t bytes = length;
    memcpy(text, registration->words, registration->count * sizeof bytes);
    memcpy(text + registration->count * sizeof bytes, &bytes, sizeof bytes);
    memcpy(text + (registration->count + 1) * sizeof bytes, name, length);
    uint32_t form = registration->form | CUT_WAY_INHERITED << CUT_FORM_WAY_SHIFT;
    cut_publish(record, registration->id, form, slots, registration->site, CUT_CALLER_STACK);
    cut_complete(record, 0);
}

void cut_writeRegistrations(void) {
    CUTProcess *process = cut_process();
    if (!process || !cut_swapFrom32(&process->hasInherited, 1, 0)) { return; }
    char name[CUT_MAX_TEXT];
    for (Entry *entry = __atomic_load_n(&first, __ATOMIC_ACQUIRE); entry;
         entry = __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE)) {
        const char *text = __atomic_load_n(&entry->registration.name, __ATOMIC_RELAXED);
        uint32_t length = text ? readName(text, name) : 0;
        if (length > 0) { writeOne(&entry->registration, name, length); }
    }
}
