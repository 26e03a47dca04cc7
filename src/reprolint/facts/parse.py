"""Source text to a libcst tree; `facts.guard` says what is refused beforehand."""

from __future__ import annotations

import ast
import re
import warnings

import libcst as cst

from reprolint.facts.guard import ParseError, too_deep


def parse(source: bytes) -> cst.Module:
    """The tree of a source file.

    :param source: UTF-8 text (`sources.source` has decoded and re-encoded it); an encoding line in it says nothing here.
    :raises ParseError: for a syntax error, or input that nests too deep to be parsed safely.
    """
    deep = too_deep(source)
    if deep is not None:
        raise ParseError(deep[0], deep[1])
    try:
        return cst.parse_module(source.decode())
    except cst.ParserSyntaxError as error:
        raise _explained(source, error) from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ParseError(f"cannot be parsed: {type(error).__name__}") from None


def _explained(source: bytes, error: cst.ParserSyntaxError) -> ParseError:
    """The error in CPython's words and at its place, which are better than "expected one of" forty tokens."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source.decode(), "<source>", "exec", dont_inherit=True, flags=ast.PyCF_ONLY_AST)
    except SyntaxError as known:
        return ParseError(f"syntax error: {known.msg}", known.lineno or 1, max(known.offset or 1, 1))
    except (ValueError, RecursionError, MemoryError):
        pass
    place = re.search(r"error at (\d+):(\d+)", error.message)
    return ParseError(
        "syntax error", *(int(part) for part in place.groups()) if place else (error.editor_line, error.editor_column)
    )
