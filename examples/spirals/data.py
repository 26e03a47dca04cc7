"""Two noisy spirals, and batches of them in random order."""

import numpy as np
import torch


def two_spirals(count):
    labels = np.arange(count) % 2
    radius = np.linspace(0.2, 1.0, count)
    angle = 6.0 * radius + np.pi * labels
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    points += np.random.normal(scale=0.03, size=points.shape)
    return torch.tensor(points, dtype=torch.float32), torch.tensor(labels)


def batches(points, labels, size):
    order = torch.randperm(len(points))
    for start in range(0, len(points), size):
        chosen = order[start : start + size]
        yield points[chosen], labels[chosen]
