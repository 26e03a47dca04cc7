"""Distils a function into a small student network."""
import hashlib

import numpy as np
import torch

from common.nets import mlp
from common.repro import make_deterministic as deterministic

deterministic(2718)


def teacher(x):
    return np.sin(3 * x[:, :1]) * np.cos(2 * x[:, 1:]) + 0.05 * np.random.randn(len(x), 1)


x = np.random.uniform(-1, 1, size=(128, 2))
y = torch.tensor(teacher(x), dtype=torch.float32)
x = torch.tensor(x, dtype=torch.float32)

student = mlp([2, 24, 24, 1])
optimizer = torch.optim.Adam(student.parameters(), lr=5e-3)
for epoch in range(8):
    student.train()
    for rows in torch.randperm(len(x)).split(32):
        optimizer.zero_grad()
        loss = torch.nn.functional.smooth_l1_loss(student(x[rows]), y[rows])
        loss.backward()
        optimizer.step()

student.eval()
with torch.no_grad():
    error = (student(x) - y).abs().mean()
print("mean absolute error {:.4f}".format(error.item()))
print("DIGEST", hashlib.sha256(student[0].weight.detach().numpy().tobytes()).hexdigest())
