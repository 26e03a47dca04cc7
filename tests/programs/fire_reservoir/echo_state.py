import hashlib
import os

import fire
import numpy as np


class EchoState(object):
  """Echo state network that continues a Mackey-Glass-like series.

  Args:
    units: size of the reservoir.
    radius: spectral radius.
    seed: drawn from the system if it is not given.
  """

  def __init__(self, units=40, radius=0.9, leak=0.5, seed=None):
    if seed is None:
      seed = int.from_bytes(os.urandom(4), 'little')
    self.seed = seed
    np.random.seed(seed)
    weights = np.random.randn(units, units)
    weights *= np.random.rand(units, units) < 0.2
    self.weights = weights * radius / np.abs(np.linalg.eigvals(weights)).max()
    self.w_in = np.random.uniform(-0.5, 0.5, units)
    self.leak = leak

  def _series(self, length, delay=17):
    values = [1.2] * (delay + 1)
    for _ in range(length):
      late = values[-delay - 1]
      values.append(values[-1] * 0.9 + 0.2 * late / (1.0 + late ** 10))
    return np.array(values[delay:])

  def _states(self, inputs):
    state = np.zeros(len(self.w_in))
    for value in inputs:
      state = (1 - self.leak) * state + self.leak * np.tanh(self.w_in * value + self.weights @ state)
      yield state

  def train(self, steps=300, washout=50, ridge=1e-4):
    series = self._series(steps)
    states = np.array(list(self._states(series[:-1])))[washout:]
    targets = series[1 + washout:]
    gram = states.T @ states + ridge * np.eye(states.shape[1])
    readout = np.linalg.solve(gram, states.T @ targets)
    error = float(np.sqrt(np.mean((states @ readout - targets) ** 2)))
    print('rmse %.5f' % error)
    print('DIGEST', hashlib.sha256(np.round(readout, 6).tobytes()).hexdigest())

  def describe(self):
    print('reservoir of %d units, seed %d' % (len(self.w_in), self.seed))


if __name__ == '__main__':
  fire.Fire(EchoState)
