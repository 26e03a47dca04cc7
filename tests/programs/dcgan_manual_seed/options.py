import argparse


class Options(object):
    def __init__(self):
        self.parser = argparse.ArgumentParser()
        self.initialized = False

    def initialize(self):
        self.parser.add_argument('--nz', type=int, default=4, help='size of the latent z vector')
        self.parser.add_argument('--ngf', type=int, default=12)
        self.parser.add_argument('--ndf', type=int, default=12)
        self.parser.add_argument('--niter', type=int, default=30)
        self.parser.add_argument('--batchSize', type=int, default=32)
        self.parser.add_argument('--lr', type=float, default=0.005)
        self.parser.add_argument('--beta1', type=float, default=0.5)
        self.parser.add_argument('--manualSeed', type=int, help='manual seed')
        self.initialized = True

    def parse(self):
        if not self.initialized:
            self.initialize()
        opt, unknown = self.parser.parse_known_args()
        if unknown:
            print('ignored: ' + ' '.join(unknown))
        return opt
