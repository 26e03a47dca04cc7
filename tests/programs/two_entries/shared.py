import hashlib
import json

import numpy as np


def toy_data(n):
    x = np.sort(np.random.uniform(-2, 2, n))
    return x, np.sin(3 * x) + 0.1 * np.random.randn(n)


def kernel(a, b, length):
    return np.exp(-0.5 * ((a[:, None] - b[None, :]) / length) ** 2)


def checksum(values):
    return hashlib.sha256(json.dumps({str(k): v for k, v in values.items()}).encode()).hexdigest()
