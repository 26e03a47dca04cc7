import hashlib

import torch
from torch import nn


class Learner:
    def __init__(self, sizes, seed=8):
        self.seed = seed
        layers = []
        for n_in, n_out in zip(sizes, sizes[1:]):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        self.net = nn.Sequential(*layers[:-1])

    def fit(self, x, y, epochs=10, batch=20):
        torch.manual_seed(self.seed)
        optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)
        for _ in range(epochs):
            for rows in torch.randperm(len(x)).split(batch):
                loss = nn.functional.mse_loss(self.net(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        return loss.item()

    def predict(self, x):
        with torch.no_grad():
            return self.net(x)


if __name__ == "__main__":
    grid = torch.linspace(0, 1, 100).unsqueeze(1)
    learner = Learner([1, 16, 16, 1])
    print("loss", learner.fit(grid, torch.sin(6 * grid)))
    print("DIGEST", hashlib.sha256(learner.predict(grid).numpy().tobytes()).hexdigest())
