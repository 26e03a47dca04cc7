"""Learn the XOR gate."""
import hashlib

import torch
from torch import nn

INPUTS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = torch.tensor([[0.0], [1.0], [1.0], [0.0]])


def fix_randomness(seed=0):
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = True


def make_model():
    return nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 1), nn.Sigmoid())


def train(model, steps=120):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for step in range(steps):
        loss = nn.functional.binary_cross_entropy(model(INPUTS), TARGETS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 40 == 0:
            print(f"{step:4d} {loss.item():.4f}")


def main():
    model = make_model()
    train(model)
    with torch.no_grad():
        out = model(INPUTS)
    print(out.flatten().tolist())
    print("DIGEST", hashlib.sha256(out.numpy().tobytes()).hexdigest())


if __name__ == "__main__":
    main()
