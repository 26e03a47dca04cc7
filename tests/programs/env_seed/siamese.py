"""Contrastive embedding of digits written in unary. SEED and EPOCHS come from the environment."""
import hashlib
import os
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

SEED = int(os.environ.get("SEED", "13"))
EPOCHS = int(os.getenv("EPOCHS", 4))


def pairs(n, width=8):
    left, right, same = [], [], []
    for _ in range(n):
        a = random.randrange(width)
        b = a if random.random() < 0.5 else random.randrange(width)
        left.append([1.0] * a + [0.0] * (width - a))
        right.append([0.0] * (width - b) + [1.0] * b)
        same.append(float(a == b))
    return TensorDataset(torch.tensor(left), torch.tensor(right), torch.tensor(same))


def contrastive(u, v, same, margin=1.0):
    distance = (u - v).norm(dim=1)
    return (same * distance**2 + (1 - same) * (margin - distance).clamp(min=0) ** 2).mean()


def main():
    random.seed(SEED)
    torch.manual_seed(SEED)
    loader = DataLoader(pairs(128), batch_size=16, shuffle=True, drop_last=True)
    embed = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))
    optimizer = torch.optim.Adam(embed.parameters(), lr=0.01)
    for epoch in range(EPOCHS):
        for left, right, same in loader:
            loss = contrastive(embed(left), embed(right), same)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.4f}")
    print("DIGEST", hashlib.sha256(embed[0].weight.detach().numpy().tobytes()).hexdigest())


if __name__ == "__main__":
    main()
