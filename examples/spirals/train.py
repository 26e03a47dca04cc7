"""Train a small network to tell two spirals apart. Run it twice: the accuracy differs. `reprolint check` says why."""

import argparse

import torch
from data import batches, two_spirals
from model import Classifier
from seeding import fix_seeds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    model = Classifier(hidden=32)
    fix_seeds(args.seed)
    points, labels = two_spirals(400)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(args.epochs):
        for x, y in batches(points, labels, 40):
            loss = torch.nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    accuracy = (model(points).argmax(dim=1) == labels).float().mean()
    print(f"accuracy {accuracy:.4f}, last loss {loss.item():.6f}")


if __name__ == "__main__":
    main()
