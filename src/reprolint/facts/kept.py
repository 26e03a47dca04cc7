"""Facts kept from run to run, by what a file holds: neither rules nor knowledge nor settings have a part in them."""

from __future__ import annotations

import importlib.util
import marshal
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from reprolint.sources.cache import Cache, digest, name_of


class Kept:
    """The facts of one project's files.

    :param root: the project's folder, which tells it from others.
    """

    def __init__(self, cache: Cache, root: Path) -> None:
        self._cache = cache
        self._name = f"{name_of(str(root))}-{_made_by().hex()[:8]}-facts"
        found = cache.read(self._name)
        self._files: dict[str, tuple[bytes, dict[str, bytes]]] = found if isinstance(found, dict) else {}
        self._new: list[tuple[str, bytes, str, bytes]] = []

    def of(self, path: Path, content: bytes, part: str, work: Callable[[], Any]) -> Any:
        """One part of what is known of a file.

        :param content: the digest of what the file holds.
        :param work: works the part out; it is made of plain values.
        """
        name = path.as_posix()
        known = self._files.get(name)
        if known is not None and known[0] == content and part in known[1]:
            return marshal.loads(known[1][part])
        value = work()
        try:
            data = marshal.dumps(value)
        except ValueError:  # nests deeper than marshal goes
            return value
        self._add(name, content, part, data)
        return value

    def _add(self, name: str, content: bytes, part: str, data: bytes) -> None:
        known = self._files.get(name)
        if known is None or known[0] != content:
            known = self._files[name] = (content, {})
        known[1][part] = data
        self._new.append((name, content, part, data))

    @property
    def count(self) -> int:
        """How much is new in this run."""
        return len(self._new)

    def told(self, since: int) -> bytes:
        """What is new since `count` was this, for `learn` in another process."""
        return marshal.dumps(self._new[since:])

    def learn(self, news: bytes) -> None:
        """Take what another process of this run has found out."""
        for row in marshal.loads(news):
            self._add(*row)

    def save(self, paths: Collection[Path]) -> None:
        """Write what is new.

        :param paths: the files of the project; what is known of others is dropped.
        """
        if self._new:
            names = {path.as_posix() for path in paths}
            self._cache.write(self._name, {name: known for name, known in self._files.items() if name in names})
            self._new = []


def _made_by() -> bytes:
    """What facts depend on beside the file: this package, the running Python's parser, and libcst."""
    own = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    spec = importlib.util.find_spec("libcst")
    version = Path(spec.origin).with_name("_version.py") if spec is not None and spec.origin is not None else None
    other = version.read_bytes() if version is not None and version.exists() else b""
    return digest(b"\0".join([sys.version.encode(), other, *own]))
