"""Moves bytes with the driver API as cuda-bindings has it: up, across, down, at once and in a stream, timed by events."""

import ctypes

from cuda.bindings import driver

SIZE = 4096


def call(function, *arguments):
    """What a call gives beside its code, which must be success."""
    code, *results = function(*arguments)
    if code != driver.CUresult.CUDA_SUCCESS:
        raise SystemExit(f"{function.__name__} gave {code!r}")
    return results[0] if len(results) == 1 else results


call(driver.cuInit, 0)
device = call(driver.cuDeviceGet, 0)
print(call(driver.cuDeviceGetName, 64, device).split(b"\0")[0].decode())
context = call(driver.cuDevicePrimaryCtxRetain, device)
call(driver.cuCtxSetCurrent, context)

first, second = call(driver.cuMemAlloc, SIZE), call(driver.cuMemAlloc, SIZE)
up, down = call(driver.cuMemAllocHost, SIZE), call(driver.cuMemAllocHost, SIZE)
ctypes.memset(up, 7, SIZE)
ctypes.memset(down, 0, SIZE)

call(driver.cuMemcpyHtoD, first, up, SIZE)
call(driver.cuMemcpyDtoD, second, first, SIZE)
call(driver.cuMemcpyDtoH, down, second, SIZE)
print("at once:", ctypes.string_at(down, SIZE) == b"\7" * SIZE)

stream = call(driver.cuStreamCreate, driver.CUstream_flags.CU_STREAM_NON_BLOCKING)
start, end = (call(driver.cuEventCreate, driver.CUevent_flags.CU_EVENT_DEFAULT) for _ in range(2))
ctypes.memset(up, 9, SIZE)
call(driver.cuEventRecord, start, stream)
call(driver.cuMemcpyHtoDAsync, first, up, SIZE, stream)
call(driver.cuMemcpyDtoDAsync, second, first, SIZE, stream)
call(driver.cuMemcpyDtoHAsync, down, second, SIZE, stream)
call(driver.cuEventRecord, end, stream)
call(driver.cuEventSynchronize, end)
print("in a stream:", ctypes.string_at(down, SIZE) == b"\t" * SIZE, call(driver.cuEventElapsedTime, start, end) >= 0)

for event in (start, end):
    call(driver.cuEventDestroy, event)
call(driver.cuStreamDestroy, stream)
for host in (up, down):
    call(driver.cuMemFreeHost, host)
for memory in (first, second):
    call(driver.cuMemFree, memory)
call(driver.cuDevicePrimaryCtxRelease, device)
