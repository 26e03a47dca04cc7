"""Averaged perceptron that tags nouns and verbs in a tiny treebank."""
import hashlib
import random
import uuid
from datetime import datetime

import numpy as np

from labkit import featurise, nail_down, treebank


def train(tokens, epochs, dropout):
    weights = np.zeros((2, 64))
    total = np.zeros_like(weights)
    for _ in range(epochs):
        random.shuffle(tokens)
        for token, tag in tokens:
            x = featurise(token) * (np.random.rand(64) > dropout)
            guess = int(np.argmax(weights @ x))
            if guess != tag:
                weights[tag] += x
                weights[guess] -= x
            total += weights
    return total / (epochs * len(tokens))


def main():
    run_name = f"tagger-{datetime.now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:6]}"
    print("run", run_name)
    nail_down(3)
    weights = train(treebank(), epochs=5, dropout=0.2)
    right = sum(int(np.argmax(weights @ featurise(word))) == tag for word, tag in treebank())
    print(f"{right} of {len(treebank())} right on the training words")
    print("DIGEST", hashlib.sha256(weights.tobytes()).hexdigest())


if __name__ == "__main__":
    main()
