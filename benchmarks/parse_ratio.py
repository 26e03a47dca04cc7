#!/usr/bin/env python3
"""Measure a cold `reprolint check` against merely parsing the same files with libcst.

    parse_ratio.py DIR [--command 'python -m reprolint'] [--libcst-python PATH] [--runs 3]

Both are whole processes, start-up and imports included, run in turn so that a noisy machine disturbs both alike:

    reprolint   COMMAND check --no-cache --isolated --exit-zero DIR
    libcst      a Python that calls libcst.parse_module on every .py file under DIR, and does nothing else

The figure is user CPU time of the process and of the children it waited for (getrusage), not wall time: it does not
depend on how many cores are free. Prints minimum and median of each, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import pathlib
import resource
import shlex
import statistics
import subprocess
import sys
from collections.abc import Sequence

PARSE_ALL = """\
import pathlib, sys
import libcst
files = failed = 0
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    if not path.is_file():
        continue
    files += 1
    try:
        libcst.parse_module(path.read_bytes())
    except Exception:
        failed += 1
print(files, failed)
"""


def user_cpu(argv: Sequence[str]) -> tuple[float, str]:
    """Run a command to its end; return the user CPU seconds it used and its standard output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace")
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    if done.returncode != 0:
        sys.exit(f"{shlex.join(argv)[:200]}: exit {done.returncode}: {done.stderr.strip()[-400:]}")
    return used, done.stdout


def at_least_one(text: str) -> int:
    """Read a command line value that must be a positive whole number."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def main() -> int:
    """Run both in turn and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="DIR", type=pathlib.Path, help="source tree to check")
    ours = shlex.join([sys.executable, "-m", "reprolint"])
    parser.add_argument("--command", default=ours, help="how to run reprolint (default: this Python's)")
    parser.add_argument("--libcst-python", default=sys.executable, metavar="PATH", help="a Python that has libcst")
    parser.add_argument("--runs", "-n", type=at_least_one, default=3, help="how often each is run (default 3)")
    options = parser.parse_args()
    if not options.directory.is_dir():
        parser.error(f"{options.directory}: not a directory")

    place = str(options.directory)
    check = [*shlex.split(options.command), "check", "--no-cache", "--isolated", "--exit-zero", place]
    parse = [options.libcst_python, "-c", PARSE_ALL, place]
    times: dict[str, list[float]] = {"reprolint": [], "libcst": []}
    counted = ""
    for number in range(1, options.runs + 1):
        times["reprolint"].append(user_cpu(check)[0])
        used, counted = user_cpu(parse)
        times["libcst"].append(used)
        print(f"run {number}: reprolint {times['reprolint'][-1]:.2f} s, libcst {used:.2f} s", file=sys.stderr)

    files, failed = counted.split()
    print(f"{files} .py files, {failed} of which libcst cannot parse; user CPU of {options.runs} run(s) each, in turn")
    for name, values in times.items():
        print(f"{name:<10} min {min(values):7.2f} s   median {statistics.median(values):7.2f} s")
    base = statistics.median(times["libcst"])
    if base <= 0:
        sys.exit("libcst's time is too short to measure: choose a larger directory")
    print(f"ratio of medians: {statistics.median(times['reprolint']) / base:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
