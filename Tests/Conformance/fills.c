// How far a memset is when its call returns (2.1): every form, every class of memory that a memset takes.

#include "conformance.h"

enum form { LINEAR, RECTANGLE, BOX, FORM_COUNT };
static const char *const formNames[FORM_COUNT] = {"memset", "memset2D", "memset3D"};

enum { VALUE = 0xff, ROW_BYTES = 256 };

static const struct {
    const char *name;
    size_t bytes;
} sizes[] = {
    {"4KiB", 4 * CUT_KIB},
    {"64KiB", 64 * CUT_KIB},
    {"64KiB+1", 64 * CUT_KIB + 1},
    {"1MiB", CUT_MIB},
};

static cudaError_t fill(enum form form, bool isAsync, const struct cut_buffer *to, cudaStream_t stream)
{
    size_t rows = to->size / ROW_BYTES;
    struct cudaPitchedPtr pitched = {to->bytes, ROW_BYTES, ROW_BYTES, rows / 2};
    struct cudaExtent extent = {ROW_BYTES, rows / 2, 2};
    switch (form) {
    case LINEAR:
        return isAsync ? cudaMemsetAsync(to->bytes, VALUE, to->size, stream) : cudaMemset(to->bytes, VALUE, to->size);
    case RECTANGLE:
        return isAsync ? cudaMemset2DAsync(to->bytes, ROW_BYTES, VALUE, ROW_BYTES, rows, stream)
                       : cudaMemset2D(to->bytes, ROW_BYTES, VALUE, ROW_BYTES, rows);
    case BOX:
        return isAsync ? cudaMemset3DAsync(pitched, VALUE, extent, stream) : cudaMemset3D(pitched, VALUE, extent);
    case FORM_COUNT:
        break;
    }
    return cudaErrorUnknown;
}

// "set", "not set" or "partly set".
static const char *describe(const unsigned char *bytes, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += bytes[i] == VALUE;
    return count == size ? "set" : count == 0 ? "not set" : "partly set";
}

// arguments: class, size, form | async << 8, which stream is held
static void run(struct cut_row *row, const struct cut_probe *probe)
{
    enum cut_class class = probe->arguments[0];
    size_t size = (size_t)probe->arguments[1];
    enum form form = probe->arguments[2] & 0xff;
    bool isAsync = probe->arguments[2] >> 8;
    enum cut_held held = probe->arguments[3];
    struct cut_buffer to = {0}, copy = {0};
    struct cut_streams streams = {0};
    if (cut_allocate(row, &to, class, size, CUT_OLD) && cut_allocate(row, &copy, CUT_PAGEABLE, size, CUT_OLD) &&
        cut_open_streams(row, &streams, held, isAsync)) {
        cut_code(row, "code", fill(form, isAsync, &to, streams.own));
        cut_returned(row, "call");
        // Beside a stream that is not held this would be a race.
        if (cut_is_host(class) && (held == CUT_OWN || !isAsync))
            cut_text(row, "atReturn", describe(to.bytes, size));
        cut_release();
        if (CUT_PREPARE(row, cudaMemcpy(copy.bytes, to.bytes, size, cudaMemcpyDefault)))
            cut_text(row, "bytes", describe(copy.bytes, size));
    }
    cut_close_streams(&streams);
    cut_free(&to);
    cut_free(&copy);
}

// All classes in one form and size, as 2.1/FORM[Async]/HELD/CLASS/SIZE.
static void add_classes(struct cut_list *list, enum form form, bool isAsync, enum cut_held held, size_t size)
{
    for (int class = CUT_PINNED; class < CUT_CLASS_COUNT; class++) {
        struct cut_probe probe = {
            .section = "2.1",
            .what = "a memset of a class of memory, while a stream is held",
            .run = run,
            .arguments = {class, (int)sizes[size].bytes, form | isAsync << 8, held},
        };
        cut_add(list, probe, "2.1/%s%s/%s/%s/%s", formNames[form], isAsync ? "Async" : "", cut_held_names[held],
                cut_class_names[class], sizes[size].name);
    }
}

void cut_add_fills(struct cut_list *list)
{
    for (int isAsync = 0; isAsync < 2; isAsync++) {
        for (size_t size = 0; size < CUT_COUNT(sizes); size++)
            add_classes(list, LINEAR, isAsync, CUT_OWN, size);
        add_classes(list, RECTANGLE, isAsync, CUT_OWN, 1);
        add_classes(list, BOX, isAsync, CUT_OWN, 1);
        add_classes(list, LINEAR, isAsync, CUT_BLOCKING, 0);
        add_classes(list, LINEAR, isAsync, CUT_NON_BLOCKING, 0);
    }
}
