"""Independent Ising replicas, one process each."""
import hashlib
import multiprocessing as mp

import numpy as np

SEED = 41


def sweep(spins, beta):
    side = len(spins)
    for i, j in np.random.randint(side, size=(side * side, 2)):
        field = spins[i - 1, j] + spins[(i + 1) % side, j] + spins[i, j - 1] + spins[i, (j + 1) % side]
        if np.random.rand() < np.exp(-2 * beta * spins[i, j] * field):
            spins[i, j] *= -1


def replica(rank, beta, queue):
    spins = np.where(np.random.rand(10, 10) < 0.5, 1, -1)
    magnetisation = []
    for _ in range(15):
        sweep(spins, beta)
        magnetisation.append(int(spins.sum()))
    queue.put((rank, magnetisation))


if __name__ == "__main__":
    np.random.seed(SEED)
    context = mp.get_context("spawn")
    queue = context.Queue()
    processes = [context.Process(target=replica, args=(rank, 0.3 + 0.1 * rank, queue)) for rank in range(3)]
    for process in processes:
        process.start()
    results = sorted(queue.get() for _ in processes)
    for process in processes:
        process.join()
    for rank, magnetisation in results:
        print(rank, magnetisation[-5:])
    print("DIGEST", hashlib.sha256(repr(results).encode()).hexdigest())
