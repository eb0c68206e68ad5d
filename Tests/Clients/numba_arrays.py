"""Moves arrays with numba-cuda: pinned and pageable memory, a stream, an event, a copy on the device."""

import numpy
from numba import cuda

values = numpy.arange(1024, dtype=numpy.float32)
pinned = cuda.pinned_array(1024, dtype=numpy.float32)
pinned[:] = values

stream = cuda.stream()
done = cuda.event(timing=False)
first = cuda.to_device(pinned, stream=stream)
second = cuda.device_array_like(first)
second.copy_to_device(first, stream=stream)
done.record(stream)
done.synchronize()
back = numpy.zeros_like(values)
second.copy_to_host(back)
print(len(cuda.list_devices()), "devices, the same array:", bool((back == values).all()))
