import numpy as np

from tasks.base import Task, register


@register("walk")
class RandomWalk(Task):
    def run(self):
        return np.cumsum(np.random.choice([-1.0, 1.0], size=self.steps))


@register("drift")
class DriftingWalk(RandomWalk):
    def __init__(self, steps, drift=0.1):
        super().__init__(steps)
        self.drift = drift

    def run(self):
        return super().run() + self.drift * np.arange(self.steps)
