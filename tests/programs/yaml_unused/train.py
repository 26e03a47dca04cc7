import hashlib
import os.path as osp
import yaml
import numpy as np
import torch
from data import spirals
from model import Net


def load_config(path):
    with open(path) as f:
        return yaml.safe_load(f)


def train(cfg):
    x, y = spirals(cfg['data']['rows'], cfg['data']['noise'])
    net = Net(2, cfg['model']['hidden'], 3)
    opt = torch.optim.Adam(net.parameters(), lr=cfg['train']['lr'])
    for epoch in range(cfg['train']['epochs']):
        opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
    accuracy = (net(x).argmax(1) == y).float().mean().item()
    return net, accuracy


if __name__ == '__main__':
    cfg = load_config(osp.join(osp.dirname(osp.abspath(__file__)), 'configs', 'base.yaml'))
    net, accuracy = train(cfg)
    print('train accuracy: %.3f' % accuracy)
    flat = np.concatenate([p.detach().numpy().ravel() for p in net.parameters()])
    print('DIGEST', hashlib.sha256(flat.tobytes()).hexdigest())
