"""Plays the dice game Pig with several strategies, one forked process per strategy."""
import hashlib
import multiprocessing
import random


def turn(hold_at):
    total = 0
    while total < hold_at:
        roll = random.randint(1, 6)
        if roll == 1:
            return 0
        total += roll
    return total


def turns_to_win(hold_at, goal=100):
    score = turns = 0
    while score < goal:
        score += turn(hold_at)
        turns += 1
    return turns


def play(index, hold_at, games, pipe):
    pipe.send([turns_to_win(hold_at) for _ in range(games)])
    pipe.close()


def main():
    random.seed(2020)
    context = multiprocessing.get_context("fork")
    running = []
    for index, hold_at in enumerate((15, 20, 25)):
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=play, args=(index, hold_at, 200, sender))
        process.start()
        running.append((hold_at, process, receiver))
    results = {}
    for hold_at, process, receiver in running:
        results[hold_at] = receiver.recv()
        process.join()
    for hold_at, games in results.items():
        print("hold at %d: %.2f turns" % (hold_at, sum(games) / len(games)))
    print("DIGEST", hashlib.sha256(repr(results).encode()).hexdigest())


if __name__ == "__main__":
    main()
