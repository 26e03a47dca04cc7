"""Findings for a person: the line to blame, and the chain of calls that leads there."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from reprolint.model import Finding, Span
from reprolint.reports import Context, Excerpt, clean, place

WIDTH: Final = 140
"""Source lines are cut to this many characters around the place to look at."""

_STYLES: Final = {"bold": "1", "red": "1;31", "yellow": "1;33", "blue": "1;34", "cyan": "1;36"}


def render(findings: Iterable[Finding], context: Context) -> str:
    """Each finding as a message line, an excerpt with carets, the numbered steps of its witness with their lines, and the help.

    A blank line ends each finding.
    """
    paint = _paint if context.color else _plain
    return "".join(_one(finding, context.excerpt, paint) for finding in findings)


Paint = Callable[[str, str], str]


def _paint(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _plain(text: str, style: str) -> str:
    return text


def _one(finding: Finding, excerpt: Excerpt, paint: Paint) -> str:
    loud = "red" if finding.severity == "error" else "yellow"
    head = f"{paint(place(finding), 'bold')} {paint(f'{finding.code} {finding.name}', loud)}: {clean(finding.message)}"
    source = _source(finding, excerpt, paint, loud)
    margin = " " * len(str(finding.span.line + 1))
    lines = [head, *source, *_steps(finding, excerpt, margin, paint)]
    if finding.fix is not None:
        lines.append(f"{margin} {paint('= help:', 'cyan')} {clean(finding.fix.message)}")
    return "\n".join(lines) + "\n\n"


def _source(finding: Finding, excerpt: Excerpt, paint: Paint, loud: str) -> list[str]:
    """The line with its neighbours, carets under what is meant."""
    span = finding.span
    bar = paint("|", "blue")
    digits = len(str(span.line + 1))
    out = []
    for number in (span.line - 1, span.line, span.line + 1):
        text = excerpt(finding.path, finding.cell, number) if number >= 1 else None
        if text is None or (number != span.line and not text.strip()):
            continue
        shown, carets = _window(clean(text.rstrip()), span)
        out.append(f"{paint(str(number).rjust(digits), 'blue')} {bar} {shown}".rstrip())
        if number == span.line:
            out.append(f"{' ' * digits} {bar} {carets[0]}{paint(carets[1], loud)}")
    return [f"{' ' * digits} {bar}", *out, f"{' ' * digits} {bar}"] if out else []


def _window(text: str, span: Span) -> tuple[str, tuple[str, str]]:
    """The part of a line to show, and below it the blanks before the carets and the carets of a span that starts there."""
    begin = min(span.column - 1, len(text))
    end = span.end_column - 1 if span.end_line == span.line else len(text)
    cut = max(0, min(begin - WIDTH // 3, len(text) - WIDTH))
    visible = text[cut : cut + WIDTH]
    left, right = "…" if cut else "", "…" if cut + WIDTH < len(text) else ""
    before = "".join(map(_blank, text[cut:begin]))
    meant = sum(len(_blank(character)) for character in text[begin : min(end, cut + WIDTH)])
    return f"{left}{visible}{right}", (" " * len(left) + before, "^" * max(meant, 1))


def _blank(character: str) -> str:
    """Blanks as wide as a character is on a terminal; a tab stays, its width is the terminal's to say."""
    if character == "\t":
        return "\t"
    if unicodedata.combining(character):
        return ""
    return "  " if unicodedata.east_asian_width(character) in "WF" else " "


def _steps(finding: Finding, excerpt: Excerpt, margin: str, paint: Paint) -> list[str]:
    """A line for each step, and below it the step's own line of source, unless that is in sight already or says no more."""
    places = [f"{clean(step.path)}:{step.line}:{step.column}" for step in finding.trace]
    wide = max(map(len, places), default=0)
    digits = len(str(len(finding.trace)))
    shown = {(finding.path, finding.cell, finding.span.line + offset) for offset in (-1, 0, 1)}
    out = []
    for number, (where, step) in enumerate(zip(places, finding.trace, strict=True), start=1):
        out.append(f"{margin} {paint('=', 'blue')} {str(number).rjust(digits)}. {where.ljust(wide)}  {clean(step.text)}")
        line = (step.path, step.cell, step.line)
        text = clean((excerpt(*line) or "").strip())
        if text and text != step.text and line not in shown:
            cut = text if len(text) <= WIDTH else f"{text[:WIDTH]}…"
            out.append(f"{margin} {paint('|', 'blue')} {' ' * digits}      {cut}")
        shown.add(line)
    return out
