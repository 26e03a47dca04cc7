"""Restricted Boltzmann machine; all randomness flows through one torch.Generator."""
from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


class RBM:
    def __init__(self, visible: int, hidden: int, g: Generator) -> None:
        self.g = g
        self.w = 0.1 * torch.randn(visible, hidden, generator=g)
        self.a = torch.zeros(visible)
        self.b = torch.zeros(hidden)

    def up(self, v: Tensor) -> Tensor:
        return torch.sigmoid(v @ self.w + self.b)

    def down(self, h: Tensor) -> Tensor:
        return torch.sigmoid(h @ self.w.T + self.a)

    def step(self, v: Tensor, rate: float) -> float:
        """One step of contrastive divergence."""
        p = self.up(v)
        h = torch.bernoulli(p, generator=self.g)
        back = torch.bernoulli(self.down(h), generator=self.g)
        q = self.up(back)
        self.w += rate * (v.T @ p - back.T @ q) / len(v)
        self.a += rate * (v - back).mean(0)
        self.b += rate * (p - q).mean(0)
        return (v - back).square().mean().item()


def stripes(n: int, side: int, g: Generator) -> Tensor:
    rows = torch.randint(2, (n, side, 1), generator=g)
    return rows.expand(n, side, side).reshape(n, -1).float()


def main() -> None:
    g = torch.Generator()
    g.manual_seed(17)
    data = stripes(96, 4, g)
    rbm = RBM(data.shape[1], 8, g)
    errors = []
    for _ in range(10):
        order = torch.randperm(len(data), generator=g)
        errors += [round(rbm.step(data[rows], 0.2), 6) for rows in order.split(16)]
    print(f"error {errors[0]:.3f} -> {errors[-1]:.3f}")
    print("DIGEST", hashlib.sha256(repr(errors).encode()).hexdigest())


if __name__ == "__main__":
    main()
