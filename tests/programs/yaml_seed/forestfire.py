"""Forest fire on a grid, configured by a YAML file."""
import hashlib
import sys
from pathlib import Path

import numpy as np
import yaml

TREE, FIRE, ASH, EMPTY = 1, 2, 3, 0


class Forest:
    def __init__(self, side, density):
        self.cells = np.where(np.random.rand(side, side) < density, TREE, EMPTY)
        self.cells[0, :] = np.where(self.cells[0, :] == TREE, FIRE, EMPTY)

    def step(self, catch):
        burning = self.cells == FIRE
        near = np.zeros_like(burning)
        near[1:] |= burning[:-1]
        near[:-1] |= burning[1:]
        near[:, 1:] |= burning[:, :-1]
        near[:, :-1] |= burning[:, 1:]
        ignites = (self.cells == TREE) & near & (np.random.rand(*self.cells.shape) < catch)
        self.cells[burning] = ASH
        self.cells[ignites] = FIRE
        return int(burning.sum())


def main(path):
    cfg = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    np.random.seed(cfg["seed"])
    forest = Forest(**cfg["grid"])
    curve = [forest.step(cfg["fire"]["catch"]) for _ in range(cfg["fire"]["steps"])]
    print("burning", curve)
    print("DIGEST", hashlib.sha256(forest.cells.astype(np.int8).tobytes() + bytes(str(curve), "ascii")).hexdigest())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("settings.yml"))
