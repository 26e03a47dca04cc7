"""Patterns of paths as regular expressions: those of our settings, and those of ``.gitignore``."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

_OURS: Final = re.compile(
    r"(?P<folders>\*\*/)|(?P<any>\*+)|(?P<one>\?)|\[(?P<not>!?)(?P<set>\]?[^\]]+|\])\]|(?P<plain>.)", re.DOTALL
)
_GIT: Final = re.compile(
    r"""
      (?P<folders>(?:^|(?<=/))\*\*/)
    | (?P<all>(?:^|(?<=/))\*\*$)
    | (?P<any>\*+)
    | (?P<one>\?)
    | \[(?P<not>[!^]?)(?P<set>\]?(?:\\.|[^\]\\])+|\])\]
    | \\(?P<escaped>.)
    | (?P<broken>\[|\\)
    | (?P<plain>.)
    """,
    re.DOTALL | re.VERBOSE,
)
_MEMBER: Final = re.compile(r"(\\.|.)-(\\.|.)|(\\.|.)", re.DOTALL)
NOTHING: Final = re.compile(r"(?!)")


@cache
def ours(pattern: str) -> re.Pattern[str]:
    """A pattern of our settings: ``*`` stands for any characters, slashes included."""

    def piece(token: re.Match[str]) -> str:
        if token["folders"]:
            return "(?:.*/)?"
        if token["any"]:
            return ".*"
        if token["one"]:
            return "."
        if token["set"]:
            return _character(token["set"].replace("\\", "\\\\"), negated=bool(token["not"]))
        return re.escape(token[0])

    return re.compile(_OURS.sub(piece, pattern), re.DOTALL)


def git(pattern: str) -> re.Pattern[str]:
    """A pattern of ``.gitignore`` without what surrounds it (``!``, slashes at its ends); a broken one matches nothing, as in git."""

    def piece(token: re.Match[str]) -> str:
        if token["folders"]:
            return "(?:.*/)?"
        if token["all"]:
            return ".*"
        if token["any"]:
            return "[^/]*"
        if token["one"]:
            return "[^/]"
        if token["set"]:
            return "(?!/)" + _character(token["set"], negated=bool(token["not"]))
        return re.escape(token["escaped"] or token[0])

    if any(token["broken"] for token in _GIT.finditer(pattern)):
        return NOTHING
    return re.compile(_GIT.sub(piece, pattern), re.DOTALL)


def _character(members: str, *, negated: bool) -> str:
    """One character out of those between two brackets, in which a backslash escapes."""
    ranges = []
    for low, high, one in _MEMBER.findall(members):
        first, last = (low or one)[-1], (high or one)[-1]
        if first <= last:  # nothing lies in z-a
            ranges.append(f"{re.escape(first)}-{re.escape(last)}")
    if not ranges:
        return "." if negated else NOTHING.pattern
    return f"[{'^' if negated else ''}{''.join(ranges)}]"
