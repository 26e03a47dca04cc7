import numpy as np

TASKS = {}


def register(name):
    def add(cls):
        TASKS[name] = cls
        return cls

    return add


class Task:
    seed = 64

    def __init__(self, steps):
        np.random.seed(self.seed)
        self.steps = steps

    def run(self):
        raise NotImplementedError
