"""k-means with k-means++ starts.

Use it as a library::

    labels, centres = kmeans(points, k=3)

or run the file for a demonstration.
"""
import hashlib

import numpy as np

__all__ = ["kmeans"]


def _plus_plus(points, k):
    centres = [points[np.random.randint(len(points))]]
    while len(centres) < k:
        distance = np.min([((points - c) ** 2).sum(axis=1) for c in centres], axis=0)
        centres.append(points[np.random.choice(len(points), p=distance / distance.sum())])
    return np.array(centres)


def kmeans(points, k, iterations=20):
    """Returns labels and centres."""
    centres = _plus_plus(points, k)
    for _ in range(iterations):
        labels = ((points[:, None] - centres[None]) ** 2).sum(axis=-1).argmin(axis=1)
        for j in range(k):
            if np.any(labels == j):
                centres[j] = points[labels == j].mean(axis=0)
    return labels, centres


def _demo():
    np.random.seed(3)
    points = np.concatenate([np.random.randn(40, 2) + shift for shift in ((0, 0), (5, 1), (2, 6))])
    labels, centres = kmeans(points, k=3)
    print("sizes", np.bincount(labels))
    print("DIGEST", hashlib.sha256(centres.round(8).tobytes()).hexdigest())


if __name__ == "__main__":
    _demo()
