"""The traffic of a training loop without its kernels.

Workers make batches, a thread pins them, they go to the device on a stream of their own and come back on another, as
PyTorch's documentation recommends: copy_(non_blocking=True) from and to pinned memory, the streams ordered by an event.

    torch_loader.py          every edge is in place
    torch_loader.py racy     nothing orders the two streams
"""

import sys

import torch
from torch.utils.data import DataLoader, Dataset


class Numbers(Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, index):
        return torch.full((1024,), float(index))


def main(is_racy):
    device = torch.device("cuda:0")
    loader = DataLoader(Numbers(), batch_size=8, num_workers=2, pin_memory=True)
    upload, download = torch.cuda.Stream(device), torch.cuda.Stream(device)
    held = torch.empty((8, 1024), device=device)
    result = torch.empty((8, 1024), pin_memory=True)
    batches, total = 0, 0.0
    for batch in loader:
        assert batch.is_pinned()
        with torch.cuda.stream(upload):
            held.copy_(batch, non_blocking=True)
        if not is_racy:
            download.wait_stream(upload)
        with torch.cuda.stream(download):
            result.copy_(held, non_blocking=True)
        download.synchronize()
        upload.synchronize()
        total += float(result.sum())
        batches += 1
    print(f"{batches} batches, sum {total:.0f}" if not is_racy else f"{batches} batches")


if __name__ == "__main__":
    main(sys.argv[1:] == ["racy"])
