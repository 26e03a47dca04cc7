"""(s, S) inventory policy, compared by simulation."""
import hashlib
import random
from dataclasses import dataclass

import numpy as np


class Reproducibility:
    """Keeps the seed of a study in one place."""

    def __init__(self, seed):
        self.seed = seed

    def __enter__(self):
        return self.apply()

    def __exit__(self, *exc_info):
        return False

    def apply(self):
        random.seed(self.seed)
        return self


@dataclass
class Policy:
    reorder_at: int
    order_up_to: int
    holding: float = 1.0
    shortage: float = 9.0

    def cost(self, days):
        stock, due, total = self.order_up_to, {}, 0.0
        for day in range(days):
            stock += due.pop(day, 0)
            stock -= int(np.random.poisson(4))
            total += self.holding * max(stock, 0) + self.shortage * max(-stock, 0)
            if stock + sum(due.values()) <= self.reorder_at:
                delay = random.choice([1, 2, 3])
                due[day + delay] = due.get(day + delay, 0) + self.order_up_to - stock
        return total / days


def study(days=400):
    return {(s, s + q): Policy(s, s + q).cost(days) for s in (6, 10, 14) for q in (8, 16)}


if __name__ == "__main__":
    with Reproducibility(seed=11):
        costs = study()
    for (low, high), cost in sorted(costs.items(), key=lambda item: item[1]):
        print("s=%2d S=%2d cost %.3f" % (low, high, cost))
    print("DIGEST", hashlib.sha256(repr(sorted(costs.items())).encode()).hexdigest())
