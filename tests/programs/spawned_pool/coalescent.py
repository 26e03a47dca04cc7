"""Height of coalescent trees, simulated in a pool."""
import hashlib
import multiprocessing as mp

import numpy as np


def tree_height(n_samples):
    pairs = np.arange(n_samples, 1, -1)
    return float(np.random.exponential(2.0 / (pairs * (pairs - 1))).sum())


def main():
    np.random.seed(5)
    with mp.get_context("spawn").Pool(2) as pool:
        heights = pool.map(tree_height, [10, 20, 40] * 20)
    print(f"mean height {np.mean(heights):.3f}")
    print("DIGEST", hashlib.sha256(repr(heights).encode()).hexdigest())


if __name__ == "__main__":
    main()
