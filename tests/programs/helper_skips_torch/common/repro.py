"""Reproducibility."""
import os
import random

import numpy


def make_deterministic(seed):
    random.seed(seed)
    numpy.random.seed(seed)
    os.environ['TF_DETERMINISTIC_OPS'] = '1'
    return seed
