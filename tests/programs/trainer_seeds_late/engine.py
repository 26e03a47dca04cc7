import hashlib
import logging

import torch
from torch import nn

log = logging.getLogger(__name__)


class AutoEncoder(nn.Module):
    def __init__(self, width, code_size):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(width, 12), nn.Tanh(), nn.Linear(12, code_size))
        self.decoder = nn.Sequential(nn.Linear(code_size, 12), nn.Tanh(), nn.Linear(12, width))

    def forward(self, x):
        return self.decoder(self.encoder(x))


class Trainer:
    """Owns model, optimizer and data; ``run()`` does everything."""

    width = 10

    def __init__(self, args):
        self.args = args
        self.model = self.build_model()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.1, momentum=0.9)
        self.losses = []

    def build_model(self):
        return AutoEncoder(self.width, self.args.code_size)

    def seed_everything(self):
        torch.manual_seed(self.args.seed)
        log.info("seed %d", self.args.seed)

    def batches(self):
        basis = torch.linspace(-1, 1, 3 * self.width).reshape(3, self.width)
        for _ in range(self.args.iterations):
            yield torch.randn(16, 3) @ basis

    def run(self):
        self.seed_everything()
        for batch in self.batches():
            self.optimizer.zero_grad()
            loss = nn.functional.mse_loss(self.model(batch), batch)
            loss.backward()
            self.optimizer.step()
            self.losses.append(round(loss.item(), 6))
        print(f"first {self.losses[0]:.4f} last {self.losses[-1]:.4f}")
        print("DIGEST", hashlib.md5(repr(self.losses).encode()).hexdigest())
