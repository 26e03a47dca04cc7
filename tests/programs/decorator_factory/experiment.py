"""Compares initialisations of a tiny network."""
import hashlib

import torch
from torch import nn

from tracking import run


def network(init):
    net = nn.Sequential(nn.Linear(2, 12), nn.Tanh(), nn.Linear(12, 1))
    for parameter in net.parameters():
        if parameter.dim() > 1:
            init(parameter)
    return net


@run(name="init-study", state=4)
def study(steps=25):
    x = torch.rand(64, 2) * 2 - 1
    y = x.prod(dim=1, keepdim=True)
    results = {}
    for init in (nn.init.xavier_normal_, nn.init.kaiming_uniform_, nn.init.orthogonal_):
        net = network(init)
        optimizer = torch.optim.Rprop(net.parameters(), lr=0.01)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(x), y)
            loss.backward()
            optimizer.step()
        results[init.__name__] = round(loss.item(), 6)
    return results


if __name__ == "__main__":
    outcome = study()
    for name, loss in outcome.items():
        print(f"{name:20s} {loss:.5f}")
    print("DIGEST", hashlib.sha256(repr(outcome).encode()).hexdigest())
