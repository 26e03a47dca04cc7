r"""Online k-means on a stream of points.

Usage:
  python kmeans_main.py --clusters=4 --seed=1
"""

import hashlib

from absl import app
from absl import flags
from absl import logging
import numpy as np

FLAGS = flags.FLAGS

flags.DEFINE_integer('clusters', 3, 'Number of centres.', lower_bound=1)
flags.DEFINE_integer('seed', None, 'Seed of the pseudo-random numbers, or None for a different stream each time.')
_STEPS = flags.DEFINE_integer('steps', 400, 'Points to read.')
_SPREAD = flags.DEFINE_float('spread', 0.3, 'Standard deviation around each true centre.')


def point_stream(steps, spread):
  corners = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0], [3.0, 3.0]])
  for _ in range(steps):
    yield corners[np.random.randint(len(corners))] + np.random.normal(scale=spread, size=2)


def online_kmeans(stream, clusters):
  centres = np.random.uniform(0.0, 3.0, size=(clusters, 2))
  counts = np.zeros(clusters, dtype=int)
  for point in stream:
    nearest = int(np.argmin(((centres - point) ** 2).sum(axis=1)))
    counts[nearest] += 1
    centres[nearest] += (point - centres[nearest]) / counts[nearest]
  return centres, counts


def main(argv):
  if len(argv) > 1:
    raise app.UsageError('Too many command-line arguments.')
  if FLAGS.seed is not None:
    np.random.seed(FLAGS.seed)
  centres, counts = online_kmeans(point_stream(_STEPS.value, _SPREAD.value), FLAGS.clusters)
  logging.info('counts: %s', counts)
  for centre, count in zip(centres, counts):
    print('(%.3f, %.3f) x %d' % (centre[0], centre[1], count))
  print('DIGEST', hashlib.md5(centres.tobytes() + counts.tobytes()).hexdigest())


if __name__ == '__main__':
  app.run(main)
