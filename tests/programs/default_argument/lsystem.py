"""Stochastic L-system; draws a plant as text."""
import hashlib
import random

RULES = {
    "F": ["F[+F]F[-F]F", "F[+F]F", "F[-F]F"],
    "X": ["F[+X]F[-X]+X"],
}


def grow(axiom, generations, bend=random.uniform(15, 35), pick=random.choice):
    """Rewrites the axiom; the bend of the branches is fixed once for a run."""
    word = axiom
    for _ in range(generations):
        word = "".join(pick(RULES[c]) if c in RULES else c for c in word)
    return word, bend


def depth(word):
    level = deepest = 0
    for c in word:
        if c == "[":
            level += 1
        elif c == "]":
            level -= 1
        deepest = max(deepest, level)
    return deepest


if __name__ == "__main__":
    plant, angle = grow("X", 3)
    print("branches %d, deepest %d, angle %.2f" % (plant.count("["), depth(plant), angle))
    print("DIGEST", hashlib.md5(("%s %.9f" % (plant, angle)).encode()).hexdigest())
