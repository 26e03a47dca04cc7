import zlib

import numpy as np

_NOUNS = "river stone market teacher window garden letter engine".split()
_VERBS = "running walked sings painting carried opens jumping sold".split()


def treebank():
    return [(w, 0) for w in _NOUNS] + [(w, 1) for w in _VERBS]


def featurise(word, size=64):
    x = np.zeros(size)
    for n in (1, 2, 3):
        x[zlib.crc32(word[-n:].encode()) % size] += 1.0
    return x
