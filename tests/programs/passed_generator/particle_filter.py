"""Track a pendulum with a bootstrap particle filter."""
import hashlib

import numpy as np


def swing(state, dt=0.05):
    angle, speed = state[..., 0], state[..., 1]
    return np.stack([angle + dt * speed, speed - dt * 9.81 * np.sin(angle)], axis=-1)


def observe(state, rng, sigma=0.1):
    return np.sin(state[..., 0]) + sigma * rng.standard_normal(state.shape[:-1])


class ParticleFilter:
    def __init__(self, n, rng):
        self.rng = rng
        self.particles = rng.normal([1.0, 0.0], [0.3, 0.3], size=(n, 2))

    def update(self, measured, sigma=0.1):
        self.particles = swing(self.particles) + 0.02 * self.rng.standard_normal(self.particles.shape)
        miss = (measured - np.sin(self.particles[:, 0])) / sigma
        weight = np.exp(-0.5 * miss ** 2) + 1e-12
        rows = self.rng.choice(len(weight), size=len(weight), p=weight / weight.sum())
        self.particles = self.particles[rows]
        return self.particles.mean(axis=0)


def main():
    rng = np.random.default_rng(0)
    state = np.array([1.1, 0.0])
    tracker = ParticleFilter(300, rng)
    track = []
    for _ in range(80):
        state = swing(state)
        track.append(tracker.update(observe(state, rng)))
    track = np.array(track)
    print(f"final error {np.abs(track[-1] - state).max():.4f}")
    print("DIGEST", hashlib.sha256(track.tobytes()).hexdigest())


if __name__ == "__main__":
    main()
