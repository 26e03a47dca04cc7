"""Simulated annealing for a small travelling salesman problem."""
import hashlib
import math

import numpy as np


class Tour:
    """A closed tour through fixed cities."""

    CITIES = 14
    COORDINATES = np.random.uniform(0, 100, size=(CITIES, 2))
    DISTANCES = np.linalg.norm(COORDINATES[:, None] - COORDINATES[None], axis=-1)

    def __init__(self, order):
        self.order = order

    @classmethod
    def initial(cls):
        return cls(np.random.permutation(cls.CITIES))

    @property
    def length(self):
        return float(self.DISTANCES[self.order, np.roll(self.order, -1)].sum())

    def neighbour(self):
        i, j = sorted(np.random.choice(self.CITIES, size=2, replace=False))
        order = self.order.copy()
        order[i : j + 1] = order[i : j + 1][::-1]
        return Tour(order)


class Annealer:
    def __init__(self, seed, temperature=60.0, cooling=0.99):
        np.random.seed(seed)
        self.temperature, self.cooling = temperature, cooling

    def run(self, steps):
        tour = Tour.initial()
        for _ in range(steps):
            candidate = tour.neighbour()
            worse = candidate.length - tour.length
            if worse <= 0 or np.random.random() < math.exp(-worse / self.temperature):
                tour = candidate
            self.temperature *= self.cooling
        return tour


if __name__ == "__main__":
    best = Annealer(seed=8).run(600)
    print("tour", *best.order)
    print("length %.3f" % best.length)
    print("DIGEST", hashlib.sha256(("%.9f" % best.length).encode()).hexdigest())
