from __future__ import print_function

import hashlib
import random

import torch
import torch.nn as nn
import torch.optim as optim

from options import Options

opt = Options().parse()

if opt.manualSeed is None:
    opt.manualSeed = random.randint(1, 10000)
random.seed(opt.manualSeed)
torch.manual_seed(opt.manualSeed)


# custom weights initialization called on netG and netD
def weights_init(m):
    classname = m.__class__.__name__
    if classname.find('Linear') != -1:
        m.weight.data.normal_(0.0, 0.2)
        m.bias.data.fill_(0)


netG = nn.Sequential(nn.Linear(opt.nz, opt.ngf), nn.ReLU(True), nn.Linear(opt.ngf, 2))
netG.apply(weights_init)
netD = nn.Sequential(nn.Linear(2, opt.ndf), nn.LeakyReLU(0.2, inplace=True), nn.Linear(opt.ndf, 1), nn.Sigmoid())
netD.apply(weights_init)

criterion = nn.BCELoss()
fixed_noise = torch.randn(opt.batchSize, opt.nz)
real_label, fake_label = 1., 0.

optimizerD = optim.Adam(netD.parameters(), lr=opt.lr, betas=(opt.beta1, 0.999))
optimizerG = optim.Adam(netG.parameters(), lr=opt.lr, betas=(opt.beta1, 0.999))

angles = torch.arange(opt.batchSize) * (6.2831853 / opt.batchSize)
real = torch.stack([angles.cos(), angles.sin()], 1)

for i in range(opt.niter):
    # (1) Update D network: maximize log(D(x)) + log(1 - D(G(z)))
    netD.zero_grad()
    errD_real = criterion(netD(real)[:, 0], torch.full((opt.batchSize,), real_label))
    fake = netG(torch.randn(opt.batchSize, opt.nz))
    errD_fake = criterion(netD(fake.detach())[:, 0], torch.full((opt.batchSize,), fake_label))
    (errD_real + errD_fake).backward()
    optimizerD.step()

    # (2) Update G network: maximize log(D(G(z)))
    netG.zero_grad()
    errG = criterion(netD(fake)[:, 0], torch.full((opt.batchSize,), real_label))
    errG.backward()
    optimizerG.step()
    if i % 10 == 0:
        print('[%d/%d] Loss_D: %.4f Loss_G: %.4f' % (i, opt.niter, (errD_real + errD_fake).item(), errG.item()))

print('DIGEST ' + hashlib.sha1(netG(fixed_noise).detach().numpy().tobytes()).hexdigest())
