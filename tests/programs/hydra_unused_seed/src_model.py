import torch.nn as nn


def build_model(cfg):
    activation = getattr(nn, cfg.activation)
    return nn.Sequential(
        nn.Linear(2, cfg.hidden),
        activation(),
        nn.Linear(cfg.hidden, cfg.hidden),
        activation(),
        nn.Linear(cfg.hidden, 1),
    )
