"""A call of a library, as models see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from reprolint.trace.values import Args, Const, Kwargs, Value

if TYPE_CHECKING:
    from reprolint.trace.library import Libraries


@dataclass(frozen=True, slots=True)
class Call:
    """``name`` is canonical, ``receiver`` the object whose method is called (None for a plain function)."""

    name: str
    receiver: Value | None
    args: Args
    kwargs: Kwargs
    site: int
    text: str

    def argument(self, name: str, position: int | None = None) -> Value | None:
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if position is not None and position < len(self.args) else None

    def string(self, name: str, position: int | None = None) -> str | None:
        value = self.argument(name, position)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    @property
    def method(self) -> str:
        return self.name.rpartition(".")[2]


Model: TypeAlias = Callable[["Libraries", Call], "Value | None"]
