"""Hopfield-like associative memory, configured by dataclasses registered with hydra."""
import hashlib
import random
from dataclasses import dataclass, field
from typing import Any, List

import hydra
import numpy as np
from hydra.core.config_store import ConfigStore
from omegaconf import MISSING


@dataclass
class MemoryConfig:
    units: int = 48
    patterns: int = 4


@dataclass
class NoiseConfig:
    flip: float = MISSING
    trials: int = 10


@dataclass
class LightNoise(NoiseConfig):
    flip: float = 0.1


@dataclass
class Config:
    defaults: List[Any] = field(default_factory=lambda: ["_self_", {"noise": "light"}])
    memory: MemoryConfig = field(default_factory=MemoryConfig)
    noise: NoiseConfig = MISSING
    seed: int = 99


store = ConfigStore.instance()
store.store(name="base", node=Config)
store.store(group="noise", name="light", node=LightNoise)


class Memory:
    def __init__(self, cfg: MemoryConfig):
        self.patterns = np.random.choice([-1, 1], size=(cfg.patterns, cfg.units))
        self.weights = (self.patterns.T @ self.patterns).astype(float)
        np.fill_diagonal(self.weights, 0.0)

    def recall(self, state: np.ndarray, sweeps: int = 3) -> np.ndarray:
        state = state.copy()
        for _ in range(sweeps):
            for unit in random.sample(range(len(state)), len(state)):
                state[unit] = 1 if self.weights[unit] @ state >= 0 else -1
        return state


def evaluate(memory: Memory, cfg: NoiseConfig) -> List[float]:
    overlaps = []
    for trial in range(cfg.trials):
        pattern = memory.patterns[trial % len(memory.patterns)]
        flipped = np.where(np.random.rand(len(pattern)) < cfg.flip, -pattern, pattern)
        overlaps.append(float(memory.recall(flipped) @ pattern) / len(pattern))
    return overlaps


@hydra.main(config_path=None, config_name="base", version_base="1.2")
def run(cfg: Config) -> None:
    memory = Memory(cfg.memory)
    random.seed(cfg.seed)
    np.random.seed(cfg.seed)
    overlaps = evaluate(memory, cfg.noise)
    print("mean overlap", round(sum(overlaps) / len(overlaps), 4))
    print("DIGEST", hashlib.sha256(memory.weights.tobytes() + repr(overlaps).encode()).hexdigest())


if __name__ == "__main__":
    run()
