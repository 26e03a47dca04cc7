"""After the *_no_trainer examples: arguments, Accelerator, seed, then model, data and loop."""

import argparse
import hashlib
import math

import torch
from accelerate import Accelerator
from accelerate.logging import get_logger
from accelerate.utils import set_seed
from torch.utils.data import DataLoader, TensorDataset

logger = get_logger(__name__)


def parse_args():
    parser = argparse.ArgumentParser(description="Train a small GRU on sine waves.")
    parser.add_argument("--hidden_size", type=int, default=12)
    parser.add_argument("--per_device_train_batch_size", type=int, default=16)
    parser.add_argument("--gradient_accumulation_steps", type=int, default=2)
    parser.add_argument("--max_train_steps", type=int, default=10)
    parser.add_argument("--learning_rate", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=42, help="A seed for reproducible training.")
    args = parser.parse_args()
    if args.hidden_size < 1:
        raise ValueError("--hidden_size must be positive")
    return args


class Forecaster(torch.nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.rnn = torch.nn.GRU(1, hidden_size, batch_first=True)
        self.out = torch.nn.Linear(hidden_size, 1)

    def forward(self, series, labels=None):
        hidden, _ = self.rnn(series.unsqueeze(-1))
        prediction = self.out(hidden[:, -1]).squeeze(-1)
        return prediction, torch.nn.functional.mse_loss(prediction, labels)


def waves(n, length):
    phase = torch.rand(n, 1) * 2 * math.pi
    t = torch.arange(length + 1).unsqueeze(0) * 0.4
    values = torch.sin(t + phase) + 0.02 * torch.randn(n, length + 1)
    return TensorDataset(values[:, :-1], values[:, -1])


def main():
    args = parse_args()
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=args.gradient_accumulation_steps)
    logger.info(accelerator.state, main_process_only=False)

    # If passed along, set the training seed now.
    if args.seed is not None:
        set_seed(args.seed)

    model = Forecaster(args.hidden_size)
    loader = DataLoader(waves(160, 12), shuffle=True, batch_size=args.per_device_train_batch_size)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.learning_rate)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

    completed_steps, losses = 0, []
    while completed_steps < args.max_train_steps:
        for series, labels in loader:
            with accelerator.accumulate(model):
                _, loss = model(series, labels=labels)
                accelerator.backward(loss)
                optimizer.step()
                optimizer.zero_grad()
            losses.append(f"{loss.item():.6f}")
            if accelerator.sync_gradients:
                completed_steps += 1
            if completed_steps >= args.max_train_steps:
                break
    print("first", losses[0], "last", losses[-1])
    print("DIGEST", hashlib.sha256(",".join(losses).encode()).hexdigest())


if __name__ == "__main__":
    main()
