// Running a program under the preload library, and gathering what it has recorded.
#include "harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char *library;
const char *folder = "spools";
const char *recorder = "/nonexistent";
const char *failure;
const char *skipped;
char failureText[256];

int run(const char *program, const char *scenario, const TestSpool *spool, const char *extra) {
    pid_t child = fork();
    if (child == 0) {
        char preload[512], named[512], own[512], started[512];
        snprintf(preload, sizeof preload, "LD_PRELOAD=%s", library);
        snprintf(named, sizeof named, "CUTAPE_SPOOL=%s", spool ? spool->path : "");
        snprintf(own, sizeof own, "CUTAPE_SPOOL_DIR=%s", folder);
        snprintf(started, sizeof started, "CUTAPE_RECORDER=%s", recorder);
        char *environment[] = {preload, named, own, started, (char *)"LD_LIBRARY_PATH=.", (char *)extra, 0};
        char *arguments[] = {(char *)program, (char *)scenario, 0};
        int file = open("out", O_CREAT | O_TRUNC | O_WRONLY, 0600);
        dup2(file, 1);
        dup2(file, 2);
        close(file);
        execve(program, arguments, environment);
        _exit(126);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

int isSilent(void) {
    struct stat status;
    return stat("out", &status) == 0 && status.st_size == 0;
}

static int gather(const CUTRecord *record, const CUTSegment *segment, void *context) {
    Calls *calls = context;
    if (record_id(record) == 1) {
        ++calls->modules;
        return 1;
    }
    if (calls->count < 400) { calls->at[calls->count] = record; }
    ++calls->count;
    if (record_inFlight(record)) { ++calls->inFlight; }
    if (record_id(record) == 41 && segment->thread < 16) {
        unsigned long mark = record->words[0] & 0xffffffff;
        if (mark != calls->last[segment->thread] + 1) { calls->isOrdered = 0; }
        calls->last[segment->thread] = mark;
    }
    return 1;
}

Calls recorded(const TestSpool *spool) {
    Calls calls = {.isOrdered = 1};
    spool_walk(spool, 0, gather, &calls);
    return calls;
}

uint64_t word(const CUTRecord *record, uint32_t index) { return cut_recordWord(record, index); }

const char *onlySpool(void) {
    static char path[512];
    DIR *open = opendir(folder);
    struct dirent *entry;
    path[0] = 0;
    while ((entry = readdir(open)) != 0) {
        if (strstr(entry->d_name, ".spool")) { snprintf(path, sizeof path, "%s/%s", folder, entry->d_name); }
    }
    closedir(open);
    return *path ? path : 0;
}

const char *namedSpool(void) {
    for (int count = 0; count < 30000; ++count) {
        const char *path = onlySpool();
        if (path) { return path; }
        usleep(1000);
    }
    return 0;
}
