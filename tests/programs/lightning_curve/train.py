import hashlib
import logging
import math
import tempfile

import lightning.pytorch as pl
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class CurveDataset(Dataset):
    """Points on a Lissajous curve, with the phase as the label."""

    def __init__(self, n=240, a=3, b=2):
        self.t = torch.arange(n) * (2 * math.pi / n)
        self.xy = torch.stack([torch.sin(a * self.t), torch.cos(b * self.t)], dim=1)

    def __len__(self):
        return len(self.t)

    def __getitem__(self, i):
        return self.xy[i], torch.cos(self.t[i])


class LitRegressor(pl.LightningModule):
    def __init__(self, hidden=16, lr=0.02):
        super().__init__()
        self.save_hyperparameters()
        self.net = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Dropout(0.1), nn.Linear(hidden, 1))
        self.history = []

    def forward(self, x):
        return self.net(x).squeeze(-1)

    def training_step(self, batch, batch_idx):
        x, y = batch
        loss = F.mse_loss(self(x), y)
        self.history.append(round(loss.item(), 6))
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=self.hparams.lr)


if __name__ == "__main__":
    loader = DataLoader(CurveDataset(), batch_size=24, shuffle=True)
    model = LitRegressor()
    with tempfile.TemporaryDirectory() as root:
        trainer = pl.Trainer(
            max_epochs=3,
            accelerator="cpu",
            default_root_dir=root,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(model, loader)
    print("steps", len(model.history), "last loss", model.history[-1])
    print("DIGEST", hashlib.sha256(str(model.history).encode()).hexdigest())
