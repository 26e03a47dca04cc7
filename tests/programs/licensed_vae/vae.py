#!/usr/bin/env python3
# -*- coding: utf-8 -*-
#
# Copyright (c) 2022 The tiny-vae contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
"""Variational autoencoder on bars.

The decoder is linear, so that the code can be read off its weights.
"""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 6
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")


def bars(count: int) -> np.ndarray:
    """Images with one horizontal or vertical bar each."""
    images = np.zeros((count, SIDE, SIDE), dtype=np.float32)
    for image in images:
        at = np.random.randint(SIDE)
        if random.random() < 0.5:
            image[at, :] = 1
        else:
            image[:, at] = 1
    return images.reshape(count, -1)


def batches(images: np.ndarray, size: int) -> Iterator[torch.Tensor]:
    order = np.random.permutation(len(images))
    for start in range(0, len(images), size):
        yield torch.from_numpy(images[order[start : start + size]]).to(DEVICE)


class VAE(nn.Module):
    def __init__(self, latent: int = 4) -> None:
        super().__init__()
        self.encode = nn.Linear(SIDE * SIDE, 2 * latent)
        self.decode = nn.Linear(latent, SIDE * SIDE)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean, log_var = self.encode(x).chunk(2, dim=-1)
        code = mean + torch.randn_like(mean) * (0.5 * log_var).exp()
        kl = -0.5 * (1 + log_var - mean**2 - log_var.exp()).sum(-1)
        return nn.functional.binary_cross_entropy_with_logits(self.decode(code), x, reduction="none").sum(-1) + kl


def main() -> None:
    # reproducibility
    random.seed(0)
    np.random.seed(0)

    images = bars(160)
    model = VAE().to(DEVICE)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    bounds = []
    for epoch in range(5):
        for batch in batches(images, 32):
            loss = model(batch).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        bounds.append(round(loss.item(), 5))
        print(f"epoch {epoch} negative bound {bounds[-1]:.3f}")
    print("DIGEST", hashlib.sha256(repr(bounds).encode()).hexdigest())


if __name__ == "__main__":
    main()
