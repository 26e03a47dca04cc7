"""Random small programs that draw and seed, and what they really do when they are run.

`write` makes a program out of a source of choices (`Choices`): hypothesis, so that a failure shrinks, or a plain
generator for long runs. `behaviour` runs a program in this process, in fresh modules, with generators of its own in place
of the global ones; every condition that no default decides is a question to the user, and all answers are tried.
"""

from __future__ import annotations

import builtins
import contextlib
import itertools
import operator
import random
import re
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np

Family = str
PYTHON, NUMPY = "python", "numpy"
FAMILIES: Final = (PYTHON, NUMPY)


class Choices(Protocol):
    """Where the shape of a program comes from; small numbers stand for simple programs."""

    def below(self, count: int) -> int:
        """A number from 0 to ``count`` - 1."""


class RandomChoices:
    """Choices from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made: list[int] = []

    def below(self, count: int) -> int:
        number = self.random.randrange(count)
        self.made.append(number)
        return number


class ListedChoices:
    """Choices read from a list, zero once it ends: to repeat and to shrink a program."""

    def __init__(self, listed: Iterable[int]) -> None:
        self.listed = list(listed)
        self.used = 0

    def below(self, count: int) -> int:
        number = self.listed[self.used] if self.used < len(self.listed) else 0
        self.used += 1
        return number % count


@dataclass(frozen=True)
class Program:
    """A program's files by path; ``main.py`` is run.

    :ivar conditions: the questions that it asks, to be answered with y or n.
    :ivar mixed: values drawn from one family decide what happens to the other.
    :ivar hidden: what happens depends on a drawn value, so that a path that can be followed need not be taken.
    :ivar features: the names of the productions that made it.
    """

    files: Mapping[str, str]
    conditions: tuple[str, ...] = ()
    mixed: bool = False
    hidden: bool = False
    features: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return "\n".join(f"# {path}\n{text}" for path, text in self.files.items())


# Writing programs.

Lines = list[str]


def indented(lines: Lines) -> Lines:
    return ["    " + line for line in lines]


@dataclass(frozen=True)
class Name:
    """An expression that may be used at some place, and what it holds.

    ``kind``: "seed" (an int), "maybe" (an int or None), "flag", "count" (a small int), "mode" (a str).
    """

    text: str
    kind: str


@dataclass(frozen=True)
class Usage:
    """Something that may be called at some place: writes the lines of one use."""

    write: Callable[[Place], Lines]


@dataclass(frozen=True)
class Place:
    """Where statements are being written."""

    module: Written
    depth: int = 0
    function: bool = False
    method: bool = False
    """Inside a function whose ``return`` gives a value that nothing needs."""
    loop: bool = False
    names: tuple[Name, ...] = ()
    usages: tuple[Usage, ...] = ()
    assignable: tuple[Name, ...] = ()
    managers: tuple[str, ...] = ()
    may_leave: bool = True
    may_exit: bool = True
    plain: bool = False
    """Only statements that name what they call."""

    def inner(self, **changes: Any) -> Place:
        return replace(self, depth=self.depth + 1, **changes)


@dataclass
class Written:
    """One module being written."""

    name: str
    styles: tuple[int, int]
    imports: dict[str, None] = field(default_factory=dict)
    names: list[Name] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    managers: list[str] = field(default_factory=list)
    decorators: list[str] = field(default_factory=list)
    classes: list[Shape] = field(default_factory=list)

    def needs(self, line: str) -> None:
        self.imports[line] = None

    def library(self, family: Family, name: str) -> str:
        """A function of a family as this module spells it, imported."""
        if family == PYTHON:
            style = self.styles[0]
            if style == 1:
                self.needs("import random as rnd")
                return f"rnd.{name}"
            if style == 2:
                self.needs(f"from random import {name} as py_{name}")
                return f"py_{name}"
            self.needs("import random")
            return f"random.{name}"
        style = self.styles[1]
        if style == 1:
            self.needs("from numpy import random as npr")
            return f"npr.{name}"
        if style == 2:
            self.needs(f"from numpy.random import {name} as np_{name}")
            return f"np_{name}"
        if style == 3:
            self.needs("import numpy.random")
            return f"numpy.random.{name}"
        self.needs("import numpy as np")
        return f"np.random.{name}"


@dataclass(frozen=True)
class Shape:
    """A class that was written: how to build it, and what an object of it can be asked to do."""

    name: str
    parameters: tuple[tuple[str, str, bool], ...]
    uses: tuple[str, ...]
    static: tuple[str, ...] = ()


VALUES: Final = {
    "seed": ("0", "1", "42", "1234"),
    "maybe": ("None", "7"),
    "flag": ("False", "True"),
    "count": ("1", "2", "3"),
    "mode": ('"train"', '"eval"'),
}
DRAWS: Final = {
    PYTHON: (
        "random()",
        "gauss(0, 1)",
        "randint(0, 10**9)",
        "uniform(-1.0, 1.0)",
        "sample(range(10**6), 3)",
        "choices(range(10**6), k=2)",
    ),
    NUMPY: ("rand()", "randn(3)", "randint(0, 10**9)", "permutation(60)", "normal(0.0, 1.0, size=2)", "choice(10**6, 2)"),
}


LOOPS: Final = frozenset({"for", "while", "for-else", "recursion", "generator", "mapped", "method-iter"})
CARRIED: Final = frozenset({"varying", "maybe-seed", "seed-from-draw", "saved-state"})
"""What can leave a family unseeded or seeded with a varying value, so that the next round of a loop starts from that."""


class Writer:
    """Writes one program."""

    def __init__(self, choices: Choices, without: Iterable[str] = (), fuel: int = 7) -> None:
        self.choices = choices
        self.without = frozenset(without)
        if "loop-carried" in self.without:
            self.without |= LOOPS if choices.below(2) else CARRIED
        self.fuel = fuel
        self.count = 0
        self.conditions: list[str] = []
        self.features: set[str] = set()
        self.mixed = False
        self.hidden = False
        self.options: dict[str, tuple[str, str]] = {}
        self.modules: list[Written] = []
        self.files: dict[str, str] = {}

    # Choices.

    def pick(self, options: Any) -> Any:
        return options[self.choices.below(len(options))]

    def chance(self, percent: int) -> bool:
        return self.choices.below(100) >= 100 - percent

    def with_feature(self, name: str, percent: int) -> bool:
        if name in self.without or not self.chance(percent):
            return False
        self.features.add(name)
        return True

    def fresh(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def family(self) -> Family:
        return self.pick(FAMILIES)

    # Values and conditions.

    def value(self, kind: str, place: Place) -> str:
        """An expression of a kind."""
        kinds = ("seed", "maybe") if kind == "maybe" else (kind,)
        known = [name.text for name in place.names if name.kind in kinds]
        return self.pick([*VALUES[kind], *known, *known])

    def seed_value(self, family: Family, place: Place) -> str:
        plain = [*VALUES["seed"][:2], *(name.text for name in place.names if name.kind == "seed")]
        how = self.choices.below(20)
        if how < 12:
            return self.pick(plain)
        if how < 14 and "seed-arithmetic" not in self.without:
            self.features.add("seed-arithmetic")
            return f"{self.pick(plain)} {self.pick('+*')} {self.value('count', place)}"
        if how == 14 and "maybe-seed" not in self.without:
            self.features.add("maybe-seed")
            return self.value("maybe", place)
        if how == 15 and "local-generator" not in self.without:
            self.features.add("local-generator")
            if self.chance(50):
                place.module.needs("import random as stdlib_random")
                return f"stdlib_random.Random({self.pick(plain)}).randrange(10**6)"
            place.module.needs("import numpy as np")
            return f"int(np.random.default_rng({self.pick(plain)}).integers(10**6))"
        if how == 16 and "seed-from-draw" not in self.without:
            self.features.add("seed-from-draw")
            self.mixed = True
            return f"int({self.draw_call(self.family(), place, scalar=True)} * 10**6)"
        if how >= 17 and "varying" not in self.without:
            self.features.add("varying")
            return self.varying(place)
        return self.pick(plain)

    def varying(self, place: Place) -> str:
        sources = {
            "varying-time": ("time", "time.time_ns() % 2**32"),
            "varying-none": (None, "None"),
            "varying-urandom": ("os", 'int.from_bytes(os.urandom(4), "little")'),
            "varying-uuid": ("uuid", "uuid.uuid4().int % 2**32"),
            "varying-secrets": ("secrets", "secrets.randbits(32)"),
            "varying-default-rng": ("numpy", "int(np.random.default_rng().integers(2**31))"),
            "varying-random-state": ("numpy", "int(np.random.RandomState().randint(2**31))"),
            "varying-random": ("random", "stdlib_random.Random().randrange(2**31)"),
            "varying-system-random": ("random", "stdlib_random.SystemRandom().randrange(2**31)"),
        }
        feature = self.pick([name for name in sources if name not in self.without])
        self.features.add(feature)
        library, text = sources[feature]
        if library is not None:
            spelled = {"numpy": "import numpy as np", "random": "import random as stdlib_random"}
            place.module.needs(spelled.get(library, f"import {library}"))
        return text

    def condition(self, place: Place) -> str:
        kind = self.choices.below(10)
        if kind == 0 and "undecided" not in self.without and len(self.conditions) < 3:
            self.features.add("undecided")
            variable = f"CASE_{len(self.conditions)}"
            self.conditions.append(variable)
            return f'input("{variable}") == "y"'
        if kind == 1 and "branch-on-draw" not in self.without:
            self.features.add("branch-on-draw")
            self.hidden = self.mixed = True
            return f"{self.draw_call(self.family(), place, scalar=True)} < 0.5"
        if kind == 3 and "environment-default" not in self.without:
            self.features.add("environment-default")
            place.module.needs("import os")
            return self.pick(('os.environ.get("NEVER_SET")', 'os.environ.get("NEVER_SET", "1") == "1"'))
        if kind == 2 and place.depth < 4:
            sign = self.pick(("and", "or"))
            inner = place.inner()
            first = self.condition(inner)
            if "input(" in first and "undecided-first-operand" in self.without:
                return first
            return f"{first} {sign} {self.condition(inner)}"
        names = [name for name in place.names if name.kind in ("maybe", "flag", "count", "mode", "seed")]
        if not names:
            return self.pick(("True", "False"))
        name = self.pick(names)
        tests = {
            "maybe": ("{} is not None", "{} is None", "{}", "not {}"),
            "flag": ("{}", "not {}", "{} is True", "{} == False"),
            "count": ("{} > 1", "{} == 2", "{} != 2", "{} >= 1"),
            "mode": ('{} == "train"', '{} != "train"', '{} in ("train", "test")'),
            "seed": ("{} is not None", "{} >= 0", "{} is None", "{}"),
        }
        return self.pick(tests[name.kind]).format(name.text)

    # Draws and seeds.

    def draw_call(self, family: Family, place: Place, scalar: bool = False) -> str:
        name, _, arguments = (DRAWS[family][0] if scalar else self.pick(DRAWS[family])).partition("(")
        return f"{place.module.library(family, name)}({arguments}"

    def draw(self, place: Place) -> Lines:
        family = self.family()
        how = self.choices.below(10)
        call = self.draw_call(family, place)
        if how < 4:
            return [f"print({call})"]
        if how == 4:
            name = self.fresh("x")
            return [f"{name} = {call}", f"print({name})"]
        if how == 5:
            name = self.fresh("items")
            return [f"{name} = list(range(50))", f"{place.module.library(family, 'shuffle')}({name})", f"print({name})"]
        if how == 6:
            return [f"print([{call} for _ in range({self.value('count', place)})])"]
        if how == 7 and not place.plain and self.with_feature("lambda", 100):
            name = self.fresh("sample")
            return [f"{name} = lambda: {call}", f"print({name}())"]
        if how == 8 and self.with_feature("conditional-expression", 100):
            return [f"print({call} if {self.condition(place)} else 0)"]
        if how == 9 and self.with_feature("short-circuit", 100):
            return [f"print({self.condition(place)} {self.pick(('and', 'or'))} {call})"]
        return [f"print({call})"]

    def seed(self, place: Place) -> Lines:
        family = self.family()
        value = self.seed_value(family, place)
        if value in ("None",) and self.chance(50):
            value = ""
        call = f"{place.module.library(family, 'seed')}({value})"
        if self.choices.below(10) == 9 and self.with_feature("seed-expression", 100):
            test = self.condition(place)
            return [self.pick((f"{test} and {call}", f"{call} if {test} else None"))]
        return [call]

    # Statements.

    def block(self, place: Place, most: int = 3) -> Lines:
        lines: Lines = []
        for _ in range(1 + self.choices.below(most)):
            if self.fuel <= 0:
                break
            self.fuel -= 1
            before = len(lines)
            kind = self.statement_kind(place)
            if kind in ("leave", "break", "continue"):
                lines += getattr(self, f"s_{kind.replace('-', '_')}")(place)
                break
            made = getattr(self, f"s_{kind.replace('-', '_')}")(place)
            if isinstance(made, tuple):
                made, place = made
            lines += made
            if len(lines) == before:
                break
        return lines or ["pass"]

    def statement_kind(self, place: Place) -> str:
        kinds = ["draw"] * 4 + ["seed"] * 5 + ["call"] * (4 if place.usages else 0) + ["assign"] * 2
        if place.assignable:
            kinds += ["reassign"]
        if place.depth < 4:
            kinds += ["if"] * 3 + ["for", "while", "try", "raise-and-catch", "saved-state", "match", "nested-function"]
            kinds += ["with"] * (2 if place.managers else 0)
            kinds += ["zero-loop", "for-else", "thread"]
        if place.function and place.depth > 1 and place.may_leave:
            kinds += ["leave"]
        if place.function:
            kinds += ["local-import"] if len(self.modules) > 1 and self.modules[-1] is place.module else []
        if place.loop:
            kinds += ["break", "continue"]
        if place.depth > 1 and place.may_exit:
            kinds += ["exit"]
        kinds = [kind for kind in kinds if kind not in self.without]
        if "with-at-import" in self.without and not place.function and place.module.name != "main":
            kinds = [kind for kind in kinds if kind != "with"]
        if place.plain:
            kinds = [kind for kind in kinds if kind not in ("call", "nested-function", "thread", "with")]
        kind = self.pick(kinds)
        self.features.add(kind)
        return kind

    def s_draw(self, place: Place) -> Lines:
        return self.draw(place)

    def s_seed(self, place: Place) -> Lines:
        return self.seed(place)

    def s_call(self, place: Place) -> Lines:
        return self.pick(place.usages).write(place)

    def s_assign(self, place: Place) -> tuple[Lines, Place]:
        kind = self.pick(("seed", "maybe", "flag", "count"))
        name = Name(self.fresh({"seed": "seed", "maybe": "maybe", "flag": "flag", "count": "n"}[kind]), kind)
        line = f"{name.text} = {self.value(kind, place)}"
        return [line], replace(place, names=(*place.names, name), assignable=(*place.assignable, name))

    def s_reassign(self, place: Place) -> Lines:
        name = self.pick(place.assignable)
        return [f"{name.text} = {self.value(name.kind, place)}"]

    def s_if(self, place: Place) -> Lines:
        inner = place.inner()
        lines = [f"if {self.condition(place)}:", *indented(self.block(inner))]
        if self.chance(20):
            lines += [f"elif {self.condition(place)}:", *indented(self.block(inner))]
        if self.chance(45):
            lines += ["else:", *indented(self.block(inner))]
        return lines

    def s_for(self, place: Place) -> Lines:
        name = self.fresh("i")
        source = self.pick((f"range({self.value('count', place)})", "[1, 2]", '["a", "b"]', "range(2)", "enumerate([3, 4])"))
        target = f"{name}, _" if "enumerate" in source else name
        body = self.block(self.looped(place))
        return [f"for {target} in {source}:", *indented(body)]

    def s_for_else(self, place: Place) -> Lines:
        body = self.block(self.looped(place))
        return ["for _ in range(2):", *indented(body), "else:", *indented(self.block(place.inner()))]

    def s_zero_loop(self, place: Place) -> Lines:
        source = self.pick(("range(0)", "[]", "()"))
        return [f"for _ in {source}:", *indented(self.block(self.looped(place)))]

    def s_while(self, place: Place) -> Lines:
        name = self.fresh("k")
        inner = self.looped(place)
        if self.chance(40):
            return ["while True:", *indented([*self.block(replace(inner, loop=False)), "break"])]
        return [f"{name} = 0", f"while {name} < 2:", *indented([f"{name} += 1", *self.block(inner)])]

    def looped(self, place: Place) -> Place:
        """Inside a loop."""
        return place.inner(loop=True, assignable=() if "reassign-in-loop" in self.without else place.assignable)

    def s_break(self, place: Place) -> Lines:
        return ["break"]

    def s_continue(self, place: Place) -> Lines:
        return ["continue"]

    def s_leave(self, place: Place) -> Lines:
        if self.chance(30):
            return [f"return {self.draw_call(self.family(), place)}"]
        return ["return" if not place.method else "return None"]

    def s_exit(self, place: Place) -> Lines:
        place.module.needs("import sys")
        return [self.pick(("sys.exit()", "sys.exit(0)", "raise SystemExit"))]

    def s_try(self, place: Place) -> Lines:
        """Nothing is raised."""
        inner = place.inner()
        final = self.chance(60)
        handled = not final or self.chance(40)
        if final:
            inner = self.cleaned(inner)
        lines = ["try:", *indented(self.block(self.tried(inner) if handled else inner))]
        if handled:
            lines += ["except ValueError:", *indented(self.block(inner))]
            if self.chance(30):
                lines += ["else:", *indented(self.block(inner))]
        if final:
            self.features.add("finally")
            lines += ["finally:", *indented(self.block(replace(inner, may_leave=False, loop=False)))]
        return lines

    def tried(self, place: Place) -> Place:
        """Inside a ``try`` that has handlers."""
        return replace(place, may_leave=False, loop=False) if "leave-handled-try" in self.without else place

    def cleaned(self, place: Place) -> Place:
        """Inside something that runs more code on every way out."""
        return replace(place, may_leave=False, loop=False) if "leave-cleanup" in self.without else place

    def s_raise_and_catch(self, place: Place) -> Lines:
        inner = place.inner()
        raised = self.pick(("raise ValueError", 'raise ValueError("no")'))
        final = self.chance(30)
        if final:
            inner = self.cleaned(inner)
        lines = ["try:", *indented([*self.block(self.tried(inner), 2), raised])]
        lines += [self.pick(("except ValueError:", "except ValueError as error:")), *indented(self.block(inner))]
        if final:
            lines += ["finally:", *indented(self.block(replace(inner, may_leave=False, loop=False)))]
        return lines

    def s_saved_state(self, place: Place) -> Lines:
        family = self.family()
        get, put = ("getstate", "setstate") if family == PYTHON else ("get_state", "set_state")
        name = self.fresh("state")
        lines = [f"{name} = {place.module.library(family, get)}()"]
        protected = self.chance(40)
        body = self.block(self.cleaned(place.inner()) if protected else place.inner())
        back = f"{place.module.library(family, put)}({name})"
        if protected:
            return [*lines, "try:", *indented(body), "finally:", *indented([back])]
        return [*lines, *body, back] if not _leaves(body) else [*lines, back]

    def s_match(self, place: Place) -> Lines:
        names = [name for name in place.names if name.kind == "mode"]
        subject = self.pick(names).text if names else '"train"'
        inner = place.inner()
        lines = [f"match {subject}:", *indented(['case "train":', *indented(self.block(inner))])]
        if self.chance(60):
            lines += indented(["case _:", *indented(self.block(inner))])
        return lines

    def s_with(self, place: Place) -> Lines:
        manager = self.pick(place.managers)
        inner = self.cleaned(place.inner())
        if "manager-in-itself" in self.without:
            inner = replace(inner, managers=tuple(other for other in place.managers if other != manager))
        return [f"with {manager}:", *indented(self.block(inner))]

    def s_nested_function(self, place: Place) -> tuple[Lines, Place]:
        name = self.fresh("inner")
        body = self.block(place.inner(function=True, loop=False, assignable=(), may_leave=True))
        usage = Usage(lambda _: [f"{name}()"])
        lines = [f"def {name}():", *indented(body)]
        if self.chance(70):
            lines += [f"{name}()"]
        return lines, replace(place, usages=(*place.usages, usage))

    def s_thread(self, place: Place) -> Lines:
        if not place.usages:
            return self.draw(place)
        place.module.needs("import threading")
        name = self.fresh("task")
        body = self.block(
            place.inner(
                function=True,
                loop=False,
                assignable=(),
                may_leave=False,
                may_exit=place.may_exit and "exit-in-thread" not in self.without,
            ),
            2,
        )
        return [
            f"def {name}():",
            *indented(body),
            f"{name}_thread = threading.Thread(target={name})",
            f"{name}_thread.start()",
            f"{name}_thread.join()",
        ]

    def s_local_import(self, place: Place) -> tuple[Lines, Place]:
        module = self.pick(self.modules[:-1])
        return [f"import {module.name} as {self.fresh('again')}"], place

    # Definitions.

    def parameters(self, place: Place) -> tuple[tuple[str, str, bool], ...]:
        kinds = [self.pick(("seed", "maybe", "flag", "count", "mode")) for _ in range(self.choices.below(3))]
        found = [(self.fresh({"maybe": "seed"}.get(kind, kind)), kind, self.chance(50)) for kind in kinds]
        return tuple(sorted(found, key=lambda one: one[2]))

    def signature(self, parameters: tuple[tuple[str, str, bool], ...]) -> str:
        return ", ".join(f"{name}={self.pick(VALUES[kind])}" if default else name for name, kind, default in parameters)

    def arguments(self, parameters: tuple[tuple[str, str, bool], ...], place: Place) -> str:
        given = []
        for name, kind, default in parameters:
            if default and self.chance(50):
                continue
            value = self.value(kind, place)
            given.append(f"{name}={value}" if default else value)
        return ", ".join(given)

    def local(self, module: Written, parameters: tuple[tuple[str, str, bool], ...], extra: tuple[Name, ...] = ()) -> Place:
        own = tuple(Name(name, kind) for name, kind, _ in parameters)
        names = (*module.names, *extra, *own, *own)
        return Place(module, 1, True, names=names, usages=tuple(module.usages), assignable=own, managers=tuple(module.managers))

    def definition(self, module: Written) -> Lines:
        kinds = ["function"] * 5 + [
            "class",
            "class",
            "generator",
            "manager",
            "decorator",
            "constant",
            "constant",
            "value-function",
            "recursion",
        ]
        kinds += [
            "higher-order",
            "default-draw",
            "manager-class",
            "dataclass",
            "global-toggle",
            "dispatch",
            "partial",
            "cached",
        ]
        kinds = [kind for kind in kinds if kind not in self.without]
        kind = self.pick(kinds)
        self.features.add(kind)
        self.fuel = 7
        return getattr(self, f"d_{kind.replace('-', '_')}")(module)

    def d_constant(self, module: Written) -> Lines:
        kind = self.pick(("seed", "flag", "maybe", "count", "mode"))
        name = self.fresh(kind.upper() + "_")
        module.names.append(Name(name, kind))
        return [f"{name} = {self.pick(VALUES[kind])}"]

    def d_function(self, module: Written) -> Lines:
        parameters = self.parameters(Place(module))
        name = self.fresh(self.pick(("run", "set_seed", "prepare")))
        takes_args = bool(self.options) and module.name == "main" and self.chance(40)
        extra = tuple(Name(f"args.{option}", kind) for option, (kind, _) in self.options.items()) if takes_args else ()
        body = self.block(self.local(module, parameters, extra), 4)
        decorator = self.pick(module.decorators) if module.decorators and self.chance(40) else None
        first = ["args"] if takes_args else []
        signature = ", ".join([*first, *filter(None, [self.signature(parameters)])])

        def use(place: Place) -> Lines:
            return [f"{name}({', '.join([*first, *filter(None, [self.arguments(parameters, place)])])})"]

        usage = Usage(use)
        if takes_args:
            # Callable only where the arguments are known.
            usage = Usage(lambda place: use(place) if any(n.text.startswith("args.") for n in place.names) else ["pass"])
        module.usages.append(usage)
        return [*([f"@{decorator}"] if decorator else []), f"def {name}({signature}):", *indented(body)]

    def d_value_function(self, module: Written) -> Lines:
        kind = self.pick(("seed", "flag", "maybe"))
        name = self.fresh("get")
        place = self.local(module, ())
        lines = [f"def {name}():"]
        if self.chance(40):
            lines += indented(self.block(place, 2))
            if _leaves(lines):
                return ["pass"]
        if self.chance(40):
            test = self.condition(place) if "either-value" not in self.without else self.pick(("True", "False"))
            lines += indented([f"if {test}:", f"    return {self.value(kind, place)}"])
        lines += indented([f"return {self.value(kind, place)}"])
        module.names.append(Name(f"{name}()", kind))
        return lines

    def d_recursion(self, module: Written) -> Lines:
        name = self.fresh("again")
        body = self.block(replace(self.local(module, ()), may_leave=False), 2)
        module.usages.append(Usage(lambda _: [f"{name}(2)"]))
        before = self.chance(50)
        step = [f"{name}(n - 1)"]
        return [f"def {name}(n):", "    if n == 0:", "        return", *indented([*step, *body] if before else [*body, *step])]

    def d_generator(self, module: Written) -> Lines:
        name = self.fresh("batches")
        place = replace(self.local(module, ()), may_leave=False)
        lines = [f"def {name}():", *indented(self.block(place, 2))]
        if self.chance(50):
            lines += indented(
                [
                    "for _ in range(2):",
                    *indented([*self.block(place.inner(), 2), f"yield {self.draw_call(self.family(), place)}"]),
                ]
            )
        else:
            lines += indented(["yield 1", *self.block(place, 2), "yield 2"])

        def use(place: Place) -> Lines:
            how = self.choices.below(4)
            if how == 0:
                item = self.fresh("item")
                return [f"for {item} in {name}():", f"    print({item})"]
            if how == 1:
                return [f"print(list({name}()))"]
            if how == 2:
                self.features.add("unused-generator")
                return [f"{name}()"] if "unused-generator" not in self.without else [f"print(list({name}()))"]
            if "generator-next" in self.without:
                return [f"print(list({name}()))"]
            self.features.add("generator-next")
            return [f"print(next({name}()))"]

        module.usages.append(Usage(use))
        return lines

    def d_manager(self, module: Written) -> Lines:
        module.needs("import contextlib")
        name = self.fresh("scope")
        place = replace(self.local(module, ()), may_leave=False)
        before, after = self.block(place, 2), self.block(place, 2)
        module.managers.append(f"{name}()")
        lines = ["@contextlib.contextmanager", f"def {name}():", *indented(before)]
        if self.chance(50):
            return [*lines, *indented(["try:", "    yield", "finally:", *indented(after)])]
        return [*lines, *indented(["yield", *after])]

    def d_manager_class(self, module: Written) -> Lines:
        name = self.fresh("Scope")
        place = replace(self.local(module, ()), may_leave=False)
        module.managers.append(f"{name}()")
        return [
            f"class {name}:",
            "    def __enter__(self):", *indented(indented([*self.block(place, 2), "return self"])),
            "    def __exit__(self, *error):", *indented(indented([*self.block(place, 2), "return False"])),
        ]  # fmt: skip

    def d_decorator(self, module: Written) -> Lines:
        name = self.fresh("wrapped")
        place = replace(self.local(module, ()), may_leave=False)
        kind = self.choices.below(4)
        if kind == 3 and "decorator-drops" in self.without:
            kind = 0
        if kind == 1:
            module.needs("import functools")
        body = [*self.block(place, 2), "result = fn(*args, **kwargs)", *self.block(place, 1), "return result"]
        wrapper = [
            *(["@functools.wraps(fn)"] if kind == 1 else []),
            "def wrapper(*args, **kwargs):",
            *indented(body),
            "return wrapper",
        ]
        if kind == 2:
            module.decorators.append(f"{name}()")
            return [f"def {name}():", *indented(["def decorate(fn):", *indented(wrapper), "return decorate"])]
        module.decorators.append(name)
        if kind == 3:
            self.features.add("decorator-drops")
            return [
                f"def {name}(fn):",
                *indented(["def wrapper(*args, **kwargs):", *indented(self.block(place, 2)), "return wrapper"]),
            ]
        return [f"def {name}(fn):", *indented(wrapper)]

    def d_higher_order(self, module: Written) -> Lines:
        name, target = self.fresh("apply"), self.fresh("task")
        place = replace(self.local(module, ()), may_leave=False)
        body = self.block(place, 2)
        repeated = [] if "for" in self.without else [["for _ in range(2):", "    fn()"], ["[fn() for _ in range(2)]"]]
        calls = self.pick([["fn()"], ["if fn is not None:", "    fn()"], ["return None"], *repeated])
        how = self.pick((f"{name}({target})", f"{name}(fn={target})", f"{name}(lambda: {target}())"))
        if "mapped" not in self.without and self.chance(20):
            self.features.add("mapped")
            how = f"print(list(map(lambda _: {target}(), [1, 2])))"
        left_out = how.startswith("print(") and "mapped-at-import" in self.without

        def use(place: Place) -> Lines:
            at_import = not place.function and place.module.name != "main"
            return [f"{target}()" if left_out and at_import else how]

        module.usages.append(Usage(use))
        return [f"def {target}():", *indented(body), f"def {name}(fn):", *indented(calls)]

    def d_default_draw(self, module: Written) -> Lines:
        name = self.fresh("noisy")
        place = self.local(module, ())
        module.usages.append(Usage(lambda _: [f"{name}()"]))
        return [f"def {name}(x={self.draw_call(self.family(), place)}):", "    print(x)"]

    def d_global_toggle(self, module: Written) -> Lines:
        state, name = self.fresh("READY_"), self.fresh("ensure")
        place = replace(self.local(module, ()), may_leave=False)
        module.usages.append(Usage(lambda _: [f"{name}()"]))
        return [
            f"{state} = False",
            f"def {name}():",
            *indented([f"global {state}", f"if not {state}:", *indented([*self.block(place.inner(), 2), f"{state} = True"])]),
        ]

    def d_dispatch(self, module: Written) -> Lines:
        one, two, table = self.fresh("task"), self.fresh("task"), self.fresh("TASKS_")
        place = replace(self.local(module, ()), may_leave=False)
        lines = [f"def {one}():", *indented(self.block(place, 2)), f"def {two}():", *indented(self.block(place, 2))]

        def use(place: Place) -> Lines:
            return [f"{table}[{self.value('mode', place)}]()"]

        module.usages.append(Usage(use))
        return [*lines, f'{table} = {{"train": {one}, "eval": {two}}}']

    def d_partial(self, module: Written) -> Lines:
        module.needs("import functools")
        target, name = self.fresh("step"), self.fresh("bound")
        parameters = ((self.fresh("seed"), self.pick(("seed", "maybe")), False),)
        body = self.block(replace(self.local(module, parameters), may_leave=False), 3)
        module.usages.append(Usage(lambda _: [f"{name}()"]))
        value = self.pick(VALUES[parameters[0][1]])
        return [f"def {target}({parameters[0][0]}):", *indented(body), f"{name} = functools.partial({target}, {value})"]

    def d_cached(self, module: Written) -> Lines:
        module.needs("import functools")
        name = self.fresh("load")
        body = self.block(replace(self.local(module, ()), may_leave=False), 2)
        module.usages.append(Usage(lambda _: [f"{name}()"]))
        return ["@functools.lru_cache(maxsize=None)", f"def {name}():", *indented(body)]

    def d_dataclass(self, module: Written) -> Lines:
        module.needs("import dataclasses")
        name, instance = self.fresh("Config"), self.fresh("config")
        fields = [(self.fresh("seed"), "seed"), (self.fresh("seed"), "maybe"), (self.fresh("flag"), "flag")]
        lines = ["@dataclasses.dataclass", f"class {name}:"]
        known: list[Name] = []
        for field_name, kind in fields:
            annotation = {"seed": "int", "maybe": "int | None", "flag": "bool"}[kind]
            lines += [f"    {field_name}: {annotation} = {self.pick(VALUES[kind])}"]
            known.append(Name(f"{instance}.{field_name}", kind))
        if self.chance(20):
            place = replace(self.local(module, ()), may_leave=False)
            lines += indented(["def __post_init__(self):", *indented(self.block(place, 2))])
        module.names += known
        return [*lines, f"{instance} = {name}()"]

    def d_class(self, module: Written) -> Lines:
        name = self.fresh("Trainer")
        base = self.pick(module.classes) if module.classes and self.chance(50) else None
        parameters = self.parameters(Place(module)) if base is None else base.parameters
        local = self.local(module, parameters)
        lines = [f"class {name}({base.name}):" if base else f"class {name}:"]
        if self.chance(20):
            lines += indented(self.block(self.at_import(module).inner(), 2))
        own = tuple(Name(f"self.{one}", kind) for one, kind, _ in parameters)
        body = [f"self.{one} = {one}" for one, _, _ in parameters]
        if base is None or self.chance(60):
            if base is not None:
                body += (
                    [f"super().__init__({', '.join(f'{one}={one}' for one, _, _ in parameters)})"] if self.chance(70) else []
                )
            if self.chance(60):
                body += self.block(replace(local, method=True, may_leave=False), 2)
            signature = ", ".join(["self", *filter(None, [self.signature(parameters)])])
            lines += indented([f"def __init__({signature}):", *indented(body or ["pass"])])
        uses = list(base.uses) if base else []
        inside = [
            Usage(lambda _, use=use: [use.format("self")]) for use in uses if use.startswith("{}.") and use.endswith("()")
        ]
        place = replace(self.local(module, (), own), method=True)
        for kind in [
            self.pick(("method", "method", "call", "iter", "item", "property", "static", "class"))
            for _ in range(1 + self.choices.below(2))
        ]:
            if f"method-{kind}" in self.without:
                kind = "method"
            self.features.add(f"method-{kind}")
            here = replace(place, usages=(*place.usages, *inside, *inside))
            method = self.fresh(kind)
            if base and kind == "method" and self.chance(40):
                known = [use[3:-2] for use in base.uses if use.startswith("{}.method") and use.endswith("()")]
                method = self.pick(known) if known else method
                here = replace(here, usages=place.usages)
            extra = [f"super().{method}()"] if base and f"{{}}.{method}()" in base.uses and self.chance(60) else []
            body = [*extra, *self.block(here, 3)]
            if kind == "method":
                lines += indented([f"def {method}(self):", *indented(body)])
                uses.append(f"{{}}.{method}()")
                if not extra and f"{{}}.{method}()" not in (base.uses if base else ()):
                    inside.append(Usage(lambda _, method=method: [f"self.{method}()"]))
            elif kind == "call":
                lines += indented(["def __call__(self):", *indented(body)])
                uses.append("{}()")
            elif kind == "iter":
                body = self.block(replace(here, may_leave=False), 2)
                lines += indented(["def __iter__(self):", *indented([*body, "yield 1", "yield 2"])])
                uses.append("print(list({}))")
            elif kind == "item":
                body = self.block(replace(here, may_leave=False), 2)
                lines += indented(["def __getitem__(self, index):", *indented([*body, "return index"])])
                uses.append("print({}[0])")
            elif kind == "property":
                lines += indented(["@property", f"def {method}(self):", *indented(body)])
                uses.append(f"print({{}}.{method})")
            elif kind == "static":
                body = self.block(replace(self.local(module, ()), usages=tuple(module.usages)), 2)
                lines += indented(["@staticmethod", f"def {method}():", *indented(body)])
                uses.append(f"{name}.{method}()")
            else:
                body = self.block(replace(self.local(module, ()), usages=tuple(module.usages)), 2)
                lines += indented(["@classmethod", f"def {method}(cls):", *indented(body)])
                uses.append(f"{{}}.{method}()")
        shape = Shape(name, parameters, tuple(dict.fromkeys(uses)))
        module.classes.append(shape)
        module.usages.append(Usage(lambda at: self.use_class(shape, at)))
        return lines

    def use_class(self, shape: Shape, place: Place) -> Lines:
        name = self.fresh("obj")
        lines = [f"{name} = {shape.name}({self.arguments(shape.parameters, place)})"]
        for _ in range(self.choices.below(3)):
            lines += [self.pick(shape.uses).format(name)]
        return lines

    # Modules.

    def module(self, name: str) -> tuple[Written, Lines]:
        module = Written(name, (self.pick((0, 0, 1, 2)), self.pick((0, 0, 1, 2, 3))))
        self.modules.append(module)
        lines: Lines = []
        for other in self.modules[:-1]:
            if self.chance(60) and "helper-module" not in self.without:
                lines += self.borrow(module, other)
        return module, lines

    def borrow(self, module: Written, other: Written) -> Lines:
        """Import a helper module and make what it offers known here."""
        self.features.add("helper-module")
        last = other.name.rpartition(".")[2]
        how = self.choices.below(3)
        if "." in other.name:
            how = self.pick((1, 2))
            line = f"from {other.name.rpartition('.')[0]} import {last}" if how == 1 else f"from {other.name} import *"
        else:
            line = (f"import {other.name}", f"import {other.name} as {other.name}_module", f"from {other.name} import *")[how]
        prefix = "" if how == 2 else f"{other.name}_module." if how == 1 and "." not in other.name else f"{last}."
        if how == 2:
            self.features.add("star-import")
            if "star-import" in self.without:
                line, prefix = (
                    (f"import {other.name}", f"{other.name}.")
                    if "." not in other.name
                    else (f"from {other.name.rpartition('.')[0]} import {last}", f"{last}.")
                )

        def borrowed(usage: Usage) -> Usage:
            return Usage(lambda place: [_prefixed(line, prefix) for line in usage.write(place)])

        for known in other.names:
            module.names.append(Name(prefix + known.text, known.kind))
        if prefix == "":
            module.usages += other.usages
            module.managers += other.managers
        else:
            module.usages += [borrowed(usage) for usage in other.usages]
            module.managers += [prefix + manager for manager in other.managers]
        return [line]

    def at_import(self, module: Written) -> Place:
        """Between the definitions of a module."""
        plain = "indirect-work-at-import" in self.without and module.name != "main"
        names = tuple(name for name in module.names if not plain or "(" not in name.text)
        return Place(
            module, names=names, usages=tuple(module.usages), managers=tuple(module.managers), may_leave=False, plain=plain
        )

    def helper(self, name: str) -> None:
        module, lines = self.module(name)
        for _ in range(1 + self.choices.below(3)):
            if self.chance(18) and "work-at-import" not in self.without:
                self.features.add("work-at-import")
                lines += self.block(self.at_import(module), 2)
            lines += self.definition(module)
        self.finish(module, lines)

    def finish(self, module: Written, lines: Lines) -> None:
        path = module.name.replace(".", "/") + ".py"
        self.files[path] = "\n".join([*module.imports, *lines]) + "\n"

    def program(self) -> Program:
        helpers = self.choices.below(3) if "helper-module" not in self.without else 0
        for name in ("utils", "pkg.data")[:helpers]:
            if "." in name:
                self.files["pkg/__init__.py"] = ""
            self.helper(name)
        if self.chance(60):
            self.features.add("argparse")
            self.options = {
                "seed": ("maybe", self.pick(("None", "3"))),
                "start": ("seed", self.pick(("0", "5"))),
                "fixed": ("flag", self.pick(("False", "True"))),
                "epochs": ("count", self.pick(("1", "2"))),
                "mode": ("mode", self.pick(('"train"', '"eval"'))),
            }
        module, lines = self.module("main")
        for _ in range(self.choices.below(4)):
            lines += self.definition(module)
            if self.chance(10):
                lines += self.block(self.at_import(module), 2)
        self.fuel = 14
        guarded = not self.chance(25)
        options = tuple(Name(f"args.{option}", kind) for option, (kind, _) in self.options.items())
        local = replace(self.local(module, ()), function=guarded, names=(*module.names, *options, *options))
        body = [*self.parser(module), *self.block(local, 6)]
        if guarded:
            lines += ["def main():", *indented(body), 'if __name__ == "__main__":', "    main()"]
        else:
            lines += [*body, 'print("done")']
        self.finish(module, lines)
        return Program(dict(self.files), tuple(self.conditions), self.mixed, self.hidden, frozenset(self.features))

    def parser(self, module: Written) -> Lines:
        if not self.options:
            return []
        module.needs("import argparse")
        lines = ["parser = argparse.ArgumentParser()"]
        for option, (kind, default) in self.options.items():
            if kind == "flag":
                shown = 'action="store_true"' if default == "False" else 'action="store_false"'
            elif kind == "mode":
                shown = f"default={default}"
            else:
                shown = "type=int" if default == "None" else f"type=int, default={default}"
            lines += [f'parser.add_argument("--{option}", {shown})']
        return [*lines, "args = parser.parse_args()"]


def _leaves(lines: Lines) -> bool:
    return any(line.strip().startswith(("return", "raise SystemExit", "sys.exit", "break", "continue")) for line in lines)


def _prefixed(line: str, prefix: str) -> str:
    """One line of a use, with the name of the thing used spelled through its module."""
    stem = line.strip()
    if stem.startswith("for "):
        head, _, rest = line.partition(" in ")
        return f"{head} in {prefix}{rest}"
    for start in ("print(list(map(lambda _: ", "print(list(", "print(next("):
        if stem.startswith(start) and not stem.startswith(("print(list(obj", "print(obj")):
            return start + prefix + stem[len(start) :] if not line.startswith(" ") else line
    if stem.startswith(("print(", "pass", "obj")):
        head, equals, rest = line.partition(" = ")
        return f"{head} = {prefix}{rest}" if equals and not stem.startswith("print(") else line
    if stem.startswith("apply"):
        return prefix + stem.replace("(fn=task", f"(fn={prefix}task").replace("(task", f"({prefix}task").replace(
            "lambda: task", f"lambda: {prefix}task"
        )
    if stem.startswith("TASKS_"):
        return prefix + stem
    return prefix + stem


def write(choices: Choices, without: Iterable[str] = ()) -> Program:
    """A program out of choices; ``without`` names features to leave out."""
    return Writer(choices, without).program()


# Writing the same program in another way.

_COMPOUND: Final = (
    "@",
    "def ",
    "class ",
    "if ",
    "elif ",
    "else",
    "for ",
    "while ",
    "try",
    "except",
    "finally",
    "with ",
    "match ",
    "case ",
)


def decorated(program: Program, choices: Choices) -> Program:
    """The same program as other hands would write it: with docstrings and comments, several statements on a line or one on
    several lines, tabs, other line ends, a byte order mark.
    """
    return replace(program, files={path: _decorated(text, choices) for path, text in program.files.items()})


def _decorated(text: str, choices: Choices) -> str:
    def chance(percent: int) -> bool:
        return choices.below(100) >= 100 - percent

    lines = text.split("\n")[:-1]
    if chance(40):
        lines = _joined(lines, chance)
    if chance(40):
        lines = [part for line in lines for part in _broken(line, chance)]
    if chance(50):
        lines = [part for line in lines for part in _commented(line, chance)]
    if lines and chance(20) and "@dataclasses" not in text:  # which looks for a module of that name
        lines = ["from __future__ import annotations", *lines]
    if lines and chance(30):
        docstring = ['"""A program."""'] if chance(50) else ['"""A program', "", "that draws.", '"""']
        lines = [*docstring, *([""] if chance(70) else []), *lines]
    if lines and chance(20):
        lines = ["# Copyright the authors.", *([""] if chance(50) else []), *lines]
    if chance(25):
        lines = [part for line in lines for part in ((line, "") if not line.startswith((" ", "@")) and chance(30) else (line,))]
    if chance(10):
        lines = [re.sub(r"^(?:    )+", lambda found: "\t" * (len(found[0]) // 4), line) for line in lines]
    end = "\r\n" if chance(10) else "\n"
    whole = end.join([*lines, ""] if not chance(10) else lines)
    return f"\ufeff{whole}" if whole and chance(5) else whole


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_simple(line: str) -> bool:
    return not line.strip().startswith(_COMPOUND)


def _joined(lines: Lines, chance: Callable[[int], bool]) -> Lines:
    """Some statements behind the one before, or behind the header of a block of one statement."""
    done: Lines = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        alone = not following or _depth(following) < _depth(line)
        if done and _is_simple(line) and line.strip():
            before = done[-1]
            same = _is_simple(before) and _depth(before) == _depth(line) and before.strip()
            header = before.endswith(":") and _depth(before) < _depth(line) and alone
            if (same and chance(8)) or (header and chance(15)):
                done[-1] = f"{before}{';' if same else ''} {line.strip()}"
                continue
        done.append(line)
    return done


def _broken(line: str, chance: Callable[[int], bool]) -> Lines:
    """A call that is a statement on several lines."""
    found = re.fullmatch(r"( *)([\w.]+\()([^()]+)\)", line)
    if found is None or not _is_simple(line) or not chance(20):
        return [line]
    indent, call, arguments = found.groups()
    return [f"{indent}{call}", f"{indent}    {arguments}", f"{indent})"]


def _commented(line: str, chance: Callable[[int], bool]) -> Lines:
    if not line.strip() or line.strip() == ")" or line.endswith("(") or line.startswith("        " * 4):
        return [line]
    shown = f"{line}  # as always" if chance(10) else line
    if not chance(10):
        return [shown]
    above = f"{' ' * _depth(line)}# What follows."
    return [*([""] if chance(40) else []), above, shown]


# Running programs.

LIMIT: Final = 3_000
"""Draws of one run after which it is stopped."""


class TooLong(Exception):
    """A program draws without end."""


@dataclass(frozen=True)
class Draw:
    """One value that was drawn, and where."""

    family: Family
    path: str
    line: int
    value: str


@dataclass
class Run:
    """What one run drew, seeded and printed, in order. A seed is noted as a draw whose value is the seed."""

    draws: list[Draw] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    seeds: list[tuple[Draw, int]] = field(default_factory=list)
    """Each with the number of draws before it."""

    def of(self, family: Family) -> list[str]:
        return [draw.value for draw in self.draws if draw.family == family]


def _fake_library(
    name: str, family: Family, generator: Any, real: types.ModuleType, draws: Iterable[str], run: Run
) -> types.ModuleType:
    fake = types.ModuleType(name)

    def recorded(method: str) -> Callable[..., Any]:
        call = getattr(generator, method)

        def draw(*args: Any, **kwargs: Any) -> Any:
            value = call(*args, **kwargs)
            caller = sys._getframe(1)
            shown = repr(args[0] if method == "shuffle" else value)
            run.draws.append(Draw(family, caller.f_code.co_filename, caller.f_lineno, shown))
            if len(run.draws) > LIMIT:
                raise TooLong
            return value

        return draw

    def seed(value: Any = None) -> None:
        caller = sys._getframe(1)
        run.seeds.append((Draw(family, caller.f_code.co_filename, caller.f_lineno, repr(value)), len(run.draws)))
        generator.seed(value)

    for method in draws:
        setattr(fake, method, recorded(method))
    fake.seed = seed  # type: ignore[attr-defined]
    for method in ("getstate", "setstate", "get_state", "set_state"):
        if hasattr(generator, method):
            setattr(fake, method, getattr(generator, method))
    fake.__getattr__ = lambda attribute: getattr(real, attribute)  # type: ignore[method-assign]
    return fake


def _fake_runtime(generators: Mapping[Family, Any], run: Run) -> types.ModuleType:
    """What fixes call: `reprolint.runtime`, as far as it is about the two families."""
    fake = types.ModuleType("reprolint.runtime")

    def set_seed(seed: int = 42) -> None:
        caller = sys._getframe(1)
        checked = operator.index(seed)
        if not 0 <= checked < 2**32:
            raise ValueError(f"{checked} is no seed")
        for family, generator in generators.items():
            run.seeds.append((Draw(family, caller.f_code.co_filename, caller.f_lineno, repr(checked)), len(run.draws)))
            generator.seed(checked)

    fake.set_seed = set_seed  # type: ignore[attr-defined]
    return fake


class _Importer:
    """``__import__`` for one run: the program's own modules first, ours for libraries that count, then the real ones."""

    def __init__(self, codes: Mapping[str, types.CodeType], run: Run, answers: Mapping[str, str]) -> None:
        self.codes = codes
        generators: dict[Family, Any] = {PYTHON: random.Random(), NUMPY: np.random.RandomState()}
        python = _fake_library(
            "random", PYTHON, generators[PYTHON], random, [d.partition("(")[0] for d in DRAWS[PYTHON]] + ["shuffle"], run
        )
        legacy = _fake_library(
            "numpy.random",
            NUMPY,
            generators[NUMPY],
            np.random,
            [d.partition("(")[0] for d in DRAWS[NUMPY]] + ["shuffle"],
            run,
        )
        numpy = types.ModuleType("numpy")
        numpy.random = legacy  # type: ignore[attr-defined]
        numpy.__getattr__ = lambda attribute: getattr(np, attribute)  # type: ignore[method-assign]
        ours = types.ModuleType("reprolint")
        ours.runtime = _fake_runtime(generators, run)  # type: ignore[attr-defined]
        self.loaded: dict[str, types.ModuleType] = {
            "random": python,
            "numpy": numpy,
            "numpy.random": legacy,
            "reprolint": ours,
            "reprolint.runtime": ours.runtime,
        }
        self.builtins = {
            **vars(builtins),
            "__import__": self,
            "print": lambda *args: run.printed.append(" ".join(map(str, args))),
            "input": lambda asked: answers[asked],
        }

    def __call__(self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if name.partition(".")[0] not in ("random", "numpy", "reprolint", "utils", "pkg"):
            return __import__(name, globals, locals, fromlist, level)
        module = self.load(name)
        if not fromlist:
            return self.loaded[name.partition(".")[0]]
        for attribute in fromlist:
            if attribute != "*" and not hasattr(module, attribute):
                self.load(f"{name}.{attribute}")
        return module

    def load(self, name: str) -> types.ModuleType:
        parent, _, last = name.rpartition(".")
        if parent:
            self.load(parent)
        if name not in self.loaded:
            self.execute(name, name)
            if parent:
                setattr(self.loaded[parent], last, self.loaded[name])
        return self.loaded[name]

    def execute(self, name: str, as_name: str) -> None:
        module = types.ModuleType(as_name)
        module.__dict__["__builtins__"] = self.builtins
        self.loaded[name] = module
        path = name.replace(".", "/")
        exec(self.codes.get(f"{path}.py") or self.codes[f"{path}/__init__.py"], module.__dict__)


def run_once(codes: Mapping[str, types.CodeType], answers: Mapping[str, str]) -> Run:
    """Run a program from fresh generators.

    :param answers: what ``input`` gives.
    :raises Exception: whatever the program raises.
    """
    run = Run()
    failed: list[BaseException] = []

    def failure(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            failed.append(args.exc_value)

    hook, threading.excepthook = threading.excepthook, failure
    try:
        with contextlib.suppress(SystemExit):
            _Importer(codes, run, answers).execute("main", "__main__")
    finally:
        threading.excepthook = hook
    if failed:
        raise failed[0]
    return run


@contextlib.contextmanager
def _no_arguments() -> Iterator[None]:
    argv, sys.argv = sys.argv, ["main.py"]
    try:
        yield
    finally:
        sys.argv = argv


@dataclass(frozen=True)
class Behaviour:
    """What a program does: two runs for every outcome of the conditions that no default decides."""

    pairs: tuple[tuple[Run, Run], ...]

    def differs(self, family: Family) -> bool:
        """Whether under some outcome two runs draw different values."""
        return any(one.of(family) != two.of(family) for one, two in self.pairs)

    def draws_at(self, family: Family) -> set[tuple[str, int]]:
        """Where values were drawn that differ between two runs."""
        places: set[tuple[str, int]] = set()
        for one, two in self.pairs:
            lists = [[draw for draw in run.draws if draw.family == family] for run in (one, two)]
            for left, right in itertools.zip_longest(*lists):
                if left != right:
                    places.update((draw.path, draw.line) for draw in (left, right) if draw is not None)
        return places


def behaviour(program: Program) -> Behaviour:
    """Run a program twice in every way.

    :raises Exception: whatever the program raises; `TooLong` if it draws without end.
    """
    codes = {path: compile(text.lstrip("\ufeff"), path, "exec", dont_inherit=True) for path, text in program.files.items()}
    pairs = []
    for outcome in itertools.product("ny", repeat=len(program.conditions)):
        answers = dict(zip(program.conditions, outcome, strict=True))
        with _no_arguments():
            pairs.append((run_once(codes, answers), run_once(codes, answers)))
    return Behaviour(tuple(pairs))
