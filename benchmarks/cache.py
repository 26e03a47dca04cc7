#!/usr/bin/env python3
"""Measure what the cache saves: a check from scratch, one of an unchanged tree, and one after an edit.

    cache.py DIR FILE [--command 'python -m reprolint'] [--runs 3]

DIR is copied first, and the edits are made in the copy. FILE is a Python file in it, to whose end each round adds a line.

    scratch   COMMAND check --isolated --exit-zero --no-cache DIR
    first     the same with an empty cache, which it fills
    again     the same, nothing changed
    edited    the same after a line was added to FILE: all programs that execute FILE are followed again

The figure is user CPU time of the process and its children (getrusage). Prints minimum and median of each, and the ratios to ``scratch``.
"""

from __future__ import annotations

import argparse
import pathlib
import shlex
import shutil
import statistics
import sys
import tempfile

from parse_ratio import at_least_one, user_cpu


def main() -> int:
    """Run all in turn and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="DIR", type=pathlib.Path, help="source tree to check")
    parser.add_argument("file", metavar="FILE", type=pathlib.Path, help="the file in it that is edited, relative to DIR")
    ours = shlex.join([sys.executable, "-m", "reprolint"])
    parser.add_argument("--command", default=ours, help="how to run reprolint (default: this Python's)")
    parser.add_argument("--runs", "-n", type=at_least_one, default=3, help="how often each is run (default 3)")
    options = parser.parse_args()
    if not (options.directory / options.file).is_file():
        parser.error(f"{options.directory / options.file}: no such file")

    times: dict[str, list[float]] = {"scratch": [], "first": [], "again": [], "edited": []}
    with tempfile.TemporaryDirectory() as scratch:
        tree = pathlib.Path(scratch, "tree")
        shutil.copytree(options.directory, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        check = [*shlex.split(options.command), "check", "--isolated", "--exit-zero"]
        for number in range(options.runs):
            kept = [*check, "--cache-dir", f"{scratch}/kept{number}", str(tree)]
            times["scratch"].append(user_cpu([*check, "--no-cache", str(tree)])[0])
            times["first"].append(user_cpu(kept)[0])
            times["again"].append(user_cpu(kept)[0])
            with (tree / options.file).open("a") as file:
                file.write(f"\nEDITED = {number}\n")
            times["edited"].append(user_cpu(kept)[0])

    base = statistics.median(times["scratch"])
    for name, values in times.items():
        middle = statistics.median(values)
        print(f"{name:8} min {min(values):6.2f} s  median {middle:6.2f} s  {middle / base:5.2f} of scratch")
    return 0


if __name__ == "__main__":
    sys.exit(main())
