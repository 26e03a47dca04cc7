"""Where two texts part that the runs have written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LONGEST_LINE: Final = 10_000
"""Bytes of a line of output that are held at once."""


@dataclass(frozen=True)
class TextDifference:
    """Where two texts part: the number of the line, from 1, and both lines; None: there is no such line."""

    line: int
    first: str | None
    other: str | None


_NUMBER: Final = rb"\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?"
_PASSING: Final = re.compile(
    rb"""
      \[\d[\d:]*<[^\]\n]*\]                                                 # tqdm: [00:03<00:10, 12.3it/s]
    | \b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b | \b\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?\b      # dates, times of day, durations
    | \b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[ ,]+(?:\d+[ ]+)?[A-Z][a-z]{2}[ ]+[\d ]+\b
    | %(n)s[ ]?(?:ns|us|\xc2\xb5s|ms|s|secs?|seconds?|min(?:ute)?s?|hours?)\b
    | %(n)s[ ]?(?:(?:it|iters?|steps?|samples?|images?|imgs?|tokens?|examples?|batch(?:es)?|frames?)?/s(?:ec(?:ond)?)?|s/\w+|fps)\b
    | (?i:\b(?:time|elapsed|duration|took|takes|eta|sec(?:ond)?s?|runtime|speed|throughput|latency|timestamp|pid|fps|[\w-]*memory|(?:ms|s|sec)/\w+)\b
      [^\d\n]{0,20}?) -?%(n)s
    | \b0x[0-9a-fA-F]+\b | (?<![\w/])/(?:tmp|var/folders)/[^\s'",:]+
    """
    % {b"n": _NUMBER},
    re.VERBOSE,
)
"""What differs in every run and says nothing about it: times, dates, speeds, use of memory, addresses, temporary files."""


def without_passing(line: bytes) -> bytes:
    """A line without what tells when, how fast or where in memory, and nothing else."""
    return _PASSING.sub(b"*", line)


def difference_of_texts(first: Path, other: Path, of: Callable[[bytes], bytes] | None = None) -> TextDifference | None:
    """The first line in which two files differ; None if they are the same, byte for byte.

    :param first: a file, read a line at a time.
    :param other: the file to compare it with.
    :param of: what of a line counts; None: all of it.
    """
    with first.open("rb") as one, other.open("rb") as two:
        number = 1
        while True:
            lines = one.readline(LONGEST_LINE), two.readline(LONGEST_LINE)
            if lines[0] != lines[1] and (of is None or of(lines[0]) != of(lines[1])):
                return TextDifference(number, *(_text(line) if line else None for line in lines))
            if not (lines[0] or lines[1]):
                return None
            number += lines[0].endswith(b"\n")


def _text(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").rstrip("\r\n")
