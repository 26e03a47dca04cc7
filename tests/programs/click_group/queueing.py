import numpy as np


def mean_wait(arrival, service):
    rho = arrival / service
    return rho / (service - arrival)


def waits(arrival, service, customers):
    """Lindley's recursion for an M/M/1 queue."""
    gaps = np.random.exponential(1 / arrival, size=customers)
    work = np.random.exponential(1 / service, size=customers)
    out = np.zeros(customers)
    for k in range(1, customers):
        out[k] = max(0.0, out[k - 1] + work[k - 1] - gaps[k])
    return out
