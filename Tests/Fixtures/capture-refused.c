// What a capture refuses, each with its code, and how the capture ends then. The program expects every failure.
//
// build: gcc 13
// check: --ignore CT501
// finds: nothing
// prints: 12 captures were lost, 3 survived
#include "fixture.h"

static char *memory;
static cudaStream_t stream, other;
static cudaEvent_t event, earlier;
static int lost, survived;

static void begin(enum cudaStreamCaptureMode mode) {
    CHECK(cudaStreamBeginCapture(stream, mode));
    CHECK(cudaMemsetAsync(memory, 0, 16, stream));
}

// Ends a capture that is expected to give a graph, or not to.
static void end(cudaError_t expected) {
    cudaGraph_t graph = (cudaGraph_t)1;
    fixture_expect(expected, cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture", __LINE__);
    if (expected == cudaSuccess) {
        CHECK(cudaGraphDestroy(graph));
        survived++;
    } else {
        if (graph) exit(98);
        cudaGetLastError();
        lost++;
    }
    enum cudaStreamCaptureStatus status;
    CHECK(cudaStreamIsCapturing(stream, &status));
    if (status != cudaStreamCaptureStatusNone) exit(97);
}

#define REFUSED(mode, code, call)                        \
    do {                                                 \
        begin(mode);                                     \
        FAILS(code, call);                               \
        end(cudaErrorStreamCaptureInvalidated);          \
    } while (0)

int main(void) {
    memory = zeroed(64);
    CHECK(cudaStreamCreate(&stream));
    CHECK(cudaStreamCreate(&other));
    CHECK(cudaEventCreate(&event));
    CHECK(cudaEventCreate(&earlier));
    CHECK(cudaEventRecord(earlier, other));
    CHECK(cudaDeviceSynchronize());
    void *more;
    char host[16];

    FAILS(cudaErrorStreamCaptureUnsupported, cudaStreamBeginCapture(cudaStreamLegacy, cudaStreamCaptureModeGlobal));
    cudaGraph_t none;
    FAILS(cudaErrorIllegalState, cudaStreamEndCapture(stream, &none));

    REFUSED(cudaStreamCaptureModeRelaxed, cudaErrorStreamCaptureUnsupported, cudaStreamSynchronize(stream));
    REFUSED(cudaStreamCaptureModeRelaxed, cudaErrorStreamCaptureUnsupported, cudaStreamQuery(stream));
    REFUSED(cudaStreamCaptureModeRelaxed, cudaErrorStreamCaptureUnsupported, cudaDeviceSynchronize());
    REFUSED(cudaStreamCaptureModeGlobal, cudaErrorStreamCaptureUnsupported, cudaMalloc(&more, 64));
    REFUSED(cudaStreamCaptureModeThreadLocal, cudaErrorStreamCaptureUnsupported, cudaMalloc(&more, 64));
    REFUSED(cudaStreamCaptureModeRelaxed, cudaErrorStreamCaptureImplicit,
            cudaMemcpy(host, memory, 16, cudaMemcpyDeviceToHost));
    REFUSED(cudaStreamCaptureModeRelaxed, cudaErrorStreamCaptureImplicit, cudaMemset(memory, 0, 16));
    REFUSED(cudaStreamCaptureModeGlobal, cudaErrorStreamCaptureIsolation, cudaStreamWaitEvent(stream, earlier, 0));

    begin(cudaStreamCaptureModeGlobal);
    CHECK(cudaEventRecord(event, stream));
    FAILS(cudaErrorCapturedEvent, cudaEventSynchronize(event));
    FAILS(cudaErrorStreamCaptureInvalidated, cudaMemsetAsync(memory, 0, 16, stream));
    end(cudaErrorStreamCaptureInvalidated);

    // Another stream joins and does not come back.
    begin(cudaStreamCaptureModeGlobal);
    CHECK(cudaEventRecord(event, stream));
    CHECK(cudaStreamWaitEvent(other, event, 0));
    CHECK(cudaMemsetAsync(memory + 16, 0, 16, other));
    end(cudaErrorStreamCaptureUnjoined);

    // It cannot end what it did not begin.
    begin(cudaStreamCaptureModeGlobal);
    CHECK(cudaEventRecord(event, stream));
    CHECK(cudaStreamWaitEvent(other, event, 0));
    FAILS(cudaErrorStreamCaptureUnmatched, cudaStreamEndCapture(other, &none));
    end(cudaErrorStreamCaptureInvalidated);

    // Two captures cannot become one.
    begin(cudaStreamCaptureModeRelaxed);
    CHECK(cudaStreamBeginCapture(other, cudaStreamCaptureModeRelaxed));
    CHECK(cudaEventRecord(event, other));
    FAILS(cudaErrorStreamCaptureMerge, cudaStreamWaitEvent(stream, event, 0));
    FAILS(cudaErrorStreamCaptureInvalidated, cudaStreamEndCapture(other, &none));
    end(cudaErrorStreamCaptureInvalidated);

    // What is legal: an unsafe call where the mode lets it, and an argument that is refused as ever.
    begin(cudaStreamCaptureModeRelaxed);
    CHECK(cudaMalloc(&more, 64));
    end(cudaSuccess);
    begin(cudaStreamCaptureModeGlobal);
    enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
    CHECK(cudaThreadExchangeStreamCaptureMode(&mode));
    CHECK(cudaFree(more));
    CHECK(cudaThreadExchangeStreamCaptureMode(&mode));
    if (mode != cudaStreamCaptureModeRelaxed) return 1;
    end(cudaSuccess);
    begin(cudaStreamCaptureModeGlobal);
    FAILS(cudaErrorIllegalState, cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    end(cudaSuccess);

    printf("%d captures were lost, %d survived\n", lost, survived);
    return 0;
}
