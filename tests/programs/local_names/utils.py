import random


def set_seed(seed):
    random.seed(seed)


def shuffled(rows):
    rows = list(rows)
    random.shuffle(rows)
    return rows


def split(rows, fraction):
    rows = shuffled(rows)
    cut = int(len(rows) * fraction)
    return rows[:cut], rows[cut:]
