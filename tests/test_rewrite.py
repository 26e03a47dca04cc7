"""Edits change what they name, and not one byte beside it."""

from __future__ import annotations

import codecs
import copy
import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from reprolint.model import Span
from reprolint.sources.rewrite import Change, RewriteError, pieces, rewrite
from reprolint.sources.source import decode, read

HERE = Path("/folder")


def put(place: tuple[int, int] | tuple[int, int, int, int], text: str, cell: int | None = None) -> Change:
    """An insertion at (line, column), or a replacement up to (end line, end column)."""
    return Change(cell, Span(*place) if len(place) == 4 else Span(*place, *place), text)


def edited(text: str, *changes: Change) -> str:
    return rewrite(text.encode(), changes, notebook=False).decode()


# What a change means, on text that has ordinary newlines


def offset(text: str, line: int, column: int) -> int:
    return sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1


def position(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def model(text: str, changes: Sequence[Change], *, is_cell: bool = False) -> str:
    """The documented meaning, for changes that are in order."""
    unended = not text.endswith("\n") and (is_cell or text != "")
    closed = f"{text}\n" if unended and text else text
    for change in reversed(changes):
        start = offset(closed, change.span.line, change.span.column)
        end = offset(closed, change.span.end_line, change.span.end_column)
        closed = closed[:start] + change.replacement + closed[end:]
    return closed.removesuffix("\n") if unended else closed


@st.composite
def changes_of(draw: st.DrawFn, text: str, letters: str, cell: int | None = None) -> list[Change]:
    """A few changes to a text that has ordinary newlines, in order; some beyond its unended last line."""
    closed = f"{text}\n" if text and not text.endswith("\n") else text
    cuts = sorted(draw(st.lists(st.integers(0, len(closed)), max_size=8)))
    out: list[Change] = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        end = start if draw(st.booleans()) else end
        replacement = draw(st.text(alphabet=f"{letters}\n\n", max_size=6) | st.just(closed[start:end] + "x\n"))
        change = Change(cell, Span(*position(closed, start), *position(closed, end)), replacement)
        if change not in out and not (out and start == offset(closed, out[-1].span.line, out[-1].span.column)):
            out.append(change)
    return out


# Python files


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        ("a\nb\n", [put((2, 1), "x\n")], "a\nx\nb\n"),
        ("a\nb\n", [put((2, 2), "x")], "a\nbx\n"),
        ("a\nb\n", [put((2, 1, 3, 1), "")], "a\n"),
        ("a\nb\n", [put((1, 2, 2, 1), " ")], "a b\n"),
        ("f(a,\n  b)\n", [put((1, 1, 2, 5), "g(b,\n  a)")], "g(b,\n  a)\n"),
        # At the end of the text
        ("a\n", [put((2, 1), "x\n")], "a\nx\n"),
        ("a", [put((2, 1), "x\n")], "a\nx"),
        ("a", [put((2, 1), "x")], "a\nx"),
        ("a", [put((2, 1), "x\n"), put((2, 1), "y\n")], "a\nx\ny"),
        ("a", [put((2, 1), "")], "a"),
        ("a", [put((1, 2), "x")], "ax"),
        ("a", [put((1, 2), "\nx\n")], "a\nx\n"),
        ("a\nb", [put((2, 1, 3, 1), "c\n")], "a\nc"),
        ("a\nb", [put((2, 1, 3, 1), "")], "a"),
        ("a\nb", [put((1, 1, 3, 1), "")], ""),
        ("", [put((1, 1), "x\n")], "x\n"),
        ("", [put((1, 1), "x")], "x"),
        # Several changes, whatever their order
        ("abc\n", [put((1, 3, 1, 4), "z"), put((1, 1, 1, 2), "x")], "xbz\n"),
        ("b\n", [put((1, 1), "1"), put((1, 1), "2"), put((1, 1), "1")], "12b\n"),
        ("b\n", [put((1, 1, 1, 2), "c"), put((1, 1), "1"), put((1, 2), "2")], "1c2\n"),
        ("b\n", [put((1, 1, 1, 2), "c"), put((1, 1, 1, 2), "c")], "c\n"),
        # Line ends: a new line takes that of its neighbour, an old one keeps its own
        ("a\r\nb\r\n", [put((2, 1), "x\ny\n")], "a\r\nx\r\ny\r\nb\r\n"),
        ("a\rb\r", [put((2, 1), "x\n")], "a\rx\rb\r"),
        ("a\r\nb\nc\rd\n", [put((1, 1), "x\n"), put((2, 1), "y\n"), put((3, 1), "z\n")], "x\r\na\r\ny\nb\nz\rc\rd\n"),
        ("a\r\nb\nc\rd\n", [put((1, 1, 4, 1), "A\nB\nC\n")], "A\r\nB\nC\rd\n"),
        ("a\r\nb\nc\r\n", [put((1, 1, 4, 1), "x\na\nb\nc\n")], "x\r\na\r\nb\nc\r\n"),
        ("a\r\nb", [put((3, 1), "x\n")], "a\r\nb\r\nx"),
        ("a\r\nb\nc", [put((4, 1), "x\n")], "a\r\nb\nc\nx"),
        ("a\r\nb", [put((3, 1), "x\ny\n")], "a\r\nb\r\nx\r\ny"),
        ("a\r\nb", [put((2, 1, 3, 1), "")], "a"),
        ("a\x0c\n\x0cb\u2028c\n", [put((2, 2), "x")], "a\x0c\n\x0cxb\u2028c\n"),
        ("a\n", [put((1, 1), "x\r\ny\r")], "x\ny\na\n"),
        # `\r` and `\n` that were apart stay two line ends
        ("a\rb\nc\n", [put((2, 1, 2, 2), "")], "a\r\r\nc\n"),
        ("a\rb\n", [put((2, 1), "\n")], "a\r\r\nb\n"),
        ("a\rb\n", [put((1, 1, 2, 2), "c\n")], "c\r\r\n"),
        ("a\rb\n", [put((1, 1, 2, 2), "c\n"), put((2, 2), "\nd")], "c\r\r\nd\n"),
        ("a\rb\nc", [put((1, 1, 2, 2), "z\n"), put((3, 1, 4, 1), "")], "z\r"),
        ("a\rb\nc\n", [put((1, 1, 4, 1), "\n\n\n")], "\r\r\n\n"),
    ],
)
def test_what_a_change_does(before: str, changes: list[Change], after: str) -> None:
    assert edited(before, *changes) == after


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (b"\xef\xbb\xbfa\n", [put((1, 1), "x\n")], b"\xef\xbb\xbfx\na\n"),
        (b"# coding: latin-1\n'\xe9'\n", [put((2, 3), "è")], b"# coding: latin-1\n'\xe9\xe8'\n"),
        ("'😀é'\n".encode(), [put((1, 3, 1, 4), "è")], "'😀è'\n".encode()),
        (b'# coding: iso2022_jp\n\x1b$B$"$$\x1b(B\n', [put((2, 2), "う")], b'# coding: iso2022_jp\n\x1b$B$"$&$$\x1b(B\n'),
        # Two ways to write one character, and other text in their line
        (
            b"# coding: cp932\n\x81\xe0\x87\x90x\x87\x90\n",
            [put((2, 3), "あ")],
            b"# coding: cp932\n\x81\xe0\x87\x90\x82\xa0x\x87\x90\n",
        ),
        (b"# coding: utf-7\n+AOkA6Q- x\n", [put((2, 4, 2, 5), "é")], b"# coding: utf-7\n+AOkA6Q- +AOk-\n"),
        (b"# coding: utf-7\n+AOk-+AOk- x\n", [put((2, 4, 2, 5), "y")], b"# coding: utf-7\n+AOk-+AOk- y\n"),
        (b"a\n# coding: latin-1\n", [put((1, 1), "x\n")], b"x\na\n# coding: latin-1\n"),
    ],
)
def test_the_encoding_stays(before: bytes, changes: list[Change], after: bytes) -> None:
    assert rewrite(before, changes, notebook=False) == after


@pytest.mark.parametrize(
    ("before", "changes", "message"),
    [
        (b"ab\n", [put((1, 1, 1, 3), "x"), put((1, 2), "y")], r"two edits overlap \(line 1, column 2\)"),
        (b"ab\n", [put((1, 1, 1, 2), "x"), put((1, 1, 1, 2), "y")], r"two edits overlap \(line 1, column 1\)"),
        (b"a", [put((1, 1, 2, 1), "x"), put((1, 2, 2, 1), "y")], r"two edits overlap \(line 1, column 2\)"),
        (b"ab\n", [put((1, 2, 1, 1), "x")], r"ends before it starts \(line 1, column 2\)"),
        (b"a\n", [put((3, 1), "x")], r"outside the text \(line 3, column 1\)"),
        (b"a\n", [put((2, 2), "x")], r"outside the text \(line 2, column 2\)"),
        (b"a\r\n", [put((1, 3), "x")], r"outside the text \(line 1, column 3\)"),
        (b"a\n", [put((0, 1), "x")], r"outside the text \(line 0, column 1\)"),
        (b"a\n", [put((1, 0), "x")], r"outside the text \(line 1, column 0\)"),
        (b"", [put((2, 1), "x")], r"outside the text \(line 2, column 1\)"),
        (b"a\n", [put((1, 1), "x", cell=1)], "names a notebook cell, and the file is no notebook"),
        (
            b"# coding: latin-1\n",
            [put((2, 1), "x = '€'\n")],
            "needs '€', which cannot be written in the file's encoding latin-1",
        ),
        (b"a\n", [put((1, 1), "\ud800")], r"needs '\\ud800', which cannot be written"),
        (b"a\n", [put((1, 1), "\0")], "after the edit the file could not be read: the file contains a NUL byte"),
        (
            b"# coding: latin-1\n'\xe9'\n",
            [put((1, 1), "x\n\n")],
            "after the edit the file could not be read: .* not valid utf-8",
        ),
        (b"# coding: latin-1\n'\xc3\xa9'\n", [put((1, 1), "x\n\n")], "would not be read as it is written in latin-1"),
        (
            b"# coding: utf-7\n+AOkA6Q-+AOk-\n",
            [put((2, 2), "y")],
            "would not be read as it is written in utf-7|could not be read",
        ),
        (b"\xff", [put((1, 1), "x")], "not valid utf-8"),
    ],
)
def test_what_cannot_be_done_says_why(before: bytes, changes: list[Change], message: str) -> None:
    with pytest.raises(RewriteError, match=message) as caught:
        rewrite(before, changes, notebook=False)
    assert "\n" not in str(caught.value)


def test_an_encoding_that_writes_less_than_it_reads_is_an_error_too() -> None:
    def search(name: str) -> codecs.CodecInfo | None:
        return codecs.CodecInfo(codecs.ascii_encode, codecs.latin_1_decode, name=name) if name == "one_way" else None

    codecs.register(search)
    try:
        with pytest.raises(RewriteError, match="text in one_way cannot be edited without rewriting all of it"):
            rewrite(b"# coding: one_way\n'\xe9'\n", [put((2, 1), "x")], notebook=False)
    finally:
        codecs.unregister(search)


@given(st.binary(), st.booleans())
def test_without_changes_nothing_is_even_read(data: bytes, notebook: bool) -> None:
    assert rewrite(data, [], notebook=notebook) is data


CODECS = [
    (b"", "utf-8", "ab é中😀\x0c\x85\u2028"),
    (b"\xef\xbb\xbf", "utf-8", "ab é中😀\x0c\x85\u2028"),
    (b"# coding: latin-1\n", "latin-1", "ab é\x0c\x85"),
    (b"# coding: shift_jis\r\n", "shift_jis", "ab あソ\x0c"),
    (b"#!\r# coding: gb18030\r", "gb18030", "ab 中é😀\x0c"),
    (b"# coding: iso2022_jp\n", "iso2022_jp", "ab あソ\x0c"),
]


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str, list[Change]]:
    """The text of a file with its own line ends, its encoding, and changes to it below its head."""
    head, encoding, letters = draw(st.sampled_from(CODECS))
    ends = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\r", "\n\r\n\r"]))
    body = draw(st.text(alphabet=letters + "\n" + ends, max_size=40))
    first = head.decode("utf-8-sig")
    text = re.sub("\r\n?", "\n", first + body)
    below = text[len(re.sub("\r\n?", "\n", first)) :]
    skipped = first.count("\n") + first.count("\r") - first.count("\r\n")
    changes = [
        Change(None, Span(span.line + skipped, span.column, span.end_line + skipped, span.end_column), change.replacement)
        for change in draw(changes_of(below, letters))
        for span in (change.span,)
        if below or not skipped
    ]
    return head.decode() + body, encoding, changes


@given(files(), st.randoms())
@settings(max_examples=500)
def test_a_file_becomes_its_edited_text_and_the_rest_stays(file: tuple[str, str, list[Change]], random: Any) -> None:
    text, encoding, changes = file
    data = text.encode(encoding)
    before = decode(HERE / "x.py", HERE, data).text.decode()
    shuffled = random.sample(changes, len(changes))
    after = rewrite(data, shuffled, notebook=False)
    assert decode(HERE / "x.py", HERE, after).text.decode() == model(before, changes)
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    units = [*re.findall("\r\n|(?s:.)", text.removeprefix("\ufeff")), ""]
    cuts = [0]
    for change in changes:
        cuts += (
            offset(before, change.span.line, change.span.column),
            offset(before, change.span.end_line, change.span.end_column),
        )
    kept = ["".join(units[start:end]) for start, end in zip(cuts[::2], [*cuts[1::2], len(units)], strict=True)]
    if changes and cuts[-1] > len(before):  # at the end that an unended text does not have, a newline may be taken away
        kept = [re.sub("(\r\n|\r|\n)\\Z", "", one) for one in kept]
    found = after.decode(encoding).removeprefix(mark)
    assert found.startswith(kept[0])
    assert found.endswith(kept[-1])
    place = 0
    for one in kept:
        assert one in found[place:]
        place = found.index(one, place) + len(one)


@given(st.text(alphabet="ab\n\r", max_size=30), st.data())
def test_the_same_text_again_changes_no_byte(text: str, data: st.DataObject) -> None:
    plain = re.sub("\r\n?", "\n", text)
    start, end = sorted((data.draw(st.integers(0, len(plain))), data.draw(st.integers(0, len(plain)))))
    same = put((*position(plain, start), *position(plain, end)), plain[start:end])
    assert edited(text, same) == text


# Notebooks


def notebook(*sources: Any, **more: Any) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": one} if not isinstance(one, dict) else one for one in sources]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}


def source_after(source: Any, *changes: Change) -> Any:
    """The source of a notebook's only cell, by `json`."""
    data = json.dumps(notebook(source)).encode()
    after = rewrite(data, changes, notebook=True)
    start, end = data.index(b'"source": ') + 10, data.index(b"}]}")
    assert (after[:start], after[len(after) - (len(data) - end) :]) == (data[:start], data[end:])
    return json.loads(after)["cells"][0]["source"]


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        (["a\n", "b"], put((2, 1), "x\n", 1), ["a\n", "x\n", "b"]),
        (["a\n", "b"], put((3, 1), "x\n", 1), ["a\n", "b\n", "x"]),
        (["a\n", "b\n"], put((3, 1), "x\n", 1), ["a\n", "b\n", "x\n"]),
        (["a\n", "b\n"], put((2, 2), "x", 1), ["a\n", "bx\n"]),
        (["a\n", "b"], put((1, 1, 2, 1), "", 1), ["b"]),
        (["a\n", "b"], put((2, 1, 3, 1), "", 1), ["a"]),
        (["a\n", "b"], put((1, 2, 2, 1), "", 1), ["ab"]),
        (["a\n", "b"], put((1, 1, 2, 2), "", 1), []),
        (["a"], put((2, 1), "x\ny\n", 1), ["a\n", "x\n", "y"]),
        ([], put((1, 1), "x\ny\n", 1), ["x\n", "y"]),
        ([""], put((1, 1), "x\ny\n", 1), ["x\n", "y"]),
        ("", put((1, 1), "x\ny\n", 1), "x\ny"),
        ("a\nb", put((2, 1), 'x"\\\n', 1), 'a\nx"\\\nb'),
        ("a", put((1, 1, 1, 2), "", 1), ""),
        ("a\r\nb", put((3, 1), "x\n", 1), "a\r\nb\r\nx"),
        (["a\r\n", "b"], put((2, 1), "x\n", 1), ["a\r\n", "x\r\n", "b"]),
        # Lists that are not cut into lines
        (["a", "b"], put((1, 3), "x", 1), ["a", "bx"]),
        (["a\nb\n", "c"], put((2, 1), "x\n", 1), ["a\nx\nb\n", "c"]),
        (["a\nb\n", "c"], put((3, 1), "x\n", 1), ["a\nb\nx\n", "c"]),
        (["a\nb"], put((3, 1), "x\n", 1), ["a\nb\nx"]),
        (["a\x0c", "b\n", "", "c"], put((2, 1), "x\n", 1), ["a\x0c", "b\n", "x\n", "c"]),
    ],
)
def test_the_source_of_a_cell_keeps_its_form(before: Any, change: Change, after: Any) -> None:
    assert source_after(before, change) == after


@pytest.mark.parametrize(
    ("source", "change", "after"),
    [
        (r'"\u00e9 é \/ \ud83d\ude00 \u0041"', put((1, 8), "ü", 1), r'"\u00e9 é \/ \ud83d\ude00ü \u0041"'),
        (r'["\u00e9 \/\n", "\u0041"]', put((2, 1), "ü\n", 1), r'["\u00e9 \/\n", "\u00fc\n", "\u0041"]'),
        (r'["\\u00e9"]', put((1, 1), "ü", 1), r'["ü\\u00e9"]'),
        (r'["\\\u00e9"]', put((1, 1), "ü\x7f", 1), r'["\u00fc\u007f\\\u00e9"]'),
        ('["\x7f\\u001b"]', put((1, 1), "\x7fü", 1), '["\x7fü\x7f\\u001b"]'),
        ('[ "a\\n"  ,"b" ]', put((2, 1), "x\n", 1), '[ "a\\n"  ,"x\\n"  ,"b" ]'),
        ('["a\\n", "b\\n",\n"c"]', put((2, 1), "x\n", 1), '["a\\n", "x\\n", "b\\n",\n"c"]'),
        ("[ \n ]", put((1, 1), "x\ny", 1), '["x\\n", "y"]'),
        ("[\n\t'a'\n]".replace("'", '"'), put((2, 1), "x", 1), '[\n\t"a\\n",\n\t"x"\n]'),
    ],
)
def test_characters_and_spaces_of_a_source_stay_as_written(source: str, change: Change, after: str) -> None:
    document = '{"cells": [{"cell_type": "code", "source": %s}]}'
    assert rewrite((document % source).encode(), [change], notebook=True).decode() == document % after


@pytest.mark.parametrize("elsewhere", ["", "é", "\\u00e9", "\\\\u00e9", "\\u001b"])
def test_the_document_tells_how_characters_are_written_that_the_cell_has_not(elsewhere: str) -> None:
    document = f'{{"metadata": {{"a": "{elsewhere}"}}, "cells": [{{"cell_type": "code", "source": ""}}]}}'
    written = "\\u00fc" if elsewhere == "\\u00e9" else "ü"
    after = rewrite(document.encode(), [put((1, 1), "ü", 1)], notebook=True).decode()
    assert after == document.replace('"source": ""', f'"source": "{written}"')


def test_of_equal_keys_the_last_counts() -> None:
    cell = '{"source": "x", "cell_type": "markdown", "source": "y", "cell_type": "code", "sourc\\u0065": "%s"}'
    document = f'{{"cells": 1, "cells": [{cell}]}}'
    assert rewrite((document % "z").encode(), [put((1, 1), "a", 1)], notebook=True).decode() == document % "az"


def test_format_3_is_edited_where_it_keeps_its_code() -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "input": []},
        {"cell_type": "markdown", "source": ["x"]},
        {"cell_type": "code", "input": "z"},
    ]
    document = {"nbformat": 3, "worksheets": [{"cells": cells[:1]}, {"cells": cells[1:]}]}
    data = json.dumps(document, indent=2).encode()
    after = rewrite(data, [put((1, 1), "b", 3), put((1, 1), "a\nc", 1)], notebook=True)
    cells[0]["input"], cells[2]["input"] = ["a\n", "c"], "bz"
    assert after.decode() == json.dumps(document, indent=2)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (None, "names no cell"),
        (0, "cell 0 is no code cell"),
        (2, "cell 2 is no code cell"),
        (4, "cell 4 is no code cell"),
        (3, "cell 3 has no source"),
    ],
)
def test_only_code_is_edited(cell: int | None, message: str) -> None:
    document = notebook("x", {"cell_type": "markdown", "source": "y"}, {"cell_type": "code"})
    with pytest.raises(RewriteError, match=message):
        rewrite(json.dumps(document).encode(), [put((1, 1), "x", cell)], notebook=True)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "broken JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"cells": 1}', '"cells" of the notebook is a number'),
        (b"[" * 100_000, "nests too deeply"),
        (json.dumps(notebook("a")).encode(), r"lies outside the text \(cell 1, line 9, column 1\)"),
    ],
)
def test_a_notebook_that_cannot_be_edited_says_why(data: bytes, message: str) -> None:
    with pytest.raises(RewriteError, match=message):
        rewrite(data, [put((9, 1), "x", 1)], notebook=True)


def test_no_notebook_can_hold_half_a_character() -> None:
    data = json.dumps(notebook("a", metadata={"é": 1}), ensure_ascii=False).encode()
    with pytest.raises(RewriteError, match=r"needs '\\ud800'"):
        rewrite(data, [put((1, 1), "\ud800", 1)], notebook=True)


def test_no_depth_raises_anything_else() -> None:
    edited_depths = []
    for depth in range(1, sys.getrecursionlimit() + 1):
        data = b'{"cells": [{"cell_type": "code", "metadata": %s, "source": "a"}]}' % (b"[" * depth + b"]" * depth)
        try:
            after = rewrite(data, [put((1, 1), "b", 1)], notebook=True)
        except RewriteError as error:
            assert "nests too deeply" in str(error)
        else:
            assert after == data.replace(b'"a"', b'"ba"')
            edited_depths.append(depth)
    assert len(edited_depths) > 500


def test_large_outputs_cost_little() -> None:
    output = {"data": {"image/png": "iVBORw0KGgo+/A==" * 640_000, "text/plain": ["x\n"] * 20_000}}
    cells = [
        {"cell_type": "code", "source": ["a\n", f"b{number}"], "outputs": [output] if number == 5 else []}
        for number in range(50)
    ]
    data = json.dumps(notebook(*cells), indent=1).encode()
    began = time.perf_counter()
    after = rewrite(data, [put((2, 1), "x\n", number + 1) for number in range(50)], notebook=True)
    assert time.perf_counter() - began < 3  # measured: 0.2 s
    assert len(after) - len(data) == 50 * len('\n    "x\\n",')


STYLES: list[Callable[[Any], str]] = [
    lambda document: json.dumps(document, indent=1, ensure_ascii=False) + "\n",
    lambda document: json.dumps(document, indent=2),
    lambda document: json.dumps(document, indent="\t", sort_keys=True),
    lambda document: json.dumps(document, indent=0) + "\n\n",
    lambda document: json.dumps(document, ensure_ascii=False),
    lambda document: json.dumps(document, separators=(",", ":")),
    lambda document: "\ufeff" + json.dumps(document, indent=1).replace("\n", "\r\n"),
]
LETTERS = 'ab "\\\x7f\x0cé中😀'
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["source", "cells", "é", "input"]), inner, max_size=3)
    ),
    max_leaves=5,
)


def as_written(text: str, *, is_list: bool) -> Any:
    return [line for line in re.split("(?<=\n)", text) if line] if is_list else text


@st.composite
def notebooks(draw: st.DrawFn, letters: str = LETTERS) -> tuple[dict[str, Any], dict[int, list[Change]]]:
    """A notebook and changes to some of its cells."""
    cells = []
    changes = {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        kind = draw(st.sampled_from(["code", "code", "code", "markdown"]))
        text = draw(st.text(alphabet=f"{letters}\n\n", max_size=20))
        source = as_written(text, is_list=draw(st.booleans()))
        cells.append({"cell_type": kind, "metadata": draw(JSON), "source": source, "outputs": draw(JSON)})
        if kind == "code" and draw(st.booleans()):
            plain = re.sub("\r\n?", "\n", text)
            changes[number] = draw(changes_of(plain.removesuffix("\n"), LETTERS, number))
    # The umlaut shows how this document is written even where no cell does.
    return {"metadata": {"ü": draw(JSON)}, "nbformat": 4, "cells": cells}, changes


def joined(source: Any) -> str:
    return "".join(source)


@given(notebooks(), st.sampled_from(STYLES), st.randoms())
@settings(max_examples=400)
def test_a_notebook_is_as_if_its_writer_had_written_the_new_source(
    made: tuple[dict[str, Any], dict[int, list[Change]]], style: Callable[[Any], str], random: Any
) -> None:
    document, changes = made
    every = [change for group in changes.values() for change in group]
    after = rewrite(style(document).encode(), random.sample(every, len(every)), notebook=True)
    expected = copy.deepcopy(document)
    for number, group in changes.items():
        cell = expected["cells"][number - 1]
        text = joined(cell["source"])
        cell["source"] = as_written(model(text, group, is_cell=True), is_list=isinstance(cell["source"], list))
    assert after.decode() == style(expected)


@given(notebooks(LETTERS + "\r\r"), st.sampled_from(STYLES), st.data())
@settings(max_examples=300)
def test_a_notebook_cut_and_ended_anyhow_keeps_all_but_its_edited_sources(
    made: tuple[dict[str, Any], dict[int, list[Change]]], style: Callable[[Any], str], data: st.DataObject
) -> None:
    document, changes = made
    for cell in document["cells"]:
        text = joined(cell["source"])
        cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
        if isinstance(cell["source"], list) and cuts:
            cell["source"] = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    after = rewrite(
        style(document).encode(), [change for group in changes.values() for change in group], notebook=True
    ).decode()

    got = json.loads(after.removeprefix("\ufeff"))
    frame = copy.deepcopy(document)
    for number, group in changes.items():
        old, new = document["cells"][number - 1]["source"], got["cells"][number - 1]["source"]
        assert type(old) is type(new)
        plain = re.sub("\r\n?", "\n", joined(old))
        assert re.sub("\r\n?", "\n", joined(new)) == model(plain, group, is_cell=True)
        frame["cells"][number - 1]["source"] = got["cells"][number - 1]["source"] = f"@{number}@"
    assert style(got) == style(frame), "NaN is not equal to itself, its JSON is"
    parts = re.split('"@[1-4]@"', style(frame))
    place = 0
    for part in parts:
        place = after.index(part, place) + len(part)
    assert after.startswith(parts[0])
    assert after.endswith(parts[-1])


# The real thing


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "programs").glob("notebook_*/*.ipynb")), ids=lambda path: path.stem)
def test_a_line_more_in_each_cell_of_a_real_notebook(path: Path) -> None:
    source = read(path, ROOT)
    assert source.cells
    changes = [put((1, 1), "# one more\n", cell.number) for cell in source.cells if cell.source]
    after = rewrite(path.read_bytes(), changes, notebook=True)
    again = decode(path, ROOT, after)
    assert again.cells is not None
    assert [cell.source for cell in again.cells] == [cell.source and f"# one more\n{cell.source}" for cell in source.cells]
    assert re.sub(r'\n *"# one more\\n",|# one more\\n', "", after.decode()) == path.read_text()


# Pieces of a diff


def test_a_python_file_is_one_piece() -> None:
    before, after = b"\xef\xbb\xbfa\r\n'\xc3\xa9'", b"\xef\xbb\xbfa\r\nb\r\n'\xc3\xa9'"
    assert pieces("x.py", before, after, notebook=False) == [("x.py", "\ufeffa\r\n'é'", "\ufeffa\r\nb\r\n'é'")]
    assert pieces("x.py", before, before, notebook=False) == []


def test_a_notebook_has_a_piece_for_each_cell_that_changed() -> None:
    before = json.dumps(notebook("a\nb", "same", [], {"cell_type": "markdown", "source": "x"}, "z\n")).encode()
    changes = [put((2, 1), "x\n", 1), put((1, 1), "new\n", 3), put((1, 2), "!", 5)]
    after = rewrite(before, changes, notebook=True)
    assert pieces("n.ipynb", before, after, notebook=True) == [
        ("n.ipynb:cell 1", "a\nb\n", "a\nx\nb\n"),
        ("n.ipynb:cell 3", "", "new\n"),
        ("n.ipynb:cell 5", "z\n", "z!\n"),
    ]


@pytest.mark.parametrize(("data", "is_notebook"), [(b"\xff", False), (b"{", True), (b"\xff", True)])
def test_what_cannot_be_read_has_no_pieces(data: bytes, is_notebook: bool) -> None:
    with pytest.raises(RewriteError):
        pieces("x", data, data, notebook=is_notebook)
