"""Which function fixes call, and how a file of the project imports it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from reprolint.fixes.names import Target
from reprolint.program.entry import EntryPoint
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project

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

    def of(self, module: Module) -> tuple[Target, dict[Path, bytes]]:
        """The function as this file imports it, and the files that have to be added for that."""
        if self.function:
            dotted, _, name = self.function.rpartition(".")
            return Target(dotted, name, self._is_local), {}
        if self.runtime == "vendor":
            return self._copy()
        return Target("reprolint.runtime", "set_seed", self._is_local), {}

    def _is_local(self, name: str) -> bool:
        return self.finder.find(name) is not None or name == FILE

    def _copy(self) -> tuple[Target, dict[Path, bytes]]:
        """A copy that the program can import already; else a new one, in the top package or beside the script."""
        for module in self.project.modules.values():
            dotted = self._dotted(module) if module.is_runtime and module.path.name != "runtime.py" else None
            if dotted is not None:
                return Target(dotted, "set_seed", self._is_local), {}
        from reprolint import vendor

        folder, package = self.entry.module.path.parent, ""
        as_package = self.entry.function is not None or self.entry.module.path.name == "__main__.py"
        while as_package and self.project.has((folder / "__init__.py").as_posix()):
            package = f"{folder.name}.{package}"
            folder = folder.parent
        home = folder / package.partition(".")[0] if package else folder
        dotted = f"{package.partition('.')[0]}.{FILE}" if package else FILE
        return Target(dotted, "set_seed", self._is_local), {home / f"{FILE}.py": vendor.text().encode()}

    def _dotted(self, module: Module) -> str | None:
        """The name by which the program imports a file; None where it cannot."""
        for root in self.finder.roots:
            if module.path.is_relative_to(root):
                parts = module.path.relative_to(root).with_suffix("").parts
                dotted = ".".join(parts)
                if all(part.isidentifier() for part in parts) and self.finder.find(dotted) is module:
                    return dotted
        return None
