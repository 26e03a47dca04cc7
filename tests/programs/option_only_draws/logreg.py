#!/usr/bin/env python3
"""Logistic regression by Newton's method. Deterministic unless asked otherwise."""
import argparse
import hashlib

import numpy as np


def dataset(n):
    t = np.linspace(0, 6, n)
    x = np.c_[np.ones(n), np.sin(t), np.cos(2 * t), t]
    return x, (np.sin(t) + 0.3 * np.cos(5 * t) > 0).astype(float)


def jitter(x, scale):
    """Adds noise, to see how stable the coefficients are."""
    return x + np.random.normal(scale=scale, size=x.shape)


def newton(x, y, ridge=1e-2, iterations=8):
    w = np.zeros(x.shape[1])
    for _ in range(iterations):
        p = 1 / (1 + np.exp(-x @ w))
        hessian = (x * (p * (1 - p))[:, None]).T @ x + ridge * np.eye(x.shape[1])
        w += np.linalg.solve(hessian, x.T @ (y - p) - ridge * w)
    return w


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=120)
    parser.add_argument("--jitter", type=float, default=None, help="scale of noise added to the inputs")
    parser.add_argument("--bootstrap", action="store_true", help="resample the rows first")
    options = parser.parse_args(argv)

    x, y = dataset(options.n)
    if options.bootstrap:
        rows = np.random.choice(options.n, size=options.n)
        x, y = x[rows], y[rows]
    if options.jitter is not None:
        x = jitter(x, options.jitter)
    w = newton(x, y)
    print("coefficients", w.round(4))
    print("DIGEST", hashlib.sha256(w.round(8).tobytes()).hexdigest())


if __name__ == "__main__": main()
