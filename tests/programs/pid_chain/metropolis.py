"""Random-walk Metropolis for a banana-shaped density (NumPy only)."""
import hashlib
import os

import numpy as np


def log_density(z):
    x, y = z
    return -0.5 * (x / 2) ** 2 - 0.5 * (y - 0.3 * x**2) ** 2


def chain(n, start, step):
    z = np.asarray(start, dtype=float)
    current = log_density(z)
    path = np.empty((n, 2))
    accepted = 0
    for i in range(n):
        proposal = z + step * np.random.standard_normal(2)
        new = log_density(proposal)
        if np.log(np.random.rand()) < new - current:
            z, current = proposal, new
            accepted += 1
        path[i] = z
    return path, accepted / n


def main(n=1500):
    seed = os.getpid()
    np.random.seed(seed)
    print("seed", seed)
    path, rate = chain(n, start=(0, 0), step=1.1)
    print(f"acceptance {rate:.3f}, mean {path.mean(axis=0).round(3)}")
    print("DIGEST", hashlib.sha256(path.round(9).tobytes()).hexdigest())


if __name__ == "__main__":
    main()
