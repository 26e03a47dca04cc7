"""The runtime as a file of the reader's own project: ``reprolint runtime --write`` and the setting ``runtime = "vendor"``."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final, Literal

from reprolint import __version__
from reprolint.errors import UsageError
from reprolint.sources.write import ChangedMeanwhile, replace

LICENCE: Final = """\
MIT License

Copyright (c) reprolint contributors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

MARK: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?# reprolint\.runtime (\S+), a copy made by `reprolint runtime --write`")
"""How a copy begins. A copy is recognised by this line, wherever it lies and whatever its name."""


def text() -> str:
    """The runtime as a module of its own: a header with version and licence, then the file that this package ships."""
    from importlib import resources  # not worth its time where a copy is only recognised

    licence = "".join(f"# {line}".rstrip() + "\n" for line in LICENCE.splitlines())
    source = resources.files("reprolint").joinpath("runtime.py").read_text(encoding="utf-8")
    return (
        f"# reprolint.runtime {__version__}, a copy made by `reprolint runtime --write`.\n"
        "# Do not edit: `reprolint runtime --check` says whether it is current, `--write` renews it.\n"
        f"#\n{licence}\n{source}"
    )


def version_of(head: bytes) -> str | None:
    """The version in the first line of a copy; None: the file is no copy.

    :param head: the first bytes of the file, at least its first line.
    """
    found = MARK.match(head)
    return found[1].decode("ascii", "replace") if found else None


def write(path: Path) -> Literal["written", "current"]:
    """Write the copy, or renew one.

    :raises UsageError: if something else is there, or the file cannot be written.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file, as in {path / 'reprolint_runtime.py'}")
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file")  # reading a pipe or a terminal would wait for ever
    try:
        before = path.read_bytes() if path.exists() else None
        if before is not None and version_of(before) is None:
            raise UsageError(f"{path} is no copy of the runtime; it is left as it is")
        if before is not None and _says_the_same(before):
            return "current"
        replace(path, text().encode("utf-8"), expected=before)
    except ChangedMeanwhile as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error
    return "written"


def check(path: Path) -> str | None:
    """Whether a copy is current.

    :returns: None if it is; else a sentence that says what is different. Layout and comments do not count: a project's
        formatter may have changed them.
    :raises UsageError: if there is no copy to check.
    """
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is no file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    version = version_of(data)
    if version is None:
        raise UsageError(f"{path} is no copy of the runtime")
    if version != __version__:
        return f"{path} is version {version}; this is {__version__}"
    if not _says_the_same(data):
        return f"{path} was edited: it is not what version {version} is"
    return None


def _says_the_same(data: bytes) -> bool:
    if version_of(data) != __version__:
        return False
    try:
        return ast.dump(ast.parse(data)) == ast.dump(ast.parse(text()))
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the last two: brackets in brackets in brackets
        return False
