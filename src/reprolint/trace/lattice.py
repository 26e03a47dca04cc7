"""What may be known of the generators and the cuDNN switches at one point of a run, and how two paths join."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from reprolint.model import FAMILIES, Family

Mark: TypeAlias = tuple[str, int]
"""How a generator came to its state, and the number of the event that did it (0: the start of the process)."""

Marks: TypeAlias = frozenset[Mark]
"""Every way in which paths that reach this point left a generator."""

UNSEEDED: Final = "unseeded"
SEEDED: Final = "seeded"
VARYING: Final = "varying"
UNCLEAR: Final = "unclear"
"""A call that cannot be followed may have seeded."""

FLAGS: Final = ("cudnn.deterministic", "cudnn.benchmark", "deterministic_algorithms", "cublas_workspace")

_FRESH: Final[Marks] = frozenset({(UNSEEDED, 0)})
_UNSET: Final = frozenset({"unset"})


class State(NamedTuple):
    """One set of marks per family, in the order of `model.FAMILIES`, and one set of values per switch of `FLAGS`."""

    generators: tuple[Marks, ...]
    flags: tuple[frozenset[str], ...]

    def of(self, family: Family) -> Marks:
        return self.generators[FAMILIES.index(family)]

    def with_marks(self, families: tuple[Family, ...] | frozenset[Family], marks: Marks) -> State:
        generators = tuple(marks if family in families else old for family, old in zip(FAMILIES, self.generators, strict=True))
        return self._replace(generators=generators)

    def with_flag(self, flag: str, *values: str) -> State:
        flags = tuple(frozenset(values) if name == flag else old for name, old in zip(FLAGS, self.flags, strict=True))
        return self._replace(flags=flags)

    def flag(self, name: str) -> frozenset[str]:
        return self.flags[FLAGS.index(name)]


FRESH: Final = State((_FRESH,) * len(FAMILIES), (_UNSET,) * len(FLAGS))
"""A process that has just started."""


def spawned(parent: State) -> State:
    """A process that another one has started afresh: only the environment, and so cuBLAS's variable, comes along."""
    return FRESH._replace(flags=(*FRESH.flags[:-1], parent.flag("cublas_workspace")))


def join(left: State | None, right: State | None) -> State:
    """The state after two paths meet; None is a path that does not arrive."""
    if left is None or right is None:
        survivor = left if left is not None else right
        assert survivor is not None
        return survivor
    if left is right:
        return left
    return State(
        tuple(a | b for a, b in zip(left.generators, right.generators, strict=True)),
        tuple(a | b for a, b in zip(left.flags, right.flags, strict=True)),
    )


def meet(left: State | None, right: State | None) -> State | None:
    """As `join`, for paths of which neither may arrive."""
    return None if left is None and right is None else join(left, right)


def verdict_of(marks: Marks) -> str:
    """What a draw in this state is: seeded, unseeded, varying, or unclear (seeded on some paths, or perhaps)."""
    kinds = {kind for kind, _ in marks}
    if kinds == {SEEDED}:
        return SEEDED
    if UNCLEAR in kinds or SEEDED in kinds:
        return UNCLEAR
    return VARYING if VARYING in kinds else UNSEEDED
