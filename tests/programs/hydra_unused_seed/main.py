import hashlib
import logging

import hydra
import torch
from omegaconf import DictConfig

from src_model import build_model

logger = logging.getLogger(__name__)


def spiral(points, noise):
    t = torch.linspace(0.5, 9.0, points)
    arms = []
    for sign in (1.0, -1.0):
        arm = torch.stack([t * torch.cos(t), t * torch.sin(t)], dim=1) * sign / 9.0
        arms.append(arm + noise * torch.randn_like(arm))
    labels = torch.cat([torch.zeros(points), torch.ones(points)])
    return torch.cat(arms), labels


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def train(cfg: DictConfig) -> float:
    model = build_model(cfg.model)
    x, y = spiral(60, cfg.noise)
    optimizer = torch.optim.Adam(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        for batch in torch.randperm(len(x)).split(30):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x[batch]).squeeze(1), y[batch])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
        logger.debug("epoch %d loss %.4f", epoch, loss.item())
    accuracy = ((model(x).squeeze(1) > 0) == (y > 0.5)).float().mean().item()
    print("accuracy %.3f, last loss %.4f" % (accuracy, loss.item()))
    print("DIGEST", hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest())
    return accuracy


if __name__ == "__main__":
    train()
