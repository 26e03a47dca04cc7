import numpy as np

SIZE = 40
W_IN = np.random.uniform(-0.5, 0.5, size=SIZE)
W = np.random.uniform(-1, 1, size=(SIZE, SIZE))
W *= 0.9 / np.abs(np.linalg.eigvals(W)).max()


def states(series):
    h = np.zeros(SIZE)
    out = []
    for value in series:
        h = np.tanh(W @ h + W_IN * value)
        out.append(h)
    return np.array(out)
