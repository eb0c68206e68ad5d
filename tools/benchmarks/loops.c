// The programs of `tools/bench check`: loops that make so many calls as they are told, without a mistake.
//
// Usage: loops training|copies|places CALLS
//
//   training  what a training loop does: uploads that are one batch ahead, kernels with pointers, stream-ordered
//             workspaces, gradients that are gathered on another stream, a result that is downloaded and waited for
//   copies    nothing but copies and memsets, of all directions, on four streams, and one wait in every 256 calls
//   places    copies of 64 bytes on 64 streams, to and from a million places of one buffer, in no order
#include <cuda_runtime.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void **__cudaRegisterFatBinary(void *binary);
void __cudaRegisterFunction(void **module, const char *stub, char *device, const char *name, int threads, void *, void *,
                            void *, void *, int *);

static long left;

// Every call of CUDA goes through here; the loops look at `left`.
static void check(cudaError_t result) {
    left -= 1;
    if (result == cudaSuccess || result == cudaErrorNotReady) { return; }
    fprintf(stderr, "loops: %s\n", cudaGetErrorName(result));
    exit(1);
}

static void *device(size_t bytes) {
    void *memory;
    check(cudaMalloc(&memory, bytes));
    check(cudaMemset(memory, 0, bytes));
    return memory;
}

static char *pinned(size_t bytes) {
    void *memory;
    check(cudaMallocHost(&memory, bytes));
    return memory;
}

static cudaStream_t stream(void) {
    cudaStream_t made;
    check(cudaStreamCreateWithFlags(&made, cudaStreamNonBlocking));
    return made;
}

static cudaEvent_t event(void) {
    cudaEvent_t made;
    check(cudaEventCreateWithFlags(&made, cudaEventDisableTiming));
    return made;
}

static void join(cudaEvent_t by, cudaStream_t from, cudaStream_t to) {
    check(cudaEventRecord(by, from));
    check(cudaStreamWaitEvent(to, by, 0));
}

// Stands for the host stub of a kernel `layer(float *, float const *, float const *)`.
static const char stub;

static void launch(void *to, void *from, void *weights, cudaStream_t on) {
    void *arguments[] = {&to, &from, &weights};
    check(cudaLaunchKernel(&stub, (dim3){64, 1, 1}, (dim3){256, 1, 1}, arguments, 0, on));
    check(cudaGetLastError());
}

static void training(void) {
    enum { LAYERS = 12, BATCH = 4096, SLOTS = 2, BATCHES = 4 };
    __cudaRegisterFunction(__cudaRegisterFatBinary(0), &stub, "", "_Z5layerPfPKfS1_", -1, 0, 0, 0, 0, 0);
    cudaStream_t compute = stream(), upload = stream(), gather = stream(), download = stream();
    cudaEvent_t uploaded[SLOTS], consumed[SLOTS], done = event(), gathered = event(), downloaded = event();
    void *inputs[SLOTS], *layers[LAYERS + 1], *weights[LAYERS], *gradients[LAYERS], *sums = device(BATCH * LAYERS);
    char *staging[SLOTS], *losses = pinned(BATCH);
    for (int slot = 0; slot < SLOTS; ++slot) {
        uploaded[slot] = event(), consumed[slot] = event();
        inputs[slot] = device(2 * BATCH), staging[slot] = pinned(2 * BATCH);
        check(cudaEventRecord(uploaded[slot], upload));
        check(cudaEventRecord(consumed[slot], compute));
    }
    for (int layer = 0; layer < LAYERS; ++layer) { weights[layer] = device(BATCH), gradients[layer] = device(BATCH); }
    for (int layer = 0; layer <= LAYERS; ++layer) { layers[layer] = device(BATCH); }
    check(cudaDeviceSynchronize());
    for (long step = 0; left > 0; ++step) {
        for (int batch = 0; batch < BATCHES; ++batch) {
            int slot = batch % SLOTS;
            check(cudaEventSynchronize(uploaded[slot]));
            staging[slot][0] = (char)step;
            check(cudaStreamWaitEvent(upload, consumed[slot], 0));
            check(cudaMemcpyAsync(inputs[slot], staging[slot], BATCH, cudaMemcpyHostToDevice, upload));
            check(cudaMemcpyAsync((char *)inputs[slot] + BATCH, staging[slot] + BATCH, 1024, cudaMemcpyHostToDevice, upload));
            join(uploaded[slot], upload, compute);
            check(cudaMemcpyAsync(layers[0], inputs[slot], BATCH, cudaMemcpyDeviceToDevice, compute));
            for (int layer = 0; layer < LAYERS; ++layer) {
                void *workspace = 0;
                if (layer % 3 == 0) { check(cudaMallocAsync(&workspace, BATCH, compute)); }
                launch(layers[layer + 1], layers[layer], weights[layer], compute);
                if (workspace) {
                    check(cudaMemsetAsync(workspace, 0, BATCH, compute));
                    launch(workspace, layers[layer + 1], weights[layer], compute);
                    check(cudaFreeAsync(workspace, compute));
                }
            }
            for (int layer = LAYERS; layer-- > 0;) { launch(gradients[layer], layers[layer + 1], weights[layer], compute); }
            check(cudaEventRecord(consumed[slot], compute));
        }
        join(done, compute, gather);
        for (int layer = 0; layer < LAYERS; ++layer) {
            check(cudaMemcpyAsync((char *)sums + layer * BATCH, gradients[layer], BATCH, cudaMemcpyDeviceToDevice, gather));
        }
        check(cudaMemcpy2DAsync(gradients[0], 256, sums, 1024, 128, 4, cudaMemcpyDeviceToDevice, gather));
        join(gathered, gather, compute);
        for (int layer = 0; layer < LAYERS; ++layer) {
            launch(weights[layer], (char *)sums + layer * BATCH, gradients[layer], compute);
        }
        join(done, compute, download);
        check(cudaMemcpyAsync(losses, layers[LAYERS], 64, cudaMemcpyDeviceToHost, download));
        check(cudaEventRecord(downloaded, download));
        check(cudaEventQuery(downloaded));
        check(cudaEventSynchronize(downloaded));
        check(cudaStreamWaitEvent(compute, downloaded, 0));
        if (step % 16 == 0) { check(cudaStreamSynchronize(compute)); }
        if (step % 128 == 0) { check(cudaDeviceSynchronize()); }
    }
}

static void copies(void) {
    enum { STREAMS = 4, BYTES = 1 << 16, PIECE = 1024 };
    cudaStream_t streams[STREAMS];
    char *host[STREAMS], *near[STREAMS], *far[STREAMS], *plain = malloc(BYTES);
    if (!plain) { exit(1); }
    memset(plain, 0, BYTES);
    for (int index = 0; index < STREAMS; ++index) {
        streams[index] = stream();
        host[index] = pinned(BYTES), near[index] = device(BYTES), far[index] = device(BYTES);
    }
    check(cudaDeviceSynchronize());
    for (long round = 0; left > 0; ++round) {
        int index = round % STREAMS;
        size_t at = (size_t)(round / STREAMS) % (BYTES / PIECE) * PIECE;
        cudaStream_t on = streams[index];
        check(cudaMemcpyAsync(near[index] + at, host[index] + at, PIECE, cudaMemcpyHostToDevice, on));
        check(cudaMemcpyAsync(far[index] + at, near[index] + at, PIECE, cudaMemcpyDeviceToDevice, on));
        check(cudaMemcpyAsync(host[index] + at, far[index] + at, PIECE, cudaMemcpyDeviceToHost, on));
        check(cudaMemcpy2DAsync(near[index], 512, far[index], 1024, 64, 16, cudaMemcpyDeviceToDevice, on));
        check(cudaMemsetAsync(far[index] + at, 1, 64, on));
        if (round % 8 == 0) { check(cudaMemcpyAsync(near[index] + at, plain + at, 256, cudaMemcpyDefault, on)); }
        if (round % 50 == 0) { check(cudaStreamSynchronize(on)); }
    }
    check(cudaDeviceSynchronize());
    free(plain);
}

static void places(void) {
    enum { STREAMS = 64, PIECE = 64, STEP = 7919 };
    const size_t places = 1 << 20;
    cudaStream_t streams[STREAMS];
    void *memory;
    char *host = pinned(STREAMS * PIECE), *results = pinned(STREAMS * PIECE);
    check(cudaMalloc(&memory, places * PIECE * 2));
    for (int index = 0; index < STREAMS; ++index) { streams[index] = stream(); }
    // A place belongs to one stream.
    for (size_t round = 0; left > 0; ++round) {
        int index = (int)(round % STREAMS);
        size_t place = ((round / STREAMS * STEP) % (places / STREAMS) * STREAMS + (size_t)index) * PIECE * 2;
        char *at = (char *)memory + place;
        check(cudaMemcpyAsync(at, host + index * PIECE, PIECE, cudaMemcpyHostToDevice, streams[index]));
        check(cudaMemcpyAsync(results + index * PIECE, at, PIECE, cudaMemcpyDeviceToHost, streams[index]));
        if (round % 4096 < STREAMS) { check(cudaStreamSynchronize(streams[index])); }
    }
    check(cudaDeviceSynchronize());
}

int main(int count, char **arguments) {
    left = count == 3 ? strtol(arguments[2], 0, 10) : 0;
    if (left < 1) { return 2; }
    if (strcmp(arguments[1], "training") == 0) {
        training();
    } else if (strcmp(arguments[1], "copies") == 0) {
        copies();
    } else if (strcmp(arguments[1], "places") == 0) {
        places();
    } else {
        return 2;
    }
    return 0;
}
