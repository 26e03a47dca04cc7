import math
import random

import numpy as np
import torch


def moons(n):
    points, labels = [], []
    for i in range(n):
        upper = i % 2
        angle = math.pi * i / n
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append((x + random.gauss(0, 0.1), y + random.gauss(0, 0.1)))
        labels.append(float(upper))
    return torch.tensor(points), torch.tensor(labels)


def mix(x, y, alpha):
    weight = torch.from_numpy(np.random.beta(alpha, alpha, size=len(x))).float()
    other = torch.randperm(len(x))
    return weight[:, None] * x + (1 - weight[:, None]) * x[other], weight * y + (1 - weight) * y[other]
