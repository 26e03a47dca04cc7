"""percolate: site percolation on a square lattice."""
import argparse
import hashlib
import random

from lattice import crosses, fill


def begin(args):
    random.seed(args.seed)
    return args.size


def cmd_scan(args):
    size = begin(args)
    rows = []
    for tenth in range(4, 9):
        density = tenth / 10
        rows.append((density, sum(crosses(fill(size, density)) for _ in range(args.samples)) / args.samples))
    return rows


def cmd_once(args):
    size = begin(args)
    return crosses(fill(size, args.density))


def build_parser():
    parser = argparse.ArgumentParser(prog="percolate", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--size", type=int, default=14)
    common.add_argument("--seed", type=int, default=123)
    commands = parser.add_subparsers(dest="command", required=True)
    scan = commands.add_parser("scan", parents=[common], help="crossing probability by density")
    scan.add_argument("--samples", type=int, default=25)
    scan.set_defaults(func=cmd_scan)
    once = commands.add_parser("once", parents=[common], help="a single lattice")
    once.add_argument("--density", type=float, default=0.6)
    once.set_defaults(func=cmd_once)
    return parser


def main(argv=None):
    args = build_parser().parse_args(argv)
    result = args.func(args)
    print(result)
    print("DIGEST", hashlib.sha256(repr(result).encode()).hexdigest())


if __name__ == "__main__":
    main()
