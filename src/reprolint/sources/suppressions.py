"""Comments that keep findings from being reported: ``# reprolint: ignore[RPL103]``, ``# noqa: RPL103``, ``# reprolint: ignore-file``.

The scanner follows strings, brackets and f-strings by itself instead of with `tokenize`: what it finds does not depend on the
version of Python that runs it, and a file that does not parse still has comments.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Final, Literal

from reprolint.model import Span
from reprolint.sources.rewrite import Change

Kind = Literal["ignore", "ignore-file", "noqa"]

_KINDS: Final[dict[str, Kind]] = {"ignore": "ignore", "ignore-file": "ignore-file", "noqa": "noqa"}

_OWN: Final = re.compile(r"RPL\d", re.IGNORECASE)
"""Codes of ours in a ``noqa``; those of other tools are not our business."""

_CANDIDATE: Final = re.compile(rb"#[ \t]*(?:reprolint:|(?i:noqa(?![ \t]*:)|noqa[ \t]*:[^\n]*\bRPL\d))")
"""Most files that hold a ``noqa`` only name codes of other tools; they need not be scanned."""

_DIRECTIVE: Final = re.compile(r"#+[ \t]*reprolint:[ \t]*(?P<kind>ignore-file|ignore)(?![\w-])(?:[ \t]*\[(?P<list>[^\]]*)\]?)?")
_NOQA: Final = re.compile(
    r"#+[ \t]*(?P<kind>noqa)(?![\w-])(?:[ \t]*:[ \t]*(?P<list>[A-Z]+[0-9]+\b(?:(?:[ \t]*,[ \t]*|[ \t]+)[A-Z]+[0-9]+\b)*)|(?![ \t]*:))",
    re.IGNORECASE,
)
_NEXT: Final = re.compile(r"(?<=[ \t])#+(?![#\d])")
"""Where another comment begins inside a comment, as in ``# type: ignore  # noqa``; ``see #123`` is a reason."""

_WORD: Final = re.compile(r"[^\s,]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A code, a prefix of codes or a rule's name in a suppression; ``before`` is what separates it from the one before."""

    text: str
    before: str

    def names(self, code: str, name: str) -> bool:
        """Whether the word stands for a rule."""
        return self.text in (name, "ALL") or code.startswith(self.text.upper())


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment, or the part of a comment, that suppresses findings.

    Spans and lines are those of the scanned text. ``words`` is None where everything is suppressed.

    :ivar span: from the sign that begins it to the end of its list; ``listed``: from the first word to the last.
    :ivar whole: what is to be deleted if nothing of it is to remain, a reason that follows it included.
    :ivar first: the first line of the logical line in which it stands; its own where that has no end.
    :ivar ends: whether it stands at the end of that logical line.
    :ivar alone: whether its line holds no code.
    """

    kind: Kind
    words: tuple[Word, ...] | None
    span: Span
    listed: Span
    whole: Span
    first: int
    ends: bool
    alone: bool

    @property
    def misplaced(self) -> bool:
        """Whether it can suppress nothing where it stands: one for a line has to follow code, one for the file must not."""
        return self.alone != (self.kind == "ignore-file")

    @property
    def own(self) -> tuple[Word, ...]:
        """The words that are for us."""
        return tuple(word for word in self.words or () if self.kind != "noqa" or _OWN.match(word.text))

    def covers(self, line: int, end_line: int) -> bool:
        """Whether it is about a finding on these lines: one that starts on its line, or that stands in the logical line and
        either ends on its line or is anywhere in a logical line that it ends."""
        if self.misplaced or self.kind == "ignore-file":
            return not self.misplaced
        here = self.span.line
        return line == here or (self.first <= line < here and (self.ends or end_line == here))

    def without(self, words: Collection[Word]) -> Change:
        """The edit that takes some of its words out; all of it where none is left. The span is that of the scanned text."""
        kept = [word for word in self.words or () if word not in words]
        if not kept:
            return Change(None, self.whole, "")
        return Change(None, self.listed, kept[0].text + "".join(word.before + word.text for word in kept[1:]))


@dataclass(frozen=True, slots=True)
class Room:
    """A line at whose end a comment may stand, which is not so inside a string or after a backslash.

    :ivar first: the first line of its logical line; its own where that has no end. ``ends``: whether it is the last one.
    """

    line: int
    first: int
    ends: bool


def rooms(text: bytes) -> dict[int, Room]:
    """The lines of a text that have room for a comment, by line; ``text`` is as for `scan`."""
    characters = text.decode("utf-8", "replace")
    starts = [0, *(match.end() for match in re.finditer(r"\n", characters))]
    found = {}
    for logical in _logical_lines(characters, every=True):
        for offset in logical.breaks:
            line = bisect_right(starts, offset)
            first = bisect_right(starts, logical.start) if logical.complete else line
            found[line] = Room(line, first, offset == logical.end)
    return found


def scan(text: bytes) -> tuple[Suppression, ...]:
    """The suppressions in a Python text, in order; never raises.

    :param text: as in `Source.text`: UTF-8, lines ended by ``\\n``, of a notebook the joined cells.
    """
    if (b"reprolint:" not in text and b"noqa" not in text.lower()) or _CANDIDATE.search(text) is None:
        return ()
    characters = text.decode("utf-8", "replace")
    starts = [0, *(match.end() for match in re.finditer(r"\n", characters))]
    return tuple(
        suppression
        for logical in _logical_lines(characters)
        for start, end in logical.comments
        for suppression in _suppressions(characters, starts, logical, start, end)
    )


def _suppressions(text: str, starts: list[int], logical: _Logical, start: int, end: int) -> Iterator[Suppression]:
    """The suppressions in the comment that stands between two offsets.

    :param starts: the offset at which each line starts.
    """
    line = bisect_right(starts, start)
    begin = starts[line - 1]
    comment = text[start:end]
    alone = not text[begin:start].strip()
    first = bisect_right(starts, logical.start) if logical.complete else line

    def on_line(one: int, other: int) -> Span:
        return Span(line, start - begin + one + 1, line, start - begin + other + 1)

    parts = [0, *(match.start() for match in _NEXT.finditer(comment)), len(comment)]
    for at, until in pairwise(parts):
        found = _DIRECTIVE.match(comment, at, until) or _NOQA.match(comment, at, until)
        if found is None:
            continue
        listed = list(_WORD.finditer(comment, *found.span("list"))) if found["list"] is not None else None
        if until < len(comment):  # what follows it takes its place
            whole = on_line(at, until)
        elif at > 0 or not alone:
            whole = on_line(len(text[begin : start + at].rstrip()) - (start - begin), until)
        else:
            whole = Span(line, 1, line + 1, 1)
        suppression = Suppression(
            _KINDS[found["kind"].lower()],
            None if listed is None else tuple(_words(comment, listed)),
            on_line(*found.span()),
            on_line(listed[0].start(), listed[-1].end()) if listed else on_line(found.end(), found.end()),
            whole,
            first,
            end == logical.end,
            alone,
        )
        if suppression.kind != "noqa" or suppression.words is None or suppression.own:
            yield suppression


def _words(comment: str, listed: list[re.Match[str]]) -> Iterator[Word]:
    end = listed[0].start() if listed else 0
    for match in listed:
        yield Word(match.group(), comment[end : match.start()])
        end = match.end()


# Where the comments are


@dataclass(slots=True)
class _Logical:
    """A logical line, by the offsets of its start and of the newline that ends it.

    :ivar comments: start and end of each comment in it that may hold a suppression.
    :ivar breaks: the end of each of its lines that is no part of a string and not joined to the next by a backslash.
    :ivar complete: False where the text ends before the brackets and strings of the line do.
    """

    start: int
    end: int = 0
    comments: list[tuple[int, int]] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    complete: bool = True


_CODE_TOKENS: Final = r"""
    (?P<comment>\#[^\n]*)
  | (?P<newline>\n)
  | (?P<joined>\\\n)
  | (?:\b(?P<prefix>[bfrtu]{1,2}))?(?P<quote>\'\'\'|\"\"\"|\'|\")
  | (?P<open>[(\[{])
  | (?P<close>[)\]}])
"""
_CODE: Final = re.compile(_CODE_TOKENS, re.VERBOSE | re.IGNORECASE)
_FIELD: Final = re.compile(rf"{_CODE_TOKENS} | (?P<colon>:)", re.VERBOSE | re.IGNORECASE)
"""The code in a replacement field of an f-string, which a colon may end."""

_STRING: Final = {
    "'": re.compile(r"[^'\\\n]*(?:\\.[^'\\\n]*)*(?:'|(?=\n)|\\?\Z)", re.DOTALL),
    '"': re.compile(r'[^"\\\n]*(?:\\.[^"\\\n]*)*(?:"|(?=\n)|\\?\Z)', re.DOTALL),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'''|\\?\Z)", re.DOTALL),
    '"""': re.compile(r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"""|\\?\Z)', re.DOTALL),
}
"""The rest of a string after its opening quote. One that is not closed ends with its line, or with the text."""


@dataclass(slots=True)
class _Nested:
    """What is open inside an f-string: its text, a replacement field, or the format of one, which is text again.

    :ivar depth: how many brackets are open in a field.
    """

    kind: Literal["text", "field", "format"]
    quote: str
    raw: bool
    depth: int = 0


@cache
def _text_of(quote: str, raw: bool, in_format: bool) -> re.Pattern[str]:
    """What counts in the text of an f-string."""
    skipped = r"\\[^{}]" if raw else r"\\N\{[^{}\n]*\}|\\[^{}]"
    if not in_format:
        skipped += r"|\{\{|\}\}"
    newline = r"|(?P<newline>\n)" if len(quote) == 1 else ""
    return re.compile(rf"(?P<skipped>{skipped})|(?P<open>\{{)|(?P<quote>{quote})|(?P<close>\}}){newline}", re.DOTALL)


def _logical_lines(text: str, every: bool = False) -> Iterator[_Logical]:
    """The logical lines that have comments, or all of them."""
    logical = _Logical(0)
    depth = 0
    nested: list[_Nested] = []
    position = 0
    while True:
        inner = nested[-1] if nested else None
        if inner is not None and inner.kind != "field":
            token = _text_of(inner.quote, inner.raw, inner.kind == "format").search(text, position)
        else:
            token = (_CODE if inner is None else _FIELD).search(text, position)
        if token is None:
            break
        position = token.end()
        kind = token.lastgroup
        if inner is not None and inner.kind != "field":
            if kind == "open":
                nested.append(_Nested("field", inner.quote, inner.raw))
            elif kind == "close" and inner.kind == "format":
                del nested[-2:]
            elif kind in ("quote", "newline"):  # a newline ends a string that nobody closed
                while nested.pop().kind != "text":
                    pass
                position = token.end() if kind == "quote" else token.start()
        elif kind == "comment":
            logical.comments.append(token.span())
        elif kind == "quote":
            prefix, quote = (token["prefix"] or "").lower(), token["quote"]
            if "f" in prefix or "t" in prefix:
                nested.append(_Nested("text", quote, "r" in prefix))
            else:
                rest = _STRING[quote].match(text, position)
                assert rest is not None  # it matches anything
                position = rest.end()
        elif inner is not None:
            if kind == "open":
                inner.depth += 1
            elif kind == "close" and inner.depth > 0:
                inner.depth -= 1
            elif token.group() == "}":
                nested.pop()
            elif kind == "colon" and inner.depth == 0:
                nested.append(_Nested("format", inner.quote, inner.raw))
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(depth - 1, 0)
        elif kind == "newline":
            logical.breaks.append(token.start())
            if depth > 0:
                continue
            logical.end = token.start()
            if logical.comments or every:
                yield logical
            logical = _Logical(token.end())
    logical.end = len(text)
    logical.complete = depth == 0 and not nested
    if logical.complete and not text.endswith(("\n", "\\")):
        logical.breaks.append(len(text))
    if logical.comments or every:
        yield logical
