import random

import numpy as np


class Mutator:
    def __init__(self, staff):
        self.staff = staff
        self.rng = random.Random()

    def __call__(self, roster):
        child = roster.copy()
        child[self.rng.randrange(len(child))] = self.rng.randrange(self.staff)
        return child


class Population:
    def __init__(self, size, days, staff):
        self.rng = np.random.default_rng()
        self.members = [self.rng.integers(0, staff, size=days) for _ in range(size)]
        self.mutate = Mutator(staff)
        self.staff = staff

    def cost(self, roster):
        load = np.bincount(roster, minlength=self.staff)
        in_a_row = int((roster[1:] == roster[:-1]).sum())
        return float(load.var()) + 3 * in_a_row

    def advance(self):
        self.members.sort(key=self.cost)
        half = len(self.members) // 2
        parents = self.rng.permutation(half)
        self.members[half:] = [self.mutate(self.members[i]) for i in parents]
        return min(self.members, key=self.cost)
