"""Which function fixes call, and how a file of the project imports it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from reprolint import vendor
from reprolint.facts.layout import Imported
from reprolint.fixes.names import Target
from reprolint.program.entry import EntryPoint
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project
from reprolint.vendor import version_of

FILE: Final = "reprolint_runtime"
"""The name of a copy of the runtime that a fix adds to a project."""


class Targets:
    """The seeding function for the files of one program.

    :param function: the setting ``set-seed``, empty for our own.
    :param runtime: the setting ``runtime``: "import", or "vendor" for a copy in the project.
    :param roots: further directories in which the program's imports are looked up.
    """

    def __init__(self, project: Project, entry: EntryPoint, function: str, runtime: str, roots: Iterable[Path]) -> None:
        self.project = project
        self.entry = entry
        self.function = function
        self.runtime = runtime
        self.finder = Finder(project, entry.module, roots)

    def of(self, module: Module) -> tuple[Target, dict[Path, bytes]] | None:
        """The function as this file imports it, and the files that have to be added for that.

        :returns: None where the file cannot import it, because the function's own file imports this one.
        """
        if self.function:
            return self._own(module)
        if self.runtime == "vendor":
            return self._copy(module)
        return self._target(module, "reprolint.runtime", "set_seed"), {}

    def _target(self, module: Module, dotted: str, name: str, here: bool = False) -> Target:
        def may_bring(imported: Imported) -> bool:
            return self._may_bring(module, imported.level, imported.module, name, set())

        return Target(dotted, name, self._is_local, may_bring, here)

    def _may_bring(self, module: Module, level: int, dotted: str, name: str, seen: set[Module]) -> bool:
        """Whether ``import *`` from a module may bring a name; of a library's module nobody knows."""
        if not level and dotted.partition(".")[0] in sys.stdlib_module_names:
            return False
        found = self.finder.relative(module, level, dotted) if level else self.finder.find(dotted)
        if not isinstance(found, Module):
            return True
        if found in seen:
            return False
        seen.add(found)
        if re.search(rb"\b" + re.escape(name.encode()) + rb"\b", found.text):
            return True
        stars = re.findall(rb"^\s*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+\*", found.text, re.MULTILINE)
        return any(self._may_bring(found, len(dots), inner.decode(), name, seen) for dots, inner in stars)

    def _is_local(self, name: str) -> bool:
        return self.finder.find(name) is not None or name.startswith(FILE)

    def _own(self, module: Module) -> tuple[Target, dict[Path, bytes]] | None:
        dotted, _, name = self.function.rpartition(".")
        home = self.finder.find(dotted)
        if isinstance(home, Module) and home is not module and module in self._reached_from(home):
            return None
        return self._target(module, dotted, name, here=home is module), {}

    def _reached_from(self, module: Module) -> set[Module]:
        """The files that a file imports, and those that these import."""
        seen: set[Module] = set()
        stack = [module]
        while stack:
            one = stack.pop()
            if one in seen:
                continue
            seen.add(one)
            stack += self.finder.imported(one)
        return seen

    def _copy(self, module: Module) -> tuple[Target, dict[Path, bytes]] | None:
        """A copy that the program can import already; else a new one, where every program that runs the file can import it.

        That is the file's top package, or the folder of a file that is in none.
        """
        for other in self.project.modules.values():
            dotted = self._dotted(other) if version_of(other.text) is not None else None
            if dotted is not None and self._surely_imports(module, other, dotted):
                return self._target(module, dotted, "set_seed"), {}
        dotted = module.path.stem if self._stands_alone(module) else self._dotted(module)
        if dotted is None:
            return None
        package = "" if "." not in dotted and not module.is_package else dotted.partition(".")[0]
        below = dotted.count(".") + (1 if module.is_package else 0)
        home = module.path.parents[below - 1] if package else module.path.parent
        taken = {path.stem for path in self.project.files_like(home, f"{FILE}*")}
        file = next(name for name in (FILE, *(f"{FILE}_{number}" for number in range(2, 1000))) if name not in taken)
        dotted = f"{package}.{file}" if package else file
        return self._target(module, dotted, "set_seed"), {home / f"{file}.py": vendor.text().encode()}

    def _stands_alone(self, module: Module) -> bool:
        """Whether a file is run as a script that imports nothing through its own package."""
        if module is not self.entry.module or self.entry.function is not None or module.path.name == "__main__.py":
            return False
        dotted = self._dotted(module) or module.path.stem
        return not any(level or name.partition(".")[0] == dotted.partition(".")[0] for level, name in module.imported_names)

    def _surely_imports(self, module: Module, copy: Module, dotted: str) -> bool:
        """Whether a file can import a copy however its programs are started: it is in the same package or folder, or what they
        import already comes from there."""
        top = dotted.partition(".")[0]
        if top == dotted and copy.path.parent in (module.path.parent, self.entry.module.path.parent):
            return module is self.entry.module or copy.path.parent == module.path.parent
        names = [*module.imported_names, *self.entry.module.imported_names]
        same_package = not self._stands_alone(module) and (self._dotted(module) or "").partition(".")[0] == top
        return same_package or any(not level and name.partition(".")[0] == top for level, name in names)

    def _dotted(self, module: Module) -> str | None:
        """The name by which the program imports a file, from its outermost package on; None where it cannot."""
        folder = module.path.parent
        while self.project.has((folder / "__init__.py").as_posix()) and folder != self.project.root:
            folder = folder.parent
        for root in (folder.as_posix(), *self.finder.roots):
            if module.path.is_relative_to(root):
                path = module.path.parent if module.is_package else module.path.with_suffix("")
                parts = path.relative_to(root).parts
                dotted = ".".join(parts)
                if parts and all(part.isidentifier() for part in parts) and self.finder.find(dotted) is module:
                    return dotted
        return None
