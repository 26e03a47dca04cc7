"""Prints the kernel as text; nothing here is random."""
import numpy as np

from shared import checksum, kernel


def bar(value, width=40):
    return "*" * int(round(value * width))


def main():
    grid = np.linspace(0, 2, 9)
    column = kernel(grid, np.zeros(1), 0.7)[:, 0]
    for distance, value in zip(grid, column):
        print(f"{distance:4.2f} {bar(value)}")
    print("DIGEST", checksum({"column": column.round(8).tolist()}))


if __name__ == "__main__":
    main()
