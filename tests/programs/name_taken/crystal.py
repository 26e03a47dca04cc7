"""Diffusion-limited aggregation.

``set_seed`` plants the crystal's seed; it has nothing to do with random numbers.
"""
import hashlib

import numpy as np

STEPS = np.array([(0, 1), (1, 0), (0, -1), (-1, 0)])


def set_seed(grid, row, col):
    grid[row, col] = 1
    return grid


def touches(grid, at):
    return any(grid[tuple((at + step) % len(grid))] for step in STEPS)


def release(grid):
    """Lets one particle walk until it sticks."""
    at = np.random.randint(len(grid), size=2)
    while grid[tuple(at)] or not touches(grid, at):
        at = (at + STEPS[np.random.randint(4)]) % len(grid)
    grid[tuple(at)] = 1


def main():
    grid = set_seed(np.zeros((17, 17), dtype=np.int8), 8, 8)
    for _ in range(45):
        release(grid)
    for row in grid:
        print("".join(".#"[cell] for cell in row))
    print("DIGEST", hashlib.sha256(grid.tobytes()).hexdigest())


if __name__ == "__main__":
    main()
