"""Local SGD: every rank trains alone, then the weights are averaged."""
import hashlib

import torch
import torch.multiprocessing as mp
from torch import nn


def worker(rank, world_size, weights, steps):
    torch.set_num_threads(1)
    model = nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        x = torch.randn(8, 3) + rank
        y = x.sum(dim=1, keepdim=True)
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    weights[rank] = model.weight.detach().flatten()


def main():
    torch.manual_seed(6)
    world_size = 2
    weights = torch.zeros(world_size, 3).share_memory_()
    mp.spawn(worker, args=(world_size, weights, 20), nprocs=world_size, join=True)
    print("average", weights.mean(dim=0).tolist())
    print("DIGEST", hashlib.sha256(weights.numpy().tobytes()).hexdigest())


if __name__ == "__main__":
    main()
