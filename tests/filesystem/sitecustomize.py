"""Another file system: folders list their files in an order that the variable ``LISTING_ORDER`` decides.

Programs under test find this on ``PYTHONPATH``. `glob`, `pathlib` and `os.walk` all go through the two functions that are replaced.
"""

import functools
import os
from hashlib import blake2b

_listdir, _scandir = os.listdir, os.scandir
_ORDER = os.environ.get("LISTING_ORDER", "")


def _key(name):
    return blake2b(_ORDER.encode() + os.fsencode(name)).digest()


class _Entries:
    """What `os.scandir` gives."""

    def __init__(self, path="."):
        with _scandir(path) as entries:
            self._entries = iter(sorted(entries, key=lambda entry: _key(entry.name)))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        self._entries = iter(())


def _listed(path="."):
    names = _listdir(path)
    return sorted(names, key=_key) if all(isinstance(name, (str, bytes)) for name in names) else names


if _ORDER:
    # Like built-in functions, these must not turn into methods where a class keeps them, as older versions of `pathlib` do.
    os.listdir = functools.partial(_listed)
    os.scandir = functools.partial(_Entries)
