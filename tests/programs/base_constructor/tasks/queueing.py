import numpy as np

from tasks.base import Task, register


@register("queue")
class SingleServer(Task):
    """Waiting times of an M/M/1 queue (Lindley's recursion)."""

    def __init__(self, steps, load=0.8):
        super().__init__(steps)
        self.gaps = np.random.exponential(1.0, size=steps)
        self.services = np.random.exponential(load, size=steps)

    def run(self):
        waits = np.zeros(self.steps)
        for i in range(1, self.steps):
            waits[i] = max(0.0, waits[i - 1] + self.services[i - 1] - self.gaps[i])
        return waits
