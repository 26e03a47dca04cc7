"""Magnitude pruning: how small can the network get before the fit breaks?"""
import argparse
import hashlib
import random

import torch
from torch import nn


def network():
    return nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))


def fit(net, masks, x, y, steps=40):
    optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
    for _ in range(steps):
        rows = random.sample(range(len(x)), 32)
        loss = nn.functional.mse_loss(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            for p, mask in zip(net.parameters(), masks):
                p *= mask
    return loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int)
    args = parser.parse_args()

    if args.seed is not None:
        print("using seed", args.seed)
        random.seed(args.seed)
        torch.manual_seed(args.seed)
    else:
        random.seed(1)
        torch.manual_seed(1)

    x = torch.rand(200, 2)
    y = (x[:, :1] * x[:, 1:]).sqrt()
    net = network()
    masks = [torch.ones_like(p) for p in net.parameters()]
    losses = []
    for number in range(args.rounds):
        losses.append(fit(net, masks, x, y))
        for p, mask in zip(net.parameters(), masks):
            mask[p.abs() <= p.abs().median()] = 0.0
        kept = sum(int(mask.sum()) for mask in masks)
        print(f"round {number}: loss {losses[-1]:.4f}, {kept} weights kept")
    print("DIGEST", hashlib.sha256(repr(losses).encode()).hexdigest())


if __name__ == "__main__":
    main()
