import hashlib

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader

from crops import RandomCrops


class Classifier(nn.Module):
    def __init__(self, classes=3):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4, classes)

    def forward(self, x):
        x = F.relu(self.conv(x))
        return self.fc(x.mean(dim=(2, 3)))


def train(model, loader, optimizer, epoch):
    model.train()
    for batch_idx, (data, target) in enumerate(loader):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(data), target)
        loss.backward()
        optimizer.step()
    print('Train Epoch: {} [{} batches]\tLoss: {:.6f}'.format(epoch, batch_idx + 1, loss.item()))


def main():
    np.random.seed(0)  # the crops are random
    loader = DataLoader(RandomCrops(length=64, crop=8), batch_size=16, shuffle=True, num_workers=2)
    model = Classifier()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(1, 3):
        train(model, loader, optimizer, epoch)
    state = torch.cat([p.detach().flatten() for p in model.parameters()])
    print('DIGEST', hashlib.sha256(state.numpy().tobytes()).hexdigest())


if __name__ == '__main__':
    main()
