import argparse

from engine import Trainer


def get_args():
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--code-size", type=int, default=3, help="width of the bottleneck")
    parser.add_argument("--iterations", type=int, default=40, help="optimizer steps")
    parser.add_argument("--seed", type=int, default=0, help="seed of the run")
    return parser.parse_args()


if __name__ == "__main__":
    Trainer(get_args()).run()
