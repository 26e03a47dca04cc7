import random


def fill(size, density):
    return [[random.random() < density for _ in range(size)] for _ in range(size)]


def crosses(grid):
    """Whether open sites connect the top row with the bottom row."""
    size = len(grid)
    reached = {(0, c) for c in range(size) if grid[0][c]}
    todo = list(reached)
    while todo:
        r, c = todo.pop()
        if r == size - 1:
            return True
        for site in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)):
            if 0 <= site[0] < size and 0 <= site[1] < size and grid[site[0]][site[1]] and site not in reached:
                reached.add(site)
                todo.append(site)
    return False
