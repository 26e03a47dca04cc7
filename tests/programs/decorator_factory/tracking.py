"""A run tracker in miniature."""
import functools
import time
import uuid

import torch


class run:
    """Decorator with arguments: prepares the process, times the function."""

    def __init__(self, name, state=0):
        self.name = name
        self.state = state
        self.id = uuid.uuid4().hex

    def prepare(self):
        torch.random.manual_seed(self.state)

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            self.prepare()
            start = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                print(f"{self.name} {self.id[:6]} took {time.perf_counter() - start:.2f} s")

        return wrapper
