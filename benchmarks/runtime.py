#!/usr/bin/env python3
"""Measure what the runtime costs: importing it, and calling set_seed.

    runtime.py [--runs 40] [--calls 200] [--rounds 60]

Importing is measured in whole processes, `python -c pass` and `python -c "import reprolint.runtime"` in turn, so that a noisy
machine disturbs both alike: user CPU time (getrusage) and wall time, medians, and the ratio of the medians.

Calling is measured with NumPy and PyTorch imported, in turn with the bare calls that set_seed makes:

    random.seed, numpy.random.seed, torch.manual_seed, torch.cuda.manual_seed, torch.cuda.manual_seed_all,
    torch.backends.cudnn.deterministic = True, torch.backends.cudnn.benchmark = False

A round times each so many times; the figures are the medians over all rounds, and the overhead is the median of the differences
within a round.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

SOURCE = pathlib.Path(__file__).resolve().parent.parent / "src"


def at_least_one(text: str) -> int:
    """Read a command line value that must be a positive whole number."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def process(code: str) -> tuple[float, float]:
    """Run a program to its end; return its user CPU and its wall time in seconds."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime, time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": "0"})
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, time.perf_counter() - begin


def importing(runs: int) -> None:
    """Print what importing the runtime costs."""
    times: dict[str, list[tuple[float, float]]] = {"pass": [], "import reprolint.runtime": []}
    for code in times:
        process(code)  # writes the bytecode
    for _ in range(runs):
        for code, measured in times.items():
            measured.append(process(code))
    print(f"{runs} processes each, in turn; medians")
    for place, name in enumerate(("user CPU", "wall")):
        bare, ours = (statistics.median(one[place] for one in measured) for measured in times.values())
        ratio = f"ratio {ours / bare:.2f}" if bare > 0 else "too short to measure"
        print(f"{name:<9} python -c pass {bare * 1e3:6.1f} ms   import reprolint.runtime {ours * 1e3:6.1f} ms   {ratio}")


def per_call(function: Callable[[], object], calls: int) -> float:
    """Microseconds of one call."""
    begin = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - begin) / calls * 1e6


def calling(calls: int, rounds: int) -> None:
    """Print what a call of set_seed costs over the bare calls."""
    import numpy
    import torch

    sys.path.insert(0, str(SOURCE))
    from reprolint.runtime import set_seed

    cudnn = torch.backends.cudnn

    def bare() -> None:
        random.seed(42)
        numpy.random.seed(42)
        torch.manual_seed(42)
        torch.cuda.manual_seed(42)
        torch.cuda.manual_seed_all(42)
        cudnn.deterministic = True
        cudnn.benchmark = False

    def ours() -> None:
        set_seed(42)

    per_call(bare, calls), per_call(ours, calls)
    pairs = [(per_call(bare, calls), per_call(ours, calls)) for _ in range(rounds)]
    print(
        f"{rounds} rounds of {calls} calls each, in turn; medians; CUDA {'started' if torch.cuda.is_initialized() else 'not started'}"
    )
    print(
        f"bare calls {statistics.median(one for one, _ in pairs):7.1f} µs   set_seed {statistics.median(one for _, one in pairs):7.1f} µs"
    )
    print(f"overhead   {statistics.median(ours - bare for bare, ours in pairs):7.1f} µs")


def main() -> int:
    """Measure both and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=at_least_one, default=40, help="processes of each kind (default 40)")
    parser.add_argument("--calls", type=at_least_one, default=200, help="calls in a round (default 200)")
    parser.add_argument("--rounds", type=at_least_one, default=60, help="rounds (default 60)")
    options = parser.parse_args()
    importing(options.runs)
    calling(options.calls, options.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
