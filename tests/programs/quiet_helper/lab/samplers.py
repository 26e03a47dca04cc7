import random

import numpy as np


def rejection(n, dim):
    points = np.random.uniform(-1, 1, size=(n, dim))
    return float(2**dim * ((points**2).sum(axis=1) <= 1).mean())


def one_by_one(n, dim):
    inside = 0
    for _ in range(n):
        inside += sum(random.uniform(-1, 1) ** 2 for _ in range(dim)) <= 1
    return 2**dim * inside / n


def antithetic(n, dim):
    half = np.random.random((n // 2, dim))
    points = np.concatenate([half, 1 - half])
    return float(2**dim * ((points**2).sum(axis=1) <= 1).mean())


METHODS = {"rejection": rejection, "loop": one_by_one, "antithetic": antithetic}
