"""What an import statement finds when a given script is run: Python's search order over the project's own files."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from reprolint.program.project import Module, Project

KNOWN_LIBRARIES = frozenset(
    "accelerate albumentations cv2 datasets diffusers evaluate fastai gym gymnasium hydra ignite jax keras lightning matplotlib "
    "monai numpy omegaconf optuna pandas peft PIL pytorch_lightning scipy skimage sklearn tensorflow timm tokenizers torch "
    "torchaudio torchtext torchvision tqdm transformers trl wandb yaml".split()
)
"""Installed packages that a mere folder of the same name does not shadow: a namespace package comes last."""


class Finder:
    """Resolves dotted names for one program.

    :param entry: the script that is run; its own directory comes first, as in ``sys.path[0]``.
    :param extra: directories from the setting ``src``.
    """

    def __init__(self, project: Project, entry: Module, extra: Iterable[Path] = ()) -> None:
        self.project = project
        self.script = entry.path.parent
        roots = [*extra]
        if not entry.is_notebook and project.has((self.script / "__init__.py").as_posix()):
            package = self.script
            while project.has((package / "__init__.py").as_posix()) and package != project.root:
                package = package.parent
            roots.append(package)
        for folder in (self.script, *self.script.parents):
            roots += [folder, folder / "src"]
            if folder == project.root:
                break
        for folder in project.distributions:
            roots += [folder, folder / "src", folder / "lib", folder / "python"]
        self.roots = list(dict.fromkeys(root.as_posix() for root in roots))
        self._found = self._cache()
        self.mounted: dict[str, Module] = {}
        """Dotted names under which the code imports files of this project that lie higher up here (see `mount`)."""

    def add_root(self, folder: str) -> None:
        """Honour ``sys.path.append`` and ``sys.path.insert`` of a known directory."""
        if folder not in self.roots:
            self.roots.insert(0, folder)
            self._found = self._cache()

    @property
    def order(self) -> tuple[str, ...]:
        """What decides where a name is found: programs of one project with the same order share what they found."""
        return (self.script.as_posix(), *self.roots)

    def _cache(self) -> dict[str, Module | str | None]:
        return self.project.searches.setdefault(self.order, {})

    def find(self, dotted: str) -> Module | str | None:
        """A module of the project; the path of a folder that acts as a namespace package; None for anything else."""
        if dotted not in self._found:
            self._found[dotted] = self._search(dotted)
        return self._found[dotted]

    def _search(self, dotted: str) -> Module | str | None:
        parent, _, name = dotted.rpartition(".")
        if parent:
            above = self.find(parent)
            if above is None:
                return None
            folder = above if isinstance(above, str) else above.path.parent.as_posix() if above.is_package else None
            return self._in(folder, name) if folder is not None else None
        return self._top(name)

    def _top(self, name: str) -> Module | str | None:
        script = self.script.as_posix()
        own = self._in(script, name)
        if isinstance(own, Module) and name not in sys.builtin_module_names:
            return own
        if name in sys.stdlib_module_names:
            return None
        for root in self.roots:
            found = self._in(root, name)
            if isinstance(found, Module):
                return found
        if name in KNOWN_LIBRARIES:
            return None
        return next((found for root in self.roots if (found := self._in(root, name)) is not None), None)

    def _in(self, folder: str, name: str) -> Module | str | None:
        base = f"{folder}/{name}"
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if self.project.has(path):
                return self.project.module(path)
        return base if base in self.project.directories else None

    def mount(self, dotted: str) -> Module | None:
        """A module imported by the name that it has in a larger tree: ``company.team.model.net`` for ``model/net.py``.

        Taken only where the first part is found nowhere, and at least two parts match.
        """
        parts = dotted.split(".")
        for start in range(1, len(parts) - 1):
            found = self.find(".".join(parts[start:]))
            if isinstance(found, Module):
                self.mounted[dotted] = found
                return found
        return None

    def relative(self, importer: Module, level: int, dotted: str) -> Module | str | None:
        """What ``from ..x import`` finds, counted from the importing file's folder."""
        folder = importer.path.parent
        for _ in range(level - 1):
            folder = folder.parent
        current: Module | str | None = self._package(folder)
        for part in filter(None, dotted.split(".")):
            if isinstance(current, Module):
                current = current.path.parent.as_posix() if current.is_package else None
            if current is None:
                return None
            current = self._in(current, part)
        return current

    def _package(self, folder: Path) -> Module | str | None:
        init = (folder / "__init__.py").as_posix()
        if self.project.has(init):
            return self.project.module(init)
        return folder.as_posix() if folder.as_posix() in self.project.directories else None

    def imported(self, importer: Module) -> Iterator[Module]:
        """The modules of the project that a file's import lines name, packages on the way to them included."""
        for level, dotted in importer.imported_names:
            parts = dotted.split(".")
            for count in range(1, len(parts) + 1):
                prefix = ".".join(parts[:count])
                found = self.relative(importer, level, prefix) if level else self.find(prefix)
                if isinstance(found, Module):
                    yield found

    def below(self, package: Module | str, name: str) -> Module | str | None:
        """The submodule ``name`` of a package."""
        if isinstance(package, Module):
            return self._in(package.path.parent.as_posix(), name) if package.is_package else None
        return self._in(package, name)
