// The runner: starts itself again for the probes and writes one JSON file.
//
//     conformance [-o FILE] [--share I/N] [PREFIX...]   all probes, or those whose id begins with one of the prefixes
//     conformance --list [PREFIX...]                    their ids
//
// With --share only every Nth probe, from the Ith on, so that N runners do all of them.
//
// This process never calls CUDA. A child runs probes in order and writes a line "begin N" before and "row N {...}"
// after each; it ends after a probe that left an error behind. Whatever ends it otherwise (a crash, an exit of the
// dynamic linker, this process after a hang) is the outcome of the probe that had begun, and a new child goes on
// behind it.

#include "conformance.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    // How long a probe may take, the start of the driver included.
    MOST_SECONDS = 60,
    // The descriptor on which a child writes.
    REPORT = 3,
};

extern char **environ;

static void (*const topics[])(struct cut_list *list) = {
    cut_add_copies,           cut_add_fills,            cut_add_streams,          cut_add_default_streams,
    cut_add_implicit,         cut_add_events,           cut_add_capture,          cut_add_graphs,
    cut_add_pools,            cut_add_created_pools,    cut_add_registration,     cut_add_batches,
    cut_add_batches_3d,       cut_add_peers,            cut_add_degenerate,       cut_add_bounds,
    cut_add_pitches,          cut_add_overlap,          cut_add_kinds,            cut_add_lifetime,
    cut_add_devices,          cut_add_errors,           cut_add_discards,         cut_add_virtual,
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "conformance: %s: %s\n", what, strerror(errno));
    exit(2);
}

void cut_add(struct cut_list *list, struct cut_probe probe, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(probe.id, sizeof probe.id, format, arguments);
    va_end(arguments);
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 256;
        list->probes = realloc(list->probes, list->capacity * sizeof *list->probes);
        if (!list->probes)
            fail("no memory");
    }
    list->probes[list->count++] = probe;
}

static bool begins_with_one(const char *id, char **prefixes)
{
    if (!prefixes[0])
        return true;
    for (; *prefixes; prefixes++) {
        if (strncmp(id, *prefixes, strlen(*prefixes)) == 0)
            return true;
    }
    return false;
}

// The probes that the arguments [--share I/N] [PREFIX...] choose.
static struct cut_list make_list(char **choice)
{
    unsigned share = 0, shares = 1;
    if (choice[0] && choice[1] && strcmp(choice[0], "--share") == 0) {
        errno = EINVAL;
        if (sscanf(choice[1], "%u/%u", &share, &shares) != 2 || share >= shares)
            fail("--share");
        choice += 2;
    }
    struct cut_list all = {0}, chosen = {0};
    for (size_t i = 0; i < CUT_COUNT(topics); i++)
        topics[i](&all);
    for (size_t i = 0; i < all.count; i++) {
        if (i % shares == share && begins_with_one(all.probes[i].id, choice))
            cut_add(&chosen, all.probes[i], "%s", all.probes[i].id);
    }
    free(all.probes);
    return chosen;
}

// The child: probes from `first` on.
static int run_probes(const struct cut_list *list, size_t first)
{
    FILE *report = fdopen(REPORT, "w");
    if (!report)
        fail("the report");
    for (size_t i = first; i < list->count; i++) {
        const struct cut_probe *probe = &list->probes[i];
        if (probe->isAlone && i != first)
            break;
        fprintf(report, "begin %zu\n", i);
        fflush(report);
        fprintf(report, "row %zu ", i);
        if (!cut_run_probe(probe, report) || probe->isAlone)
            break;
    }
    fflush(report);
    // Without the clean-up of the runtime, which has nothing left to say.
    _exit(0);
}

// A child and what it reports.
struct child {
    pid_t pid;
    FILE *report;
};

static struct child start(char *program, char *role, size_t first, char **choice)
{
    size_t count = 0;
    while (choice[count])
        count++;
    char number[24];
    snprintf(number, sizeof number, "%zu", first);
    char **arguments = calloc(count + 4, sizeof *arguments);
    int ends[2];
    if (!arguments || pipe(ends) != 0)
        fail("a pipe");
    arguments[0] = program;
    arguments[1] = role;
    arguments[2] = number;
    memcpy(arguments + 3, choice, count * sizeof *choice);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_adddup2(&actions, ends[1], REPORT);
    if (ends[1] != REPORT)
        posix_spawn_file_actions_addclose(&actions, ends[1]);
    struct child child = {0};
    errno = posix_spawn(&child.pid, "/proc/self/exe", &actions, NULL, arguments, environ);
    if (errno)
        fail("starting a child");
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    free(arguments);
    child.report = fdopen(ends[0], "r");
    // Unbuffered in effect: poll() must not miss what stdio has read ahead.
    setvbuf(child.report, NULL, _IONBF, 0);
    return child;
}

// Reads one line, at most MOST_SECONDS after the last. NULL at the end of the report or when time is up.
static char *read_line(struct child *child, bool *isLate)
{
    char *line = NULL;
    size_t size = 0;
    struct pollfd descriptor = {.fd = fileno(child->report), .events = POLLIN};
    int ready = poll(&descriptor, 1, MOST_SECONDS * 1000);
    *isLate = ready == 0;
    if (ready > 0 && getline(&line, &size, child->report) > 0)
        return line;
    free(line);
    return NULL;
}

// Ends the child if it is late, and says how it ended.
static void finish(struct child *child, bool isLate, char *ending, size_t size)
{
    int status = 0;
    if (isLate)
        kill(child->pid, SIGKILL);
    waitpid(child->pid, &status, 0);
    fclose(child->report);
    if (isLate)
        snprintf(ending, size, "hung for %d s", MOST_SECONDS);
    else if (WIFSIGNALED(status))
        snprintf(ending, size, "SIG%s", sigabbrev_np(WTERMSIG(status)));
    else
        snprintf(ending, size, "exit %d", WEXITSTATUS(status));
}

// Prints all rows, each on a line, separated by commas.
static void print_rows(const struct cut_list *list, char *program, char **choice, FILE *output)
{
    size_t next = 0;
    while (next < list->count) {
        struct child child = start(program, "--probes", next, choice);
        char *line, ending[64];
        bool isLate;
        size_t first = next;
        while ((line = read_line(&child, &isLate))) {
            size_t number;
            int length = 0;
            if (sscanf(line, "row %zu %n", &number, &length) == 1 && number == next && length) {
                fprintf(output, "%s    %.*s", next ? ",\n" : "", (int)strcspn(line + length, "\n"), line + length);
                next++;
            }
            free(line);
        }
        finish(&child, isLate, ending, sizeof ending);
        bool isClean = strcmp(ending, "exit 0") == 0;
        if (next < list->count && (!isClean || next == first)) {
            fprintf(output, next ? ",\n    " : "    ");
            char *row = NULL;
            size_t size = 0;
            FILE *text = open_memstream(&row, &size);
            cut_print_ended(&list->probes[next], ending, text);
            fclose(text);
            fprintf(output, "%.*s", (int)(size - 1), row);
            free(row);
            next++;
        }
    }
    fprintf(output, "\n");
}

static void print_header(char *program, char **choice, FILE *output)
{
    struct child child = start(program, "--header", 0, choice);
    char ending[64];
    bool isLate;
    char *line = read_line(&child, &isLate);
    finish(&child, isLate, ending, sizeof ending);
    if (line)
        fprintf(output, "%.*s", (int)strcspn(line, "\n"), line);
    else
        fprintf(output, "{\"ending\": \"%s\"}", ending);
    free(line);
}

int main(int count, char **arguments)
{
    if (count >= 3 && strcmp(arguments[1], "--probes") == 0) {
        struct cut_list list = make_list(arguments + 3);
        return run_probes(&list, strtoul(arguments[2], NULL, 10));
    }
    if (count >= 2 && strcmp(arguments[1], "--header") == 0) {
        FILE *report = fdopen(REPORT, "w");
        cut_print_header(report);
        fflush(report);
        _exit(0);
    }
    if (count >= 2 && strcmp(arguments[1], "--list") == 0) {
        struct cut_list list = make_list(arguments + 2);
        for (size_t i = 0; i < list.count; i++)
            printf("%s\t%s\n", list.probes[i].id, list.probes[i].what);
        return 0;
    }
    FILE *output = stdout;
    char **choice = arguments + 1;
    if (count >= 3 && strcmp(arguments[1], "-o") == 0) {
        output = fopen(arguments[2], "w");
        if (!output)
            fail(arguments[2]);
        choice += 2;
    }
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    struct cut_list list = make_list(choice);
    fprintf(output, "{\n  \"header\": ");
    print_header(arguments[0], choice, output);
    fprintf(output, ",\n  \"rows\": [\n");
    print_rows(&list, arguments[0], choice, output);
    fprintf(output, "  ]\n}\n");
    return fclose(output) == 0 ? 0 : 2;
}
