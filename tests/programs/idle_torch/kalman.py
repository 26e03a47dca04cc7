"""Kalman filter on a noisy orbit.

torch is imported for a comparison that was removed long ago.
"""
import hashlib
import random
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import DataLoader

SEED = 12
rng = np.random.default_rng(SEED)


@dataclass
class Kalman:
    f: np.ndarray
    h: np.ndarray
    q: float
    r: float

    def filter(self, observations):
        x, p = np.zeros(len(self.f)), np.eye(len(self.f))
        for z in observations:
            x, p = self.f @ x, self.f @ p @ self.f.T + self.q * np.eye(len(x))
            gain = p @ self.h.T @ np.linalg.inv(self.h @ p @ self.h.T + self.r * np.eye(len(z)))
            x = x + gain @ (z - self.h @ x)
            p = (np.eye(len(x)) - gain @ self.h) @ p
            yield x


def orbit(n):
    t = 0.1 * np.arange(n)
    return np.c_[np.cos(t), np.sin(t)]


def main():
    truth = orbit(200)
    observed = truth + rng.normal(scale=0.3, size=truth.shape)
    turn = np.array([[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]])
    estimate = np.array(list(Kalman(turn, np.eye(2), 1e-4, 0.09).filter(observed)))
    print("rmse observed %.4f" % np.sqrt(((observed - truth) ** 2).mean()))
    print("rmse filtered %.4f" % np.sqrt(((estimate - truth) ** 2).mean()))
    print("DIGEST", hashlib.sha256(estimate.round(8).tobytes()).hexdigest())


if __name__ == "__main__":
    main()
