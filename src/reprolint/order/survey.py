"""Where the order of listings, sets and hashes matters in a project, in files that a program reaches and in others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from reprolint.facts import schema as s
from reprolint.facts.schema import Node
from reprolint.knowledge import Knowledge
from reprolint.order.annotations import annotated
from reprolint.order.flow import ANYTHING, Class, Flow, Function, Origin, Summary, Use, join
from reprolint.order.walker import Walker
from reprolint.program.entry import is_test
from reprolint.program.imports import Finder
from reprolint.program.project import Module, Project
from reprolint.trace.story import Link, Place

_MARKS: Final = re.compile(
    rb"\b(?:listdir|scandir|i?glob|rglob|iterdir|list_images|list_files|list_dir|frozenset|hash|as_completed|imap_unordered)\b"
    rb"|\bwalk\(|(?<![\w.])set\(|\{[^{}:\n]+\bfor\b|\bin\s*\{|keys\(\)\s*[-&|^]"
    rb"|\{\s*(?:\"[^\"\n]*\"|'[^'\n]*'|[\w.]+(?:\([^{}:\n]*\))?)\s*,"
)
"""What a file has to hold so that anything in it can have such an order."""

_ROUNDS: Final = 3
"""How far results are followed from file to file into others that hold no mark themselves."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An order that differs, and what it decides."""

    origin: Origin
    use: Use

    @property
    def at(self) -> Place:
        """Where something has to be sorted."""
        return Place(self.origin.module, self.origin.site)

    @property
    def steps(self) -> tuple[Link, ...]:
        """Where the order comes from, and what it decides."""
        places = [Link(self.at, self.origin.text), Link(Place(self.use.module, self.use.site), self.use.text)]
        if self.origin.made is not None:
            places.insert(0, Link(Place(*self.origin.made), "makes the set"))
        return tuple(link for number, link in enumerate(places) if link.place not in [one.place for one in places[:number]])

    @property
    def named(self) -> dict[str, Place]:
        return {"use": Place(self.use.module, self.use.site)}


class Survey:
    """Looks through the files of a project.

    :param extra: directories from the setting ``src``.
    :param named: the files that are asked about; None: all.
    """

    def __init__(
        self, project: Project, knowledge: Knowledge, extra: Iterable[Path] = (), named: frozenset[Path] | None = None
    ) -> None:
        self.project = project
        self.knowledge = knowledge
        self.extra = tuple(extra)
        self.named = named
        self.relevant: set[Module] = set()
        self.trouble: dict[Module, str] = {}
        """Files that an error of our own kept from being looked through, with a line about it."""
        self._finders: dict[Path, Finder] = {}
        self._start()

    def _start(self) -> None:
        self._envs: dict[Module, dict[str, Flow]] = {}
        self._summaries: dict[int, Summary] = {}
        self._constructing: dict[tuple[int, int], Summary] = {}
        self._drafts: list[int] = []
        """Keys of summaries that are made again."""
        self._kept: list[object] = []
        """Nodes whose identities are keys, so that these do not pass to others."""
        self._decisions: dict[tuple[str, Module, int], Decision] = {}

    @cached_property
    def decisions(self) -> list[Decision]:
        """Every order that decides something, once for each place that it comes from."""
        self.relevant = {
            module
            for path, module in self.project.modules.items()
            if not is_test(path) and module.source is not None and _MARKS.search(module.text) and self._concerns(module)
        }
        for _ in range(_ROUNDS):
            self._start()
            for module in sorted(self.relevant, key=lambda module: module.path):
                try:
                    self._look_through(module)
                except Exception as error:
                    line = f"internal error: {module.shown}: {type(error).__name__}: {error} (please report)"
                    self.trouble[module] = line
            added = self._users() - self.relevant
            if not added:
                break
            self.relevant |= added
        return list(self._decisions.values())

    def report(self, origin: Origin, use: Use) -> None:
        if not is_test(origin.module.path):
            self._decisions.setdefault((origin.code, origin.module, origin.site), Decision(origin, use))

    def _concerns(self, module: Module) -> bool:
        """Whether a file may have to do with one that is asked about: it is one, imports one, or is imported by one."""
        if self.named is None or module.path in self.named:
            return True
        if any(other.path in self.named for other in self._finder(module).imported(module)):
            return True
        return module in self._imported_by_named

    @cached_property
    def _imported_by_named(self) -> set[Module]:
        named = [module for path in self.named or () if (module := self.project.modules.get(path)) is not None]
        return {other for module in named for other in self._finder(module).imported(module)}

    # Modules.

    def _look_through(self, module: Module) -> None:
        env = self.env(module)
        for flow in list(env.values()):
            if flow.shape == "function" and flow.ref.module is module:
                self.summary(flow.ref)
            elif flow.shape == "class" and flow.ref.module is module:
                self.prepare(flow.ref)

    def _users(self) -> set[Module]:
        """Files that call a function whose result has an order, or depends on what the function is given."""
        names: dict[str, Module] = {}
        for module, env in list(self._envs.items()):
            for name, flow in env.items():
                if flow.shape == "function" and flow.ref.module is module:
                    summary = self.summary(flow.ref)
                    returned = summary.returns
                    own = {origin for origin in returned.order if origin.code}
                    inner = returned.items or tuple(one for one in (returned.of, returned.values) if one is not None)
                    if own or summary.pending or any(origin.code for one in inner for origin in one.order):
                        names[name] = module
        if not names:
            return set()
        pattern = re.compile(rb"\b(?:" + "|".join(re.escape(name) for name in names).encode() + rb")\b")
        return {
            module
            for path, module in self.project.modules.items()
            if not is_test(path)
            and module not in self.relevant
            and pattern.search(module.text)
            and not self.relevant.isdisjoint(self._finder(module).imported(module))
        }

    def env(self, module: Module) -> dict[str, Flow]:
        """The names of a module after its top level has run."""
        if module not in self._envs:
            env = self._envs[module] = {}
            walker = Walker(self, module, env, lambda name: None, module.body)
            walker.block(module.body)
        return self._envs[module]

    def _finder(self, module: Module) -> Finder:
        if module.path.parent not in self._finders:
            self._finders[module.path.parent] = Finder(self.project, module, self.extra)
        return self._finders[module.path.parent]

    def bind_import(self, module: Module, node: Node, env: dict[str, Flow]) -> None:
        """Bind what an import statement imports."""
        finder = self._finder(module)
        if node[0] == s.IMPORT:
            for dotted, alias in node[2]:
                first = dotted.partition(".")[0]
                found = finder.find(dotted if alias else first)
                bound = Flow("module", ref=found) if isinstance(found, Module) else None
                env[alias or first] = bound or Flow("external", name=dotted if alias else first)
            return
        _, _, level, dotted, names = node
        source = finder.relative(module, level, dotted) if level else finder.find(dotted)
        for name, alias in names:
            if name == "*":
                if isinstance(source, Module) and source in self.relevant:
                    env.update({key: flow for key, flow in self.env(source).items() if not key.startswith("_")})
                continue
            if isinstance(source, Module):
                inner = finder.below(source, name)
                bound = Flow("module", ref=inner) if isinstance(inner, Module) else self.member(source, name)
            elif isinstance(source, str):
                inner = finder.below(source, name)
                bound = Flow("module", ref=inner) if isinstance(inner, Module) else ANYTHING
            else:
                bound = Flow("external", name=f"{dotted}.{name}") if not level else ANYTHING
            env[alias or name] = bound

    def member(self, module: Module, name: str) -> Flow:
        """A name of another file. One without any mark is only read if something with an order is handed to it."""
        if module not in self.relevant:
            return Flow("missing", name=name, ref=module)
        return self.env(module).get(name, ANYTHING)

    def load(self, missing: Flow) -> Flow:
        """What a name of a file stands for that was not read so far."""
        return self.env(missing.ref).get(missing.name, ANYTHING)

    # Functions and classes.

    def summary(self, function: Function) -> Summary:
        """What a function does with what it is given."""
        if function.owner is not None:
            self.prepare(function.owner)
        key = id(function.node)
        if key not in self._summaries:
            self._summaries[key] = Summary()  # for a call of itself
            self._kept.append(function.node)
            self._summaries[key] = self._run(function, {}, function.quiet).summary()
            if function.quiet:
                self._drafts.append(key)
        return self._summaries[key]

    def _run(self, function: Function, attributes: dict[str, Flow], quiet: bool, owner: Class | None = None) -> Walker:
        """Walk through a function's body.

        :param attributes: what is known of the attributes of its instance; what is not there is looked up in the class.
        :param owner: the class of the instance, where that is not the method's own one.
        """
        env: dict[str, Flow] = {}
        receiver = function.owner is not None and not any(_is_static(mark) for mark in function.node[5])
        for number, (name, kind, _, annotation) in enumerate(function.params):
            flow = annotated(annotation) if annotation is not None else ANYTHING
            origin = Origin("", function.module, function.site, name)
            if number == 0 and receiver:
                flow = Flow("instance", ref=owner or function.owner)
            elif kind == "var":
                flow = Flow("sequence")
            elif flow.shape == "unknown":
                flow = Flow(
                    order=frozenset({origin}), parameter=(function.site, name), of=Flow(parameter=(function.site, f"{name}[]"))
                )
            elif flow.shape in ("sequence", "array", "text"):
                flow = flow.ordered(frozenset({origin}))
            env[name] = flow
        body = function.node[4] if function.node[0] == s.DEF else function.node[3]
        walker = Walker(self, function.module, env, function.scope, body, function, dict(attributes), quiet)
        if function.node[0] == s.LAMBDA:
            walker.returned = walker.expr(body)
            return walker
        walker.block(body)
        for flow in () if quiet else list(env.values()):
            if flow.shape == "function" and flow.ref.module is function.module and flow.ref.node[0] == s.DEF:
                self.summary(flow.ref)
            elif flow.shape == "class" and flow.ref.module is function.module:
                self.prepare(flow.ref)
        return walker

    def prepare(self, cls: Class) -> None:
        """Work out what a class's methods leave in its attributes, then what they do with them."""
        if cls.done:
            return
        cls.done = True
        for base in cls.bases:
            if base.shape == "class":
                self.prepare(base.ref)
        inherited = {name: flow for one in reversed(cls.lineage()[1:]) for name, flow in one.attributes.items()}
        cls.attributes = {**inherited, **cls.attributes}
        # What is found while the attributes are half known does not count: first comes what the methods leave in them.
        for name in sorted(cls.methods, key=lambda name: name != "__init__"):
            walker = self._run(cls.methods[name], cls.attributes, quiet=True)
            for attribute, flow in walker.attributes.items():
                known = cls.attributes.get(attribute) if name != "__init__" else None
                cls.attributes[attribute] = flow if known is None else join(known, flow)
            cls.settled |= walker.settled_attributes
        for attribute in cls.settled:
            if attribute in cls.attributes:
                cls.attributes[attribute] = cls.attributes[attribute].settled()
        self._forget_drafts()
        if cls.quiet:
            return
        for method in cls.methods.values():
            self.summary(method)
        filled = [one for one in cls.lineage()[1:] if _fills(cls, one)]
        seen = {"__init__", *cls.methods}
        for one in filled:
            for name, method in one.methods.items():
                if name not in seen:
                    cls.inherited.append(self._run(method, {}, cls.quiet, cls).summary())
            seen.update(one.methods)

    def _forget_drafts(self) -> None:
        """Drop what was told of functions inside of methods that ran for their attributes only."""
        for key in self._drafts:
            self._summaries.pop(key, None)
        self._drafts.clear()

    def constructing(self, cls: Class, init: Function) -> Summary:
        """What making an instance does with the constructor's arguments: what the other methods do counts, too."""
        key = (id(init.node), id(cls.node))
        if key not in self._constructing:
            made = self._constructing[key] = Summary()
            own = self.summary(init)
            made.uses.update(own.uses)
            made.pending += own.pending
            for one in cls.lineage():
                for summary in (*map(self.summary, one.methods.values()), *one.inherited):
                    made.pending += [one for one in summary.pending if any(site == init.site for site, _ in one[0].needs)]
                    for origin, use in summary.others:
                        if origin.site == init.site and origin.module is init.module:
                            made.uses.setdefault(origin.text, use)
        return self._constructing[key]


def _fills(cls: Class, base: Class) -> bool:
    """Whether a class puts something in an order into what its base only works with."""
    return any(flow.order and flow != base.attributes.get(name) for name, flow in cls.attributes.items())


def _is_static(mark: Node) -> bool:
    return mark == (s.NAME, "staticmethod")
