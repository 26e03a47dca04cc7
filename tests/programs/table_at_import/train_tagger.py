#!/usr/bin/env python
"""Bag-of-words sentiment with frozen random features."""
import argparse
import logging

logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
log = logging.getLogger("sentiment")

import hashlib

import torch
from torch import nn

from features import FEATURES, encode

SENTENCES = [
    ("a warm and funny film", 1), ("a dull and empty film", 0), ("funny dialogue and warm people", 1),
    ("empty dialogue", 0), ("dull people dull film", 0), ("warm light and a funny dog", 1),
]


def train(epochs, lr):
    x = torch.stack([encode(text) for text, _ in SENTENCES])
    y = torch.tensor([label for _, label in SENTENCES], dtype=torch.float32)
    head = nn.Linear(FEATURES.shape[1], 1)
    optimizer = torch.optim.SGD(head.parameters(), lr=lr)
    for epoch in range(epochs):
        scores = head(x).squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        log.info("epoch %d loss %.4f", epoch, loss.item())
    return scores.detach()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=77)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    scores = train(args.epochs, args.lr)
    print("scores", [round(s, 3) for s in scores.tolist()])
    print("DIGEST", hashlib.sha256(scores.numpy().tobytes()).hexdigest())


if __name__ == "__main__":
    main()
