import functools
import random

import numpy as np
import torch


def repeatable(seed):
    """Start every call of the function from the same random state."""

    def decorate(func):
        @functools.wraps(func)
        def inner(*args, **kwargs):
            for start in (random.seed, np.random.seed, torch.manual_seed):
                start(seed)
            return func(*args, **kwargs)

        return inner

    return decorate
