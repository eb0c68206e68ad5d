// How far a copy is when its call returns (2.1): every form, every pair of memory classes.
//
// A stream is held, then the copy is called. Observed is whether the call came back while the stream was held. If it
// is the copy's own stream also: what a destination that the host can read holds at that moment; and which bytes of
// the source arrived in the end though the host overwrote it at once, those at the call ("new") or "later" ones.

#include "conformance.h"

enum form { LINEAR, RECTANGLE, BOX, FORM_COUNT };
static const char *const formNames[FORM_COUNT] = {"memcpy", "memcpy2D", "memcpy3D"};

// Rows of a rectangle and a box; the size is a multiple of it, but for the odd one, which is only copied linearly.
enum { ROW_BYTES = 256 };

static const struct {
    const char *name;
    size_t bytes;
} sizes[] = {
    {"4KiB", 4 * CUT_KIB},
    {"64KiB", 64 * CUT_KIB},
    {"64KiB+1", 64 * CUT_KIB + 1},
    {"1MiB", CUT_MIB},
    {"64MiB", 64 * CUT_MIB},
};
enum { MIDDLE = 1, LARGE = CUT_COUNT(sizes) - 1 };

// The kind that the classes ask for; Default where managed memory takes part.
static enum cudaMemcpyKind natural_kind(enum cut_class destination, enum cut_class source)
{
    if (destination == CUT_MANAGED || source == CUT_MANAGED)
        return cudaMemcpyDefault;
    if (destination == CUT_DEVICE)
        return source == CUT_DEVICE ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice;
    return source == CUT_DEVICE ? cudaMemcpyDeviceToHost : cudaMemcpyHostToHost;
}

static cudaError_t copy(enum form form, bool isAsync, const struct cut_buffer *to, const struct cut_buffer *from,
                        cudaStream_t stream)
{
    enum cudaMemcpyKind kind = natural_kind(to->class, from->class);
    size_t rows = from->size / ROW_BYTES;
    struct cudaMemcpy3DParms box = {
        .srcPtr = {from->bytes, ROW_BYTES, ROW_BYTES, rows / 2},
        .dstPtr = {to->bytes, ROW_BYTES, ROW_BYTES, rows / 2},
        .extent = {ROW_BYTES, rows / 2, 2},
        .kind = kind,
    };
    switch (form) {
    case LINEAR:
        return isAsync ? cudaMemcpyAsync(to->bytes, from->bytes, from->size, kind, stream)
                       : cudaMemcpy(to->bytes, from->bytes, from->size, kind);
    case RECTANGLE:
        return isAsync ? cudaMemcpy2DAsync(to->bytes, ROW_BYTES, from->bytes, ROW_BYTES, ROW_BYTES, rows, kind, stream)
                       : cudaMemcpy2D(to->bytes, ROW_BYTES, from->bytes, ROW_BYTES, ROW_BYTES, rows, kind);
    case BOX:
        return isAsync ? cudaMemcpy3DAsync(&box, stream) : cudaMemcpy3D(&box);
    case FORM_COUNT:
        break;
    }
    return cudaErrorUnknown;
}

// arguments: destination class | source class << 8, size, form | async << 8, which stream is held
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    enum cut_class toClass = probe->arguments[0] & 0xff, fromClass = probe->arguments[0] >> 8;
    size_t size = (size_t)probe->arguments[1];
    enum form form = probe->arguments[2] & 0xff;
    bool isAsync = probe->arguments[2] >> 8;
    enum cut_held held = probe->arguments[3];
    struct cut_buffer to = {0}, from = {0};
    struct cut_streams streams = {0};
    if (cut_allocate(row, &to, toClass, size, CUT_OLD) && cut_allocate(row, &from, fromClass, size, CUT_NEW) &&
        cut_open_streams(row, &streams, held, isAsync)) {
        cut_code(row, "code", copy(form, isAsync, &to, &from, streams.own));
        cut_returned(row, "call");
        // Beside a stream that is not held these would be races.
        if (held == CUT_OWN || !isAsync) {
            if (cut_is_host(toClass))
                cut_describe_buffer(row, "atReturn", &to);
            if (cut_is_host(fromClass))
                cut_fill(&from, CUT_LATER);
        }
        cut_release();
        cut_describe_buffer(row, "bytes", &to);
    }
    cut_close_streams(&streams);
    cut_free(&to);
    cut_free(&from);
}

// One pair of classes, as 2.1/FORM[Async]/HELD/DESTINATION-SOURCE/SIZE.
static void add_pair(struct cut_list *list, enum form form, bool isAsync, enum cut_held held, size_t size,
                     enum cut_class to, enum cut_class from)
{
    struct cut_probe probe = {
        .section = "2.1",
        .what = "a copy to the first class from the second, while a stream is held",
        .run = run,
        .arguments = {to | from << 8, (int)sizes[size].bytes, form | isAsync << 8, held},
    };
    cut_add(list, probe, "2.1/%s%s/%s/%s-%s/%s", formNames[form], isAsync ? "Async" : "", cut_held_names[held],
            cut_class_names[to], cut_class_names[from], sizes[size].name);
}

static void add_pairs(struct cut_list *list, enum form form, bool isAsync, enum cut_held held, size_t size)
{
    for (int to = 0; to < CUT_CLASS_COUNT; to++) {
        for (int from = 0; from < CUT_CLASS_COUNT; from++)
            add_pair(list, form, isAsync, held, size, to, from);
    }
}

void cut_add_copies(struct cut_list *list)
{
    for (int isAsync = 0; isAsync < 2; isAsync++) {
        for (size_t size = 0; size < LARGE; size++)
            add_pairs(list, LINEAR, isAsync, CUT_OWN, size);
        // Where a driver that stages may run out of room for it.
        add_pair(list, LINEAR, isAsync, CUT_OWN, LARGE, CUT_DEVICE, CUT_PAGEABLE);
        add_pair(list, LINEAR, isAsync, CUT_OWN, LARGE, CUT_PAGEABLE, CUT_DEVICE);
        add_pairs(list, RECTANGLE, isAsync, CUT_OWN, MIDDLE);
        add_pairs(list, BOX, isAsync, CUT_OWN, MIDDLE);
        add_pairs(list, LINEAR, isAsync, CUT_BLOCKING, 0);
        add_pairs(list, LINEAR, isAsync, CUT_NON_BLOCKING, 0);
    }
}
