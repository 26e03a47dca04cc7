"""How commands make their options, late, and show them, as ruff does: under headings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Final

import click

HEADINGS: Final = {
    "Rule selection": ("select", "ignore", "extend_select", "per_file_ignores"),
    "File selection": (
        "exclude",
        "extend_exclude",
        "force_exclude",
        "respect_gitignore",
        "stdin_filename",
        "show_files",
    ),
    "Fixing": ("fix", "diff", "unsafe_fixes", "show_fixes", "seed", "exit_non_zero_on_fix"),
    "Output": ("output_format", "output_file", "statistics", "quiet", "verbose", "color", "exit_zero"),
}
"""The options under each heading, in the order in which they are shown; all others are under the last one, `OTHERS`."""

OTHERS: Final = "Miscellaneous"


class Command(click.Command):
    """Makes its options when they are first asked for, and shows them under headings.

    Making those of all commands takes milliseconds, and a run uses those of one command.

    The value of an option whose metavar is like ``[=REASON]`` may be left out, and follows a ``=``: what stands after a blank is a
    path. Left out, it is the empty text.

    :param options: gives options and arguments, in the order in which they are shown.
    """

    def __init__(self, name: str | None, *, options: Callable[[], Iterable[click.Parameter]], **given: Any) -> None:
        super().__init__(name, **given)
        self._options = options
        del self.params  # click's own list, in the place of which the property below is found

    @cached_property
    def params(self) -> list[click.Parameter]:  # type: ignore[override]  # mypy takes it for one that cannot be set
        return list(self._options())

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option) and not param.hidden]
        places = {name: (heading, place) for heading, names in HEADINGS.items() for place, name in enumerate(names)}
        if not any(option.name in places for option in options):
            super().format_options(ctx, formatter)
            return
        for heading in (*HEADINGS, OTHERS):
            below = [one for one in options if places.get(one.name or "", (OTHERS, 0))[0] == heading]
            below.sort(key=lambda one: places.get(one.name or "", (OTHERS, 0))[1])
            records = [record for one in below if (record := one.get_help_record(ctx)) is not None]
            if records:
                with formatter.section(heading):
                    formatter.write_dl([(names.replace(" [=", "[="), text) for names, text in records])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        bare = {name for param in self.params if (param.metavar or "").startswith("[=") for name in param.opts}
        end = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [f"{one}=" if at < end and one in bare else one for at, one in enumerate(args)])
