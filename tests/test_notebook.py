"""Notebooks as one Python text whose lines stay where they are."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reprolint.model import Span
from reprolint.sources.notebook import Notebook, NotebookError, join, locate, neutralise
from reprolint.sources.source import SourceError, read


def notebook(*sources: Any, **more: Any) -> str:
    cells = [{"cell_type": "code", "source": one} if not isinstance(one, dict) else one for one in sources]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more})


MARKDOWN = {"cell_type": "markdown", "source": "# Title\n\nimport nothing"}


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = 1", "x = 1"),
        ("", ""),
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("if a:\n    !pip install b\n    %cd c", "if a:\n    pass\n    pass"),
        ("?print\nprint?\nnp.random??\nx = 1", "pass\npass\npass\nx = 1"),
        ("x = 1  # really?", "x = 1  # really?"),
        ("# really?", "# really?"),
        ("files = !ls\na, b = %who_ls\nc[0] =!ls", "files = None\na, b = None\nc[0] = None"),
        ("x = a %b\nx %= 2\nx != 3", "x = a %b\nx %= 2\nx != 3"),
        ('"""\n%time\n!ls\nwhat?\n"""', '"""\n%time\n!ls\nwhat?\n"""'),
        ("x = (1\n%two\n)", "x = (1\n%two\n)"),
        ("x = 1 \\\n%two", "x = 1 \\\n%two"),
        ("x = 'a\\\n%b'", "x = 'a\\\n%b'"),
        ("x = '''a''' # '''\n%b", "x = '''a''' # '''\npass"),
        ("x = '(' # (\n%b", "x = '(' # (\npass"),
        ("!echo it's \\\n  more\nx = 1", "pass\n\nx = 1"),
        ("%time x = f()", "if 1: x = f()"),
        ("%timeit -n 10 -r 3 f()", "if 1:".ljust(len("%timeit -n 10 -r 3 ")) + "f()"),
        ("for x in y:\n    %time f(x)", "for x in y:\n    if 1: f(x)"),
        ("%time", "pass"),
        ("%run other.py", '__reprolint_run__("other.py")'),
        ("%run -i lib/other --epochs 3", '__reprolint_run__("lib/other.py")'),
        ('%run "my file.ipynb"', '__reprolint_run__("my file.ipynb")'),
        ("%run ./a.py", '__reprolint_run__("./a.py")'),
        ("%run $name", "pass"),
        ("%run -m module", "pass"),
        ("%run", "pass"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("\n%%capture out\n%%more\nx = 1", "\npass\npass\nx = 1"),
        ("%%bash\npython train.py\n", "\n\n"),
        ("%%writefile a.py\nimport random", "\n"),
        ("%%", ""),
        ("x = r'\\d' + '\\d'", "x = r'\\d' + '\\d'"),
        ("await f()", "await f()"),
        ("plot(x);", "plot(x);"),
    ],
)
def test_what_ipython_adds_is_neutralised_in_place(cell: str, python: str) -> None:
    assert neutralise(cell) == python


@pytest.mark.parametrize(
    "cell",
    ["print 'python 2'", "/f x", "x = (", "x = 1 \\", '"""', "  x = 1\ny = 2", "\0", "\ud800", "a" + ".b" * 60_000, "(" * 300],
)
def test_what_is_still_no_python_is_refused(cell: str) -> None:
    assert neutralise(cell) is None


def test_code_cells_are_joined_and_all_cells_are_counted() -> None:
    got = join(
        notebook(
            MARKDOWN, "import a\n%cd b\n", ["x = 1\n", "y = 2"], "print 'no'\n1", "", {"cell_type": "raw", "source": ""}, "z"
        )
    )
    assert got.text == "import a\npass\nx = 1\ny = 2\n\n\n\nz\n"
    assert [(cell.number, cell.line) for cell in got.cells] == [(2, 1), (3, 3), (4, 5), (5, 7), (7, 8)]
    assert got.cells[0].source == "import a\n%cd b"
    assert got.skipped == (4,)
    assert locate(got.cells, Span(4, 1, 4, 6)) == (3, Span(2, 1, 2, 6))
    assert locate(got.cells, Span(8, 1, 9, 1)) == (7, Span(1, 1, 2, 1))


def test_no_cells_no_place() -> None:
    assert join(notebook()) == Notebook("", (), ())
    assert locate((), Span(1, 1, 1, 1)) == (None, Span(1, 1, 1, 1))


def test_format_3_keeps_its_code_in_worksheets() -> None:
    cells = [
        MARKDOWN,
        {"cell_type": "code", "language": "python", "input": ["x = 1\n", "y"]},
        {"cell_type": "code", "language": "ruby", "input": "p 1"},
    ]
    got = join(json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}, {"cells": [{"cell_type": "code", "input": "z"}]}]}))
    assert got.text == "x = 1\ny\nz\n"
    assert [cell.number for cell in got.cells] == [2, 4]


@pytest.mark.parametrize(
    ("metadata", "python"),
    [
        ({}, True),
        ({"kernelspec": {"name": "python3", "language": "python"}}, True),
        ({"kernelspec": {"language": "R"}}, False),
        ({"language_info": {"name": "julia"}, "kernelspec": {"language": "python"}}, False),
        ({"language_info": {"name": "Python", "version": "3.10"}}, True),
        ({"language_info": {}}, True),
        ({"language_info": {"name": 3}}, False),
    ],
)
def test_only_python_is_read(metadata: dict[str, Any], python: bool) -> None:
    assert bool(join(notebook("x = 1", metadata=metadata)).cells) is python


@pytest.mark.parametrize(
    ("document", "message", "line", "column"),
    [
        ("", "broken JSON", 1, 1),
        ('{"cells": [\n  {,\n', "broken JSON", 2, 4),
        ("[]", "is a list", 1, 1),
        ("3", "is a number", 1, 1),
        ("null", "is null", 1, 1),
        ("{}", 'no "cells"', 1, 1),
        ('{"nbformat": 2, "worksheets": []}', "format 2", 1, 1),
        ('{"nbformat": true, "cells": []}', "format true", 1, 1),
        ('{"nbformat": {"a": "a very long value indeed"}, "cells": []}', "format an object", 1, 1),
        ('{"cells": 1}', '"cells" of the notebook is a number', 1, 1),
        ('{"cells": ["x"]}', "cell 1 is text", 1, 1),
        ('{"cells": [{"cell_type": "code", "source": 1}]}', "source of cell 1 is a number", 1, 1),
        ('{"cells": [{"cell_type": "code", "source": ["a", null]}]}', "source of cell 1 is a list", 1, 1),
        ('{"cells": [], "metadata": []}', '"metadata" of the notebook is a list', 1, 1),
        ('{"cells": [], "metadata": {"kernelspec": 1}}', '"kernelspec" of the metadata is a number', 1, 1),
        ('{"worksheets": [false]}', "a worksheet is a truth value", 1, 1),
        ('{"worksheets": [{"cells": {}}]}', '"cells" of a worksheet is an object', 1, 1),
        ("[" * 100_000, "nests too deeply", 1, 1),
        ("9" * 5000, "number that is too large", 1, 1),
    ],
)
def test_what_is_no_notebook_says_why(document: str, message: str, line: int, column: int) -> None:
    with pytest.raises(NotebookError, match=message) as caught:
        join(document)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_a_notebook_file_is_a_source(tmp_path: Path) -> None:
    file = tmp_path / "n.ipynb"
    file.write_bytes(b"\xef\xbb\xbf" + notebook(MARKDOWN, "é = 1", "print 1").encode())
    got = read(file, tmp_path)
    assert (got.text.decode(), got.skipped_cells) == ("é = 1\n\n", (3,))
    assert got.locate(Span(1, 5, 1, 6)) == (2, Span(1, 5, 1, 6))


def test_a_broken_notebook_file_is_invalid(tmp_path: Path) -> None:
    file = tmp_path / "n.ipynb"
    for data, line in ((b"{\n", 2), (b'{\n"\xff', 2), (b"", 1)):
        file.write_bytes(data)
        with pytest.raises(SourceError, match="not a notebook") as caught:
            read(file, tmp_path)
        assert (caught.value.code, caught.value.line) == ("RPL902", line)


LINES = st.sampled_from(
    [
        "x = 1",
        "",
        "%cd a",
        "!ls \\",
        "if x:",
        "    y = 2",
        "    %time f(x)",
        '"""',
        "'''",
        "(",
        ")",
        "x = 'a\\",
        "f?",
        "a = !b",
        "%%time",
        "%%bash",
        "# c?",
        "print 1",
        "\\",
    ]
)
CELLS = st.lists(st.lists(LINES, max_size=6).map("\n".join) | st.text(max_size=20), max_size=6)


@given(CELLS, st.lists(st.booleans(), min_size=6, max_size=6))
def test_every_line_maps_back_to_its_cell_and_line(sources: list[str], prose: list[bool]) -> None:
    cells = [{"cell_type": "markdown" if text else "code", "source": one} for one, text in zip(sources, prose, strict=False)]
    got = join(json.dumps({"cells": cells}))
    expected = []
    for number, cell in enumerate(cells, start=1):
        lines = cell["source"].replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
        if cell["cell_type"] == "code":
            expected += [(number, line) for line in range(1, len(lines) + 1)]
    assert got.text.count("\n") == len(expected)
    assert got.text == "" or got.text.endswith("\n")
    for line, (number, line_in_cell) in enumerate(expected, start=1):
        assert locate(got.cells, Span(line, 3, line, 5)) == (number, Span(line_in_cell, 3, line_in_cell, 5))


@given(CELLS)
def test_the_joined_text_is_python_and_nothing_plain_is_changed(sources: list[str]) -> None:
    got = join(notebook(*sources))
    ast.parse(got.text)
    lines = got.text.split("\n")
    for cell in got.cells:
        written = cell.source.split("\n")
        if not {"%", "!", "?"} & set(cell.source) and cell.number not in got.skipped:
            assert lines[cell.line - 1 : cell.line - 1 + len(written)] == written
