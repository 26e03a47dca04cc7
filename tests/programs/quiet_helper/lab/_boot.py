import random as _r

from numpy.random import seed as _s


def strap(level):
    base = 1000 + level
    _r.seed(base)
    _s(base)
