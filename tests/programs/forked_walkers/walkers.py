"""First-passage times of random walkers, computed in forked processes."""
import hashlib
import multiprocessing as mp

import numpy as np


def first_passage(drift, barrier, limit=500):
    path = np.cumsum(drift + np.random.standard_normal(limit))
    hit = np.flatnonzero(path >= barrier)
    return int(hit[0]) if len(hit) else limit


def child(drift, walkers, connection):
    connection.send([first_passage(drift, 8.0) for _ in range(walkers)])
    connection.close()


def gather(drifts, walkers):
    context = mp.get_context("fork")
    pending = []
    for drift in drifts:
        ours, theirs = context.Pipe()
        process = context.Process(target=child, args=(drift, walkers, theirs), daemon=True)
        process.start()
        theirs.close()
        pending.append((drift, ours, process))
    return {drift: (ours.recv(), process.join())[0] for drift, ours, process in pending}


def main():
    np.random.seed(9)
    drifts = np.round(np.random.uniform(0.05, 0.3, size=3), 4).tolist()
    times = gather(drifts, walkers=100)
    for drift, values in times.items():
        print(f"drift {drift:.4f} mean {np.mean(values):.2f}")
    print("DIGEST", hashlib.sha256(repr(times).encode()).hexdigest())


if __name__ == "__main__":
    main()
