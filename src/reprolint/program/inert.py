"""Which modules need not be read when they are imported, because importing them cannot touch a generator or a switch."""

from __future__ import annotations

import builtins
import re
from functools import cached_property
from typing import Final

from reprolint.facts.skim import Skim
from reprolint.knowledge import Knowledge
from reprolint.program.imports import Finder
from reprolint.program.project import Module

_MATTERS: Final = frozenset(
    {
        "builtins.exec", "builtins.eval", "builtins.exit", "builtins.quit", "builtins.__import__",
        "sys.exit", "os._exit", "sys.path.append", "sys.path.insert", "importlib.import_module", "runpy.run_path", "sys.path.extend",
        "multiprocessing.set_start_method", "torch.multiprocessing.set_start_method",
    }
)  # fmt: skip
_SEEDISH: Final = re.compile(r"seed|determinis|reproduc|rng|random", re.IGNORECASE)
_MAX_DEPTH: Final = 5


class Inertness:
    """Judges modules for one search order of imports."""

    def __init__(self, finder: Finder, knowledge: Knowledge) -> None:
        self.finder = finder
        self.knowledge = knowledge
        self._modules: dict[Module, bool] = {}
        self._targets: dict[Module, list[Module]] = {}
        self._effects: dict[tuple[Module, str], bool] = {}
        self._read: set[Module] = set()
        """The files that any judgement so far rests on."""

    @classmethod
    def shared(cls, finder: Finder, knowledge: Knowledge) -> Inertness:
        """One judge for all programs of a project that search in the same order."""
        judges = finder.project.judges
        judge = judges.get(finder.order)
        if not isinstance(judge, cls):
            judge = judges[finder.order] = cls(finder, knowledge)
        return judge

    def __call__(self, module: Module) -> bool:
        """Whether this module's own code, the modules that it imports aside, has no effect that matters when it is imported."""
        self.finder.project.reads.note_all(self._read)
        known = self._modules.get(module)
        if known is None:
            known = self._modules[module] = self._own(module)
        return known

    def _skim(self, module: Module) -> Skim | None:
        self._read.add(module)
        return module.skim

    @cached_property
    def words(self) -> frozenset[str]:
        """Last parts of all names that draw, seed or switch."""
        tables = self.knowledge.tables
        names = (*tables.draws, *tables.seeds, *tables.flags, *tables.restores, *tables.captures)
        return frozenset(last for name in names if "*" not in (last := name.rpartition(".")[2]))

    def targets(self, module: Module) -> list[Module]:
        """Modules of the project that importing this one imports."""
        self.finder.project.reads.note_all(self._read)
        if module not in self._targets:
            self._targets[module] = self._imported(module)
        return self._targets[module]

    def _imported(self, module: Module) -> list[Module]:
        found: list[Module] = []
        skim = self._skim(module)
        for level, dotted, names in skim.imports if skim is not None else ():
            parts = dotted.split(".") if dotted else []
            if level:
                base = self.finder.relative(module, level, dotted)
                steps = [base]
            else:
                steps = [self.finder.find(".".join(parts[: count + 1])) for count in range(len(parts))]
                base = steps[-1] if steps else None
            found += [step for step in steps if isinstance(step, Module)]
            if base is not None:
                below = (self.finder.below(base, name) for name, _ in names if name != "*")
                found += [target for target in below if isinstance(target, Module)]
        return found

    def _own(self, module: Module) -> bool:
        skim = self._skim(module)
        if skim is None or skim.writes:
            return False
        called = any(self._matters(module, call, 0) for call in skim.calls)
        return not called and not any(self._body(module, name, 0) for name in skim.handed)

    def _matters(self, module: Module, call: str, depth: int) -> bool:
        """Whether calling ``call`` in this module may draw, seed, switch or change where imports look."""
        first, _, rest = call.partition(".")
        skim = self._skim(module)
        if skim is None:
            return True
        if first in skim.bodies:
            return self._body(module, first, depth)
        origin = self._origin(module, first)
        if isinstance(origin, tuple):
            return (
                self._body(origin[0], origin[1], depth) if not rest or origin[1] else self._module_call(origin[0], rest, depth)
            )
        if isinstance(origin, str):
            return self._library(f"{origin}.{rest}" if rest else origin)
        if first not in skim.defined and hasattr(builtins, first):
            return self._library(f"builtins.{call}")
        if not rest and first in skim.defined and depth == 0:
            # A variable is called: it may hold any function of the file.
            return any(self._body(module, name, depth + 1) for name in skim.bodies)
        last = call.rpartition(".")[2]
        return last in self.words or _SEEDISH.search(last) is not None

    def _module_call(self, module: Module, rest: str, depth: int) -> bool:
        return self._body(module, rest.partition(".")[0], depth)

    def _library(self, dotted: str) -> bool:
        name = self.knowledge.canonical(dotted)
        known = self.knowledge
        if name in _MATTERS or known.draws(name) or known.flag(name) or known.runner(name):
            return True
        return known.seed(name) is not None or known.restores(name) is not None or _SEEDISH.search(name) is not None

    def _body(self, module: Module, name: str, depth: int) -> bool:
        """Whether the body of a function or class holds anything that matters, callees of the project included."""
        key = (module, name)
        if key in self._effects:
            return self._effects[key]
        skim = self._skim(module)
        if depth > _MAX_DEPTH or skim is None:
            return True
        self._effects[key] = False
        names = skim.bodies.get(name)
        if names is None:
            origin = self._origin(module, name)
            matters = self._body(origin[0], origin[1], depth + 1) if isinstance(origin, tuple) and origin[1] else False
        else:
            matters = any(
                call.rpartition(".")[2] in self.words or self._matters(module, call, depth + 1)
                for call in names
                if call and call[0] != "."
            ) or any(call[1:] in self.words for call in names if call[:1] == ".")
        self._effects[key] = matters
        return matters

    def _origin(self, module: Module, name: str) -> tuple[Module, str] | str | None:
        """What an imported name is: (module of the project, name in it), the dotted name of a library's, or None."""
        skim = self._skim(module)
        for level, dotted, names in skim.imports if skim is not None else ():
            if not names:
                if dotted.partition(".")[0] == name:
                    target = self.finder.find(name)
                    return (target, "") if isinstance(target, Module) else None if target is not None else name
                continue
            for original, alias in names:
                if alias != name:
                    continue
                base = self.finder.relative(module, level, dotted) if level else self.finder.find(dotted)
                if isinstance(base, Module):
                    below = self.finder.below(base, original)
                    return (below, "") if isinstance(below, Module) else (base, original)
                if isinstance(base, str):
                    below = self.finder.below(base, original)
                    return (below, "") if isinstance(below, Module) else None
                return f"{dotted}.{original}" if not level else None
        return None
