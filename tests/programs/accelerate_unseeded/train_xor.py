import hashlib
import random

import torch
import torch.nn as nn
from accelerate import Accelerator
from torch.utils.data import DataLoader


class Corrupted:
    """Two-bit XOR; a label is flipped now and then each time it is read."""

    def __init__(self, copies, flip_prob):
        self.points = [(a, b) for a in (0.0, 1.0) for b in (0.0, 1.0)] * copies
        self.flip_prob = flip_prob

    def __len__(self):
        return len(self.points)

    def __getitem__(self, idx):
        a, b = self.points[idx]
        label = float(a != b)
        if random.random() < self.flip_prob:
            label = 1.0 - label
        return torch.tensor([a, b]), torch.tensor([label])


def build(hidden):
    model = nn.Sequential(nn.Linear(2, hidden), nn.ReLU(), nn.Linear(hidden, 1))
    return model, torch.optim.RMSprop(model.parameters(), lr=1e-2)


def training_function(config):
    accelerator = Accelerator(cpu=True)
    model, optimizer = build(config["hidden"])
    loader = DataLoader(Corrupted(config["copies"], config["flip"]), batch_size=config["batch_size"], shuffle=True)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=30, gamma=0.5)
    model, optimizer, loader, scheduler = accelerator.prepare(model, optimizer, loader, scheduler)

    model.train()
    total = []
    for epoch in range(config["epochs"]):
        epoch_loss = 0.0
        for inputs, labels in loader:
            with accelerator.accumulate(model):
                loss = nn.functional.binary_cross_entropy_with_logits(model(inputs), labels)
                accelerator.backward(loss)
                optimizer.step()
                scheduler.step()
                optimizer.zero_grad()
            epoch_loss += loss.detach().item()
        total.append(round(epoch_loss, 6))
        accelerator.print(f"epoch {epoch}: {epoch_loss:.4f}")

    accelerator.end_training()
    weights = accelerator.unwrap_model(model).state_dict()
    return total, {name: tensor.tolist() for name, tensor in weights.items()}


def main():
    config = {"hidden": 8, "copies": 12, "flip": 0.1, "batch_size": 8, "epochs": 3}
    history, weights = training_function(config)
    print("DIGEST", hashlib.sha256(repr((history, weights)).encode()).hexdigest())


if __name__ == "__main__":
    main()
