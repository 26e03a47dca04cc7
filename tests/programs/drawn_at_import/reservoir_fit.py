"""Echo state network that predicts a sum of sines."""
import hashlib

import numpy as np

from reservoir import states

np.random.seed(2)


def signal(n):
    t = np.arange(n) / 10
    return np.sin(t) + 0.5 * np.sin(2.7 * t) + 0.01 * np.random.randn(n)


def fit(h, y, ridge=1e-4):
    return np.linalg.solve(h.T @ h + ridge * np.eye(h.shape[1]), h.T @ y)


if __name__ == "__main__":
    series = signal(500)
    h = states(series[:-1])
    coef = fit(h[50:400], series[51:401])
    error = h[400:] @ coef - series[401:]
    print(f"rmse {np.sqrt(np.mean(error ** 2)):.4f}")
    print("DIGEST", hashlib.sha256(error.round(8).tobytes()).hexdigest())
