// What a process is: written into its session, so that nobody has to look at the process, which may have ended by then.
#include "state.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

// How many arguments there are is said in this many digits.
enum { CUT_DIGITS = 5, CUT_LONGEST_PATH = 4096 };

// Texts one behind the other, each with its zero byte. They are written in place: the stack may be small.
typedef struct Texts {
    char *start;
    uint64_t used;
} Texts;

static uint64_t room(const Texts *texts) { return CUT_DESCRIPTION_BYTES - texts->used; }

// Ends a text of `bytes` bytes, which is there already.
static void end(Texts *texts, uint64_t bytes) {
    texts->used += bytes;
    texts->start[texts->used++] = 0;
}

// The arguments, with how many there are in front. They get the room that the paths leave, less a quarter.
static void addArguments(Texts *texts) {
    char *count = texts->start + texts->used;
    end(texts, CUT_DIGITS);
    char *arguments = texts->start + texts->used;
    uint64_t bytes = 0, limit = room(texts) * 3 / 4, found = 0;
    int file = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    while (file >= 0 && bytes < limit) {
        ssize_t got = read(file, arguments + bytes, limit - bytes);
        if (got <= 0) { break; }
        bytes += (uint64_t)got;
    }
    if (file >= 0) { close(file); }
    // One that was cut is left out.
    while (bytes > 0 && arguments[bytes - 1] != 0) { --bytes; }
    for (uint64_t index = 0; index < bytes; ++index) { found += arguments[index] == 0; }
    texts->used += bytes;
    snprintf(count, CUT_DIGITS + 1, "%0*llu", CUT_DIGITS, (unsigned long long)found);
}

uint64_t cut_processNamespace(void) {
    struct stat status;
    return stat("/proc/self/ns/pid", &status) == 0 ? status.st_ino : 0;
}

void cut_describe(CUTSession *session) {
    session->namespace = cut_processNamespace();
    Texts texts = {.start = session->description};
    ssize_t length = readlink("/proc/self/exe", texts.start, CUT_LONGEST_PATH);
    end(&texts, length > 0 ? (uint64_t)length : 0);
    char *folder = texts.start + texts.used;
    end(&texts, getcwd(folder, CUT_LONGEST_PATH) ? strlen(folder) : 0);
    addArguments(&texts);
    for (char **variable = environ; variable && *variable; ++variable) {
        int matters = strncmp(*variable, "CUDA", 4) == 0 || strncmp(*variable, "NVIDIA", 6) == 0
            || strncmp(*variable, "LD_AUDIT=", 9) == 0;
        uint64_t bytes = matters ? strlen(*variable) : 0;
        if (bytes == 0 || bytes >= room(&texts)) { continue; }
        memcpy(texts.start + texts.used, *variable, bytes);
        end(&texts, bytes);
    }
    cut_storeRelease32(&session->described, (uint32_t)texts.used);
}
