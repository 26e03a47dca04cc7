"""Whether other files of a project use a name of a file, judged by their import lines."""

from __future__ import annotations

import re

from reprolint.program.project import Module, Project


def used_elsewhere(project: Project, module: Module, name: str) -> bool:
    """Whether another file may get a name from this one: ``from this import name``, ``from this import *``, ``this.name``."""
    stem = re.escape((module.path.parent if module.is_package else module.path.with_suffix("")).name.encode())
    word = re.escape(name.encode())
    mentioning = re.compile(rb"\b" + stem + rb"\b")
    taking = re.compile(rb"\bfrom\b[^\n]*\b" + stem + rb"[ \t]+import[ \t]+(\([^)]*\)|(?:[^\n]*\\\n)*[^\n]*)")
    naming = re.compile(rb"\b" + word + rb"\b|\*")
    aliased = re.compile(rb"\b" + stem + rb"[ \t]+as[ \t]+(\w+)")
    for other in project.modules.values():
        if other is module or not mentioning.search(other.text):
            continue
        if any(naming.search(match[1]) for match in taking.finditer(other.text)):
            return True
        called = {stem, *(match[1] for match in aliased.finditer(other.text))}
        if re.search(rb"\b(?:" + rb"|".join(sorted(called)) + rb")\." + word + rb"\b", other.text):
            return True
    return False
