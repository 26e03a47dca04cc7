import numpy as np
import torch


def spirals(rows, noise, arms=3):
    per_arm = rows // arms
    x, y = [], []
    for arm in range(arms):
        radius = np.linspace(0.1, 1, per_arm)
        angle = np.linspace(4 * arm, 4 * (arm + 1), per_arm) + noise * np.random.randn(per_arm)
        x.append(np.c_[radius * np.sin(angle), radius * np.cos(angle)])
        y += [arm] * per_arm
    return torch.tensor(np.concatenate(x), dtype=torch.float32), torch.tensor(y)
