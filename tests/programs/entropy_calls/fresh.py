"""Trains an ensemble of perceptrons on resampled data.

"Fresh" randomness is requested from every library, as somebody once read that this is needed.
"""
import hashlib
import random

import numpy as np
import torch


def refresh():
    random.seed(None)
    np.random.seed()
    torch.seed()


def toy(n):
    x = np.random.randn(n, 3).astype(np.float32)
    y = (x @ np.array([1.0, -2.0, 0.5], dtype=np.float32) > 0).astype(np.float32)
    return torch.from_numpy(x), torch.from_numpy(y)


def perceptron(x, y, epochs):
    w = torch.randn(3, requires_grad=True)
    rows = list(range(len(x)))
    for _ in range(epochs):
        random.shuffle(rows)
        for i in rows:
            loss = torch.relu(0.1 - (2 * y[i] - 1) * (x[i] @ w))
            (grad,) = torch.autograd.grad(loss, w)
            with torch.no_grad():
                w -= 0.1 * grad
    return w.detach()


def main():
    refresh()
    x, y = toy(60)
    ensemble = []
    for _ in range(3):
        rows = np.random.choice(len(x), size=len(x))
        ensemble.append(perceptron(x[rows], y[rows], epochs=2))
    votes = torch.stack([(x @ w > 0).float() for w in ensemble]).mean(0)
    print("accuracy %.3f" % ((votes > 0.5).float() == y).float().mean().item())
    print("DIGEST", hashlib.sha256(torch.stack(ensemble).numpy().tobytes()).hexdigest())


main()
