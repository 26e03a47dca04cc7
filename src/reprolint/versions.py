"""Versions of libraries. Apart from what is known of the libraries, because settings name versions and are read without that."""

from __future__ import annotations

import re
from typing import TypeAlias

Version: TypeAlias = tuple[int, int]
"""The first two numbers of a library's version, which compare as versions do."""


def parsed_version(text: str) -> Version | None:
    """The first two numbers of a version (``2.4``, ``2.4.1+cu121``); None where there are none."""
    found = re.fullmatch(r"(\d+)\.(\d+)(?:[.+a-z].*)?", text)
    return (int(found[1]), int(found[2])) if found is not None else None
