"""Evolve a weekly roster that spreads the night shifts evenly."""
import hashlib

from roster import Population


def main():
    population = Population(size=24, days=14, staff=5)
    for generation in range(30):
        best = population.advance()
    print("cost", population.cost(best), "roster", best.tolist())
    print("DIGEST", hashlib.sha256(best.tobytes()).hexdigest())


if __name__ == "__main__":
    main()
