import random as rnd

import numpy as np

MOVES = ((0, 1), (0, -1), (1, 0), (-1, 0))


class QLearner:
    def __init__(self, size, epsilon, alpha=0.3, gamma=0.95):
        self.size, self.epsilon, self.alpha, self.gamma = size, epsilon, alpha, gamma
        self.table = np.random.normal(scale=1e-3, size=(size, size, len(MOVES)))

    def choose(self, cell):
        if rnd.random() < self.epsilon:
            return rnd.randrange(len(MOVES))
        return int(self.table[cell].argmax())

    def step(self, cell, move):
        new = tuple(min(max(c + d, 0), self.size - 1) for c, d in zip(cell, MOVES[move]))
        done = new == (self.size - 1, self.size - 1)
        return new, (1.0 if done else -0.01), done

    def episode(self, limit=80):
        cell, total = (0, 0), 0.0
        for _ in range(limit):
            move = self.choose(cell)
            new, reward, done = self.step(cell, move)
            target = reward + (0.0 if done else self.gamma * self.table[new].max())
            self.table[cell][move] += self.alpha * (target - self.table[cell][move])
            cell, total = new, total + reward
            if done:
                break
        return total
