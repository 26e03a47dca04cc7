"""The values that flow through the linter. Frozen, and free of imports from the rest of the package.

Lines and columns are 1-based everywhere a user can see them; paths are relative to the working directory and use
forward slashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["python", "numpy", "torch"]
FAMILIES: Final[tuple[Family, ...]] = ("python", "numpy", "torch")
"""The three global random generators, in the order of their code's last digit (1, 2, 3)."""

Severity = Literal["error", "warning"]
Applicability = Literal["safe", "unsafe"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Where a piece of code stands in its file, or in its notebook cell."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a witness: a call, an import or a seed, in the order of execution.

    ``cell`` is the notebook cell in which the line stands, as in a finding; ``text`` names it as well.
    """

    path: str
    line: int
    column: int
    text: str
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace a span of one file by other text."""

    path: str
    cell: int | None
    span: Span
    replacement: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together, and whether they may change what the program computes."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where it is, and the chain of calls that shows it.

    ``entry`` is the program's entry point (None for a finding about a line that no program reaches), ``family`` the
    generator it is about (None where it is about something else), ``cell`` the notebook cell (1-based, all cells
    counted) or None.
    """

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    cell: int | None
    span: Span
    entry: str | None = None
    family: Family | None = None
    trace: tuple[Step, ...] = ()
    fix: Fix | None = None
