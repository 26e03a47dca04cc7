import argparse
import hashlib

import pytorch_lightning as pl
import torch
from models import ParityModel
from torch.utils.data import DataLoader, TensorDataset


def make_loader(bits: int, batch_size: int) -> DataLoader:
    codes = torch.arange(2**bits)
    x = torch.stack([(codes >> k) & 1 for k in range(bits)], dim=1).float()
    y = (x.sum(1) % 2 == 0).float()
    return DataLoader(TensorDataset(x * 2 - 1, y), batch_size=batch_size, shuffle=True)


def main(args: argparse.Namespace) -> None:
    model = ParityModel(args.bits, args.depth, args.learning_rate)
    train_loader = make_loader(args.bits, args.batch_size)

    # make the training reproducible
    pl.seed_everything(args.seed, workers=True)
    trainer = pl.Trainer(
        max_epochs=args.max_epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(model, train_dataloaders=train_loader)

    print("losses", model.epoch_losses)
    print("DIGEST", hashlib.md5(repr(model.epoch_losses).encode()).hexdigest())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bits", type=int, default=6)
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--batch_size", type=int, default=16)
    parser.add_argument("--learning_rate", type=float, default=1e-2)
    parser.add_argument("--max_epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1234)
    main(parser.parse_args())
