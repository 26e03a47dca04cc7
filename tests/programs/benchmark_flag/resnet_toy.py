import argparse
import hashlib
import time

import torch
import torch.backends.cudnn as cudnn
import torch.nn as nn
import torch.nn.functional as F

parser = argparse.ArgumentParser(description='Toy ResNet Training')
parser.add_argument('-b', '--batch-size', default=16, type=int, metavar='N')
parser.add_argument('--lr', '--learning-rate', default=0.05, type=float, metavar='LR')
parser.add_argument('-p', '--print-freq', default=4, type=int, metavar='N')


class BasicBlock(nn.Module):
    def __init__(self, planes):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(out)) + x)


def resnet(depth, planes=6):
    layers = [nn.Conv2d(1, planes, 3, padding=1)]
    layers += [BasicBlock(planes) for _ in range(depth)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(planes, 2))


class AverageMeter(object):
    def __init__(self):
        self.sum = self.count = 0

    def update(self, val, n=1):
        self.sum += val * n
        self.count += n

    @property
    def avg(self):
        return self.sum / max(self.count, 1)


def main():
    args = parser.parse_args()
    device = 'cuda' if torch.cuda.is_available() else 'cpu'
    model = resnet(2).to(device)
    if device == 'cuda':
        model = nn.DataParallel(model)
    cudnn.benchmark = True

    ramp = torch.linspace(-1, 1, 8)
    images = torch.stack([ramp[:, None] * k * ramp + (k % 2) * ramp.abs() for k in range(64)])[:, None]
    labels = torch.arange(64) % 2

    optimizer = torch.optim.SGD(model.parameters(), args.lr, momentum=0.9, weight_decay=1e-4)
    losses = AverageMeter()
    end = time.time()
    for i, index in enumerate(torch.randperm(len(images)).split(args.batch_size)):
        output = model(images[index].to(device))
        loss = F.cross_entropy(output, labels[index].to(device))
        losses.update(loss.item(), len(index))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if i % args.print_freq == 0:
            print('[{0}] Time {1:.3f} Loss {2:.4f}'.format(i, time.time() - end, losses.avg))
    weight = torch.cat([p.detach().cpu().flatten() for p in model.parameters()])
    print('DIGEST', hashlib.sha256(weight.numpy().tobytes()).hexdigest())


if __name__ == '__main__':
    main()
