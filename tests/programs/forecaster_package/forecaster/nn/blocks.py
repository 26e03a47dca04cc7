from torch import Tensor, nn


class ResidualBlock(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.inner(x)


class Forecaster(nn.Module):
    def __init__(self, window: int, depth: int = 2) -> None:
        super().__init__()
        self.blocks = nn.Sequential(*(ResidualBlock(window) for _ in range(depth)))
        self.head = nn.Linear(window, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.blocks(x)).squeeze(-1)
