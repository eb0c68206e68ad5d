// Rows: running one probe, collecting what it observed, writing it as JSON.

#include "conformance.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_OBSERVATIONS = 16,
    TEXT_BYTES = 160,
    MOST_LOGS = 4,
};

struct observation {
    char key[32];
    char text[TEXT_BYTES];
    long long number;
    bool isNumber;
};

struct cut_row {
    // "ran", "skipped" or "unavailable".
    const char *outcome;
    struct observation observations[MOST_OBSERVATIONS];
    size_t count;
};

// What the driver itself says of a failure (CUDA 13), for people: never compared.
static char logs[MOST_LOGS][TEXT_BYTES];
static size_t logCount;

static struct observation *add(struct cut_row *row, const char *key)
{
    if (row->count == MOST_OBSERVATIONS) {
        fprintf(stderr, "conformance: too many observations in one row\n");
        abort();
    }
    struct observation *observation = &row->observations[row->count++];
    memset(observation, 0, sizeof *observation);
    snprintf(observation->key, sizeof observation->key, "%s", key);
    return observation;
}

void cut_text(struct cut_row *row, const char *key, const char *value)
{
    if (cut_is_open(row))
        snprintf(add(row, key)->text, TEXT_BYTES, "%s", value);
}

void cut_number(struct cut_row *row, const char *key, long long value)
{
    if (!cut_is_open(row))
        return;
    struct observation *observation = add(row, key);
    observation->isNumber = true;
    observation->number = value;
}

void cut_code(struct cut_row *row, const char *key, cudaError_t code)
{
    cut_text(row, key, cudaGetErrorName(code));
}

void cut_skip(struct cut_row *row, const char *reason)
{
    if (!cut_is_open(row))
        return;
    row->count = 0;
    snprintf(add(row, "reason")->text, TEXT_BYTES, "%s", reason);
    row->outcome = "skipped";
}

bool cut_prepared(struct cut_row *row, const char *call, cudaError_t code)
{
    if (code == cudaSuccess)
        return true;
    if (!cut_is_open(row))
        return false;
    row->count = 0;
    int length = (int)strcspn(call, "(");
    snprintf(add(row, "reason")->text, TEXT_BYTES, "%.*s gives %s", length, call, cudaGetErrorName(code));
    row->outcome = code == cudaErrorNotSupported ? "skipped" : "unavailable";
    return false;
}

bool cut_is_open(const struct cut_row *row)
{
    return strcmp(row->outcome, "ran") == 0;
}

void cut_print_string(FILE *output, const char *text)
{
    putc('"', output);
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            fprintf(output, "\\%c", byte);
        else if (byte < 0x20)
            fprintf(output, "\\u%04x", byte);
        else
            putc(byte, output);
    }
    putc('"', output);
}

static void print_start(const struct cut_probe *probe, const char *outcome, FILE *output)
{
    fprintf(output, "{\"id\": ");
    cut_print_string(output, probe->id);
    fprintf(output, ", \"section\": ");
    cut_print_string(output, probe->section);
    fprintf(output, ", \"what\": ");
    cut_print_string(output, probe->what);
    fprintf(output, ", \"outcome\": ");
    cut_print_string(output, outcome);
}

void cut_print_ended(const struct cut_probe *probe, const char *ending, FILE *output)
{
    print_start(probe, "ended", output);
    fprintf(output, ", \"result\": {\"ending\": ");
    cut_print_string(output, ending);
    fprintf(output, "}}\n");
}

static void print_row(const struct cut_probe *probe, const struct cut_row *row, FILE *output)
{
    print_start(probe, row->outcome, output);
    fprintf(output, ", \"result\": {");
    for (size_t i = 0; i < row->count; i++) {
        fprintf(output, i ? ", " : "");
        cut_print_string(output, row->observations[i].key);
        fprintf(output, ": ");
        if (row->observations[i].isNumber)
            fprintf(output, "%lld", row->observations[i].number);
        else
            cut_print_string(output, row->observations[i].text);
    }
    fprintf(output, "}");
    if (logCount) {
        fprintf(output, ", \"log\": [");
        for (size_t i = 0; i < logCount; i++) {
            fprintf(output, i ? ", " : "");
            cut_print_string(output, logs[i]);
        }
        fprintf(output, "]");
    }
    fprintf(output, "}\n");
}

#if CUDART_VERSION >= 13000
// A runtime without it is no reason to end.
#pragma weak cudaLogsRegisterCallback

static void keep_log(void *data, cudaLogLevel level, char *message, size_t length)
{
    (void)data;
    (void)level;
    if (logCount < MOST_LOGS)
        snprintf(logs[logCount++], TEXT_BYTES, "%.*s", (int)length, message);
}
#endif

static void start_logs(void)
{
    logCount = 0;
#if CUDART_VERSION >= 13000
    static bool isStarted;
    cudaLogsCallbackHandle handle;
    if (!isStarted && cudaLogsRegisterCallback)
        cudaLogsRegisterCallback(keep_log, NULL, &handle);
    isStarted = true;
#endif
}

// A probe is run a second time, with a longer bound, if a watchdog had to end a hold (hold.c).
bool cut_run_probe(const struct cut_probe *probe, FILE *output)
{
    struct cut_row row;
    start_logs();
    for (int attempt = 0; attempt < 2; attempt++) {
        logCount = 0;
        memset(&row, 0, sizeof row);
        row.outcome = "ran";
        cut_hold_start_attempt(attempt);
        cudaGetLastError();
        probe->run(&row, probe);
        cut_release();
        if (!cut_hold_was_ended_by_watchdog())
            break;
    }
    print_row(probe, &row, output);
    fflush(output);
    // The last error is the probe's own; one that stays is the context's.
    cudaGetLastError();
    return cudaDeviceSynchronize() == cudaSuccess;
}
