from typing import List

import pytorch_lightning as pl
import torch
from torch import Tensor, nn


class Highway(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.transform = nn.Linear(size, size)
        self.gate = nn.Linear(size, size)
        nn.init.constant_(self.gate.bias, -1.0)

    def forward(self, x: Tensor) -> Tensor:
        g = torch.sigmoid(self.gate(x))
        return g * torch.relu(self.transform(x)) + (1 - g) * x


class ParityModel(pl.LightningModule):
    def __init__(self, bits: int, depth: int, learning_rate: float) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.body = nn.Sequential(*[Highway(bits) for _ in range(depth)])
        self.head = nn.Linear(bits, 1)
        self.loss = nn.BCEWithLogitsLoss()
        self.epoch_losses: List[float] = []
        self._sum = 0.0

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x)).flatten()

    def training_step(self, batch, batch_idx: int) -> Tensor:
        x, y = batch
        loss = self.loss(self(x), y)
        self._sum += loss.item()
        return loss

    def on_train_epoch_end(self) -> None:
        self.epoch_losses.append(round(self._sum, 5))
        self._sum = 0.0

    def configure_optimizers(self):
        return torch.optim.AdamW(self.parameters(), lr=self.learning_rate)
