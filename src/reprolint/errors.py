"""Trouble that a person can put right, said in one line."""

from __future__ import annotations

from collections.abc import Iterable


class UsageError(Exception):
    """A wrong argument, path or setting. The message is one line without a traceback; the exit code is 2."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that ``word`` was most likely meant to be, or None where nothing comes close.

    Case does not count: somebody who types ``rpl103`` means RPL103.
    """
    import difflib  # costs 10 ms, and only those who mistype need it

    folded = {one.casefold(): one for one in known}
    close = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def hint(word: str, known: Iterable[str]) -> str:
    """``; did you mean X?`` to end a message with, or nothing."""
    meant = nearest(word, known)
    return f"; did you mean {meant}?" if meant is not None else ""
