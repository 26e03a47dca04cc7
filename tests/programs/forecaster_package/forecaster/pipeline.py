from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import torch

from .nn import Forecaster


@dataclass(frozen=True)
class PipelineConfig:
    window: int = 12
    horizon: int = 6
    steps: int = 40
    learning_rate: float = 0.01


@dataclass
class Outcome:
    forecast: list[float] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr([round(value, 5) for value in self.forecast]).encode()).hexdigest()


class Pipeline:
    def __init__(self, config: PipelineConfig) -> None:
        self.config = config

    def series(self) -> torch.Tensor:
        t = torch.arange(96.0)
        return torch.sin(t * 2 * torch.pi / 12) + 0.01 * t

    def fit(self, series: torch.Tensor) -> Forecaster:
        windows = series.unfold(0, self.config.window + 1, 1)
        network = Forecaster(self.config.window)
        optimizer = torch.optim.AdamW(network.parameters(), lr=self.config.learning_rate)
        for _ in range(self.config.steps):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(network(windows[:, :-1]), windows[:, -1])
            loss.backward()
            optimizer.step()
        return network.eval()

    @torch.no_grad()
    def execute(self) -> Outcome:
        series = self.series()
        with torch.enable_grad():
            network = self.fit(series)
        outcome, window = Outcome(), series[-self.config.window :]
        for _ in range(self.config.horizon):
            following = network(window)
            outcome.forecast.append(following.item())
            window = torch.cat([window[1:], following.reshape(1)])
        return outcome
