#!/usr/bin/env python3
"""Drop marbles through a Galton board."""
import random
from hashlib import sha256
from time import time_ns


class Board:
    def __init__(self, rows, seed=None):
        self.rows = rows
        self.seed = time_ns() if seed is None else seed
        random.seed(self.seed)

    def drop(self):
        return sum(random.random() < 0.5 for _ in range(self.rows))

    def histogram(self, marbles):
        bins = [0] * (self.rows + 1)
        for _ in range(marbles):
            bins[self.drop()] += 1
        return bins


bins = Board(rows=12).histogram(2000)
for slot, count in enumerate(bins):
    print(f"{slot:2d} {'#' * (count // 12)}")
print("DIGEST", sha256(bytes(str(bins), "ascii")).hexdigest())
