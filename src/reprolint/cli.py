"""The command line. Each command imports what it needs when it runs, so that ``--help`` costs next to nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from reprolint import __version__
from reprolint.errors import UsageError, hint

if TYPE_CHECKING:
    from reprolint.config import Settings
    from reprolint.engine import Report
    from reprolint.rules import Rule

T = TypeVar("T")

CLEAN: Final = 0
FOUND: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130
"""What shells expect of a program that Ctrl-C ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    :param argv: the arguments after the program's name; None: those of this process.
    :returns: the exit code: 0 clean, 1 findings, 2 usage or internal error. Every error is one line on stderr.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no "…" is no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _cli.main(arguments, prog_name="reprolint", standalone_mode=False)
        return code if isinstance(code, int) else CLEAN
    except click.ClickException as error:
        return _complain(error.format_message())
    except UsageError as error:
        return _complain(str(error))
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _abandon_stdout()
        return WRONG
    except Exception as error:
        if {"--verbose", "-v"} & set(arguments):
            import traceback

            traceback.print_exc()
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return _complain(f"internal error: {said} (please report; --verbose shows the traceback)")


def _complain(message: str) -> int:
    print("reprolint:", " ".join(message.split()), file=sys.stderr)
    return WRONG


def _write(text: str) -> None:
    """Put text on stdout. A reader that has left (``| head``) does not change the exit code."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon_stdout()


def _abandon_stdout() -> None:
    """Give what is still buffered somewhere to go, or the interpreter complains when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Commands(click.Group):
    """Names the nearest command where there is none of that name."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise UsageError(f'no such command "{args[0]}"{hint(args[0], self.commands)}')
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="reprolint %(version)s")
@click.pass_context
def _cli(context: click.Context) -> None:
    """Run it twice, same result? If not, which line is to blame?

    reprolint reads Python programs, never runs them, and says which of them draw random numbers that nothing seeds.
    """
    if context.invoked_subcommand is None:
        _write(context.get_help() + "\n")
        context.exit(WRONG)


def _words(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _selector(flag: str, text: str) -> Callable[[Any], Any]:
    return click.option(flag, multiple=True, metavar="RULES", callback=_words, help=f"{text} Codes, prefixes, names or ALL.")


def _settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for decorate in (
        click.option("-v", "--verbose", is_flag=True, help="Say on stderr what is read; show tracebacks of internal errors."),
        click.option("--isolated", is_flag=True, help="Read no settings file."),
        click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Read this settings file."),
    ):
        command = decorate(command)
    return command


def _check_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What `check` and `fix` share."""
    for decorate in (
        click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", help="When to use colour."),
        click.option("-q", "--quiet", is_flag=True, help="Show findings and nothing else."),
        click.option("--no-cache", is_flag=True, help="Read no cache. (Nothing is cached yet.)"),
        click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed."),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
        click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of showing them."),
        click.option(
            "--output-format", type=click.Choice(("full", "concise", "json")), help="How to show findings. [default: full]"
        ),
        click.option(
            "--seed", type=click.IntRange(0, 2**32 - 1), help="The seed where a program has none of its own. [default: 42]"
        ),
        click.option("--show-fixes", is_flag=True, help="List what was fixed."),
        click.option("--unsafe-fixes", is_flag=True, help="Fix also what may change a result beyond making it repeatable."),
        click.option("--diff", is_flag=True, help="Write nothing; show what would change, and exit with 1 if anything would."),
        _selector("--extend-select", "Check these rules too."),
        _selector("--ignore", "Leave these rules out."),
        _selector("--select", "Check these rules only."),
        click.argument("paths", nargs=-1, type=click.Path(path_type=Path)),
    ):
        command = decorate(command)
    return command


@_cli.command()
@_check_options
@click.option("--fix", is_flag=True, help="Fix what can be fixed, as `reprolint fix` does.")
@_settings_options
@click.pass_context
def check(context: click.Context, /, fix: bool, diff: bool, **given: Any) -> None:
    """Say which programs are not repeatable, and why.

    PATHS are scripts, notebooks and folders; without any, the current folder is checked. Exits with 0 if there is
    nothing to say, 1 if there are findings, 2 if something is wrong with the command.
    """
    options = _Options(**given)
    if fix or diff:
        context.exit(_fix(options, diff))
    from reprolint import engine

    settings = options.settings()
    with_fixes = settings.output_format != "concise" and not options.statistics
    report = options.run(
        lambda progress: engine.check(options.named, settings, Path.cwd(), progress, fixes=with_fixes), settings
    )
    for line in report.trouble:
        print("reprolint:", line, file=sys.stderr)
    _write(_rendered(report, settings, options))
    context.exit(FOUND if report.findings and not options.exit_zero else CLEAN)


@_cli.command()
@_check_options
@_settings_options
@click.pass_context
def fix(context: click.Context, /, diff: bool, **given: Any) -> None:
    """Make programs repeatable: insert, complete or move seeds.

    Each change is tried in memory first, and made only if the program then is seeded before every draw. Shows what is left. Exits
    with 0 if that is nothing, 1 if there are findings left, 2 if something is wrong with the command.
    """
    context.exit(_fix(_Options(**given), diff))


@dataclass
class _Options:
    """The options that `check` and `fix` share."""

    paths: tuple[Path, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    unsafe_fixes: bool
    show_fixes: bool
    seed: int | None
    output_format: str | None
    statistics: bool
    exit_zero: bool
    exit_non_zero_on_fix: bool
    no_cache: bool
    quiet: bool
    color: str
    config: Path | None
    isolated: bool
    verbose: bool

    @property
    def named(self) -> tuple[Path, ...]:
        return self.paths or (Path(),)

    def settings(self) -> Settings:
        return _settings(
            self.named,
            config=self.config,
            isolated=self.isolated,
            select=self.select or None,
            ignore=self.ignore,
            extend_select=self.extend_select,
            output_format=self.output_format,
            seed=self.seed,
        )

    def run(self, work: Callable[[Callable[[int, int], None]], T], settings: Settings) -> T:
        """Do the work with a count on stderr, and say how long it took if that is asked for."""
        begin = time.monotonic()
        progress = _Progress(begin)
        try:
            done = work(progress)
        finally:
            progress.clear()
        if self.verbose:
            came_from = "no settings file" if settings.file is None else f"settings from {settings.file}"
            print(f"reprolint: {came_from}, {time.monotonic() - begin:.2f} s", file=sys.stderr)
        return done


def _fix(options: _Options, only_show: bool) -> int:
    from reprolint import fixer
    from reprolint.reports import diff, fixes

    settings = options.settings()
    fixed = options.run(
        lambda progress: fixer.fix(options.named, settings, Path.cwd(), progress, unsafe=options.unsafe_fixes), settings
    )
    for line in fixed.report.trouble:
        print("reprolint:", line, file=sys.stderr)
    if only_show:
        _write(diff.render(fixer.pieces(fixed.changed), color=_colorful(options.color)))
        if not options.quiet:
            print("reprolint:", fixes.would(len(fixed.findings), len(fixed.changed)), file=sys.stderr)
        return FOUND if fixed.changed else CLEAN
    trouble = fixer.write(fixed.changed)
    for line in trouble:
        print("reprolint:", line, file=sys.stderr)
    machine_readable = settings.output_format == "json"
    listed = fixes.render(fixed.findings) if options.show_fixes else ""
    closing = "" if options.quiet or not fixed.findings else fixes.sentence(len(fixed.findings), len(fixed.changed))
    if machine_readable:
        print(listed + closing, end="", file=sys.stderr)
        listed = closing = ""
    _write(_rendered(fixed.report, settings, options) + listed + closing)
    if trouble:
        return WRONG
    if fixed.findings and options.exit_non_zero_on_fix:
        return FOUND
    return FOUND if fixed.report.findings and not options.exit_zero else CLEAN


def _rendered(report: Report, settings: Settings, options: _Options) -> str:
    from reprolint.reports import summary

    if report.files == 0:
        print("reprolint: warning: no Python files under the given paths", file=sys.stderr)

    if settings.output_format == "json":
        from reprolint.reports import json

        return summary.statistics_json(report.findings) if options.statistics else json.render(report.findings)
    closing = "" if options.quiet else summary.sentence(report.findings, report.files, report.programs)
    if options.statistics:
        return summary.statistics(report.findings) + closing
    if settings.output_format == "concise":
        from reprolint.reports import concise

        return concise.render(report.findings) + closing
    from reprolint.reports import full

    return full.render(report.findings, report.excerpt, color=_colorful(options.color)) + closing


@_cli.command()
@click.argument("entry", type=click.Path(path_type=Path))
@_settings_options
def trace(entry: Path, config: Path | None, isolated: bool, verbose: bool) -> None:
    """Tell what one program seeds and draws, in order.

    Ends with the state of each generator and the reason for it. ENTRY is the script or notebook that a person runs.
    """
    from reprolint import engine
    from reprolint.sources.discover import files

    files([entry], ())
    if entry.is_dir():
        raise UsageError(f"{entry} is a folder; name one script or notebook")
    _write(engine.story(entry, _settings([entry], config=config, isolated=isolated), Path.cwd()).rstrip("\n") + "\n")


@_cli.command()
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="A table, or JSON.")
def rules(output_format: str) -> None:
    """List all rules."""
    from reprolint.rules import ALL

    if output_format == "json":
        import json

        _write(json.dumps([_described(rule) for rule in ALL], indent=2) + "\n")
        return
    wide = max(len(rule.name) for rule in ALL)
    _write("".join(f"{rule.code}  {rule.name.ljust(wide)}  {'on ' if rule.on else 'off'}  {rule.summary}\n" for rule in ALL))


@_cli.command()
@click.argument("code", metavar="RULE")
def rule(code: str) -> None:
    """Explain one rule, by code or by name."""
    from reprolint.rules import ALL

    by_word = {word: rule for rule in ALL for word in (rule.code, rule.name)}
    if code not in by_word:
        raise UsageError(f'unknown rule "{code}"{hint(code, by_word)}')
    found = by_word[code]
    fix = "no fix" if found.fix == "none" else f"fix: {found.fix}"
    default = "on" if found.on else "off"
    _write(f"# {found.name} ({found.code})\n\n{found.severity}, {default} by default, {fix}\n\n{found.doc.strip()}\n")


@_cli.command()
@click.option("--print", "show", is_flag=True, help="Show the module.")
@click.option("--write", "target", type=click.Path(path_type=Path), metavar="PATH", help="Write the module, or renew a copy.")
@click.option(
    "--check", "copy", type=click.Path(path_type=Path), metavar="PATH", help="Exit with 1 if this copy is not current."
)
@click.pass_context
def runtime(context: click.Context, show: bool, target: Path | None, copy: Path | None) -> None:
    """Print or vendor the module behind set_seed.

    `from reprolint.runtime import set_seed` needs reprolint where the program runs. A copy of that one file, which needs nothing
    but the standard library, does not: write it into your project and import it from there.
    """
    from reprolint import vendor

    if show + (target is not None) + (copy is not None) != 1:
        raise UsageError("name one of --print, --write PATH and --check PATH")
    if target is not None:
        done = vendor.write(target)
        print(f"reprolint: {target} {'is current' if done == 'current' else 'written'}", file=sys.stderr)
    elif copy is not None:
        difference = vendor.check(copy)
        if difference is not None:
            _write(f"{difference}; `reprolint runtime --write {copy}` renews it\n")
            context.exit(FOUND)
    else:
        _write(vendor.text())


def _described(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "default": rule.on,
        "summary": rule.summary,
        "fix": rule.fix,
    }


def _settings(paths: Sequence[Path], **given: Any) -> Settings:
    """The settings that hold for the folder that all paths share."""
    from reprolint.config import load

    return load(Path(os.path.commonpath([os.path.abspath(path) for path in paths])), **given)


def _colorful(choice: str) -> bool:
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


class _Progress:
    """Counts on stderr while a run goes on for over two seconds, if a person is watching."""

    PATIENCE: Final = 2.0
    PAUSE: Final = 0.1

    def __init__(self, begin: float) -> None:
        self.next = begin + self.PATIENCE if sys.stderr.isatty() else float("inf")
        self.shown = False

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now >= self.next:
            self.next = now + self.PAUSE
            self.shown = True
            sys.stderr.write(f"\r\x1b[Kchecking {done}/{total} files")
            sys.stderr.flush()

    def clear(self) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
