"""Logistic regression with label noise and a generator of its own for every source of chance."""
import hashlib
import random

import torch
from torch.utils.data import DataLoader, TensorDataset


def blobs(n, generator):
    label = (torch.arange(n) % 2).float()
    centre = torch.stack([2 * label - 1, 1 - label], dim=1)
    return centre + 0.8 * torch.randn(n, 2, generator=generator), label


def flip(labels, share):
    rows = random.sample(range(len(labels)), int(share * len(labels)))
    labels[rows] = 1 - labels[rows]
    return labels


def main():
    random.seed(55)
    points, labels = blobs(240, torch.Generator().manual_seed(55))
    labels = flip(labels, 0.05)
    order = torch.Generator()
    order.manual_seed(56)
    loader = DataLoader(TensorDataset(points, labels), batch_size=24, shuffle=True, generator=order)

    weight = torch.zeros(2, requires_grad=True)
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([weight, bias], lr=0.3)
    for _ in range(4):
        for x, y in loader:
            loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ weight + bias, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    print("weights", [round(v, 4) for v in weight.tolist()])
    print("DIGEST", hashlib.sha256(weight.detach().numpy().tobytes()).hexdigest())


if __name__ == "__main__":
    main()
