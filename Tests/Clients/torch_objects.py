"""What PyTorch keeps of CUDA beside copies: devices, streams, events, peers, the two allocators, a stream's capture."""

import torch

first, second = torch.device("cuda:0"), torch.device("cuda:1")
print("devices", torch.cuda.device_count(), torch.cuda.get_device_name(first))

source = torch.arange(4096, dtype=torch.float32)
on_first = source.to(first)
on_second = on_first.to(second)
print("over two devices", torch.equal(on_second.cpu(), source))

stream = torch.cuda.Stream(first)
start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
with torch.cuda.stream(stream):
    start.record()
    copy = on_first.clone()
    end.record()
end.synchronize()
print("timed", start.elapsed_time(end) >= 0, torch.equal(copy.cpu(), source))

zeros = torch.zeros(4096, device=first)
print("zeros", bool((zeros.cpu() == 0).all()))
print("allocated", torch.cuda.memory_allocated(first) > 0)
del on_first, on_second, copy, zeros
torch.cuda.empty_cache()
print("reserved", torch.cuda.memory_reserved(first))

held, result = torch.empty(4096, device=first), torch.empty(4096, pin_memory=True)
pinned = source.pin_memory()
graph = torch.cuda.CUDAGraph()
with torch.cuda.graph(graph):
    held.copy_(pinned, non_blocking=True)
    result.copy_(held, non_blocking=True)
graph.replay()
torch.cuda.synchronize()
print("replayed", torch.equal(result, source))
