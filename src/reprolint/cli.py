"""The command line. Each command imports what it needs when it runs, so that ``--help`` costs next to nothing."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from reprolint import __version__
from reprolint.errors import UsageError, hint
from reprolint.reports.formats import FORMATS
from reprolint.usage import Command

if TYPE_CHECKING:
    from reprolint.config import Settings
    from reprolint.engine import Report
    from reprolint.rules import Rule
    from reprolint.sources.cache import Cache

T = TypeVar("T")

CLEAN: Final = 0
FOUND: Final = 1
WRONG: Final = 2
INTERRUPTED: Final = 130
"""What shells expect of a program that Ctrl-C ended."""

PAGE_WIDTH: Final = 100
"""Longer lines of prose are hard to read, however wide a terminal is."""


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


def _write_bytes(data: bytes) -> None:
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        _abandon_stdout()


def _tell(*lines: str) -> None:
    for line in lines:
        print("reprolint:", line, file=sys.stderr)


class _Commands(click.Group):
    """Names the nearest command where there is none of that name."""

    command_class = Command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise UsageError(f'no such command "{args[0]}"{hint(args[0], self.commands)}')
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="reprolint %(version)s")
@click.pass_context
def _cli(context: click.Context) -> None:
    """Run it twice, same result? If not, which line is to blame?

    reprolint reads Python programs, never runs them (but for verify, which runs the command that it is given), and says which of them draw random numbers that nothing seeds.
    """
    if context.invoked_subcommand is None:
        _write(context.get_help() + "\n")
        context.exit(WRONG)


def _words(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _selector(flag: str, text: str) -> Callable[[Any], Any]:
    return click.option(flag, multiple=True, metavar="RULES", callback=_words, help=f"{text} Codes, prefixes, names or ALL.")


def _format(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is None or value in FORMATS:
        return value
    in_environment = context.get_parameter_source("output_format") is click.core.ParameterSource.ENVIRONMENT
    said = parameter.envvar if in_environment else "--output-format"
    meant = hint(value, FORMATS) or f"; choose one of {', '.join(FORMATS)}"
    raise UsageError(f'{said}: unknown format "{value}"{meant}')


def _several(*options: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Several decorators as one."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _patterns(flag: str, text: str) -> Callable[[Any], Any]:
    return click.option(flag, multiple=True, metavar="PATTERNS", callback=_words, help=text)


def _paths(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Path | None, ...]:
    """The paths; None for ``-``, which ``Path`` could not tell from ``./-``."""
    return tuple(Path(value) if value != "-" else None for value in values)


_rule_options = _several(
    _selector("--select", "Check these rules only."),
    _selector("--ignore", "Leave these rules out."),
    _selector("--extend-select", "Check these rules too."),
    click.option(
        "--per-file-ignores",
        multiple=True,
        metavar="PATTERN:RULES",
        help="Leave these rules out in files that match; several pairs are separated by commas.",
    ),
)
_file_options = _several(
    _patterns("--exclude", "Pass over these files and folders, in the place of those that are passed over by default."),
    _patterns("--extend-exclude", "Pass over these files and folders too."),
    click.option(
        "--force-exclude/--no-force-exclude",
        default=None,
        help="Pass over excluded files even if they are named. [default: no-force-exclude]",
    ),
    click.option(
        "--respect-gitignore/--no-respect-gitignore",
        default=None,
        help="Pass over what .gitignore and the like ignore. [default: respect-gitignore]",
    ),
)
_baseline_option = click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Neither report nor fix the findings that this file lists.",
)


_cache_option = click.option(
    "--cache-dir",
    type=click.Path(path_type=Path, readable=False),
    metavar="FOLDER",
    envvar="REPROLINT_CACHE_DIR",
    show_envvar=True,
    help="Keep what is found out in this folder, so that the next run is faster.",
)


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
        _cache_option,
        click.option(
            "--no-cache",
            is_flag=True,
            envvar="REPROLINT_NO_CACHE",
            show_envvar=True,
            help="Work everything out anew, and keep nothing.",
        ),
        click.option("--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed."),
        click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings."),
        click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of showing them."),
        click.option(
            "-o", "--output-file", type=click.Path(path_type=Path), metavar="FILE", help="Write to this file instead of stdout."
        ),
        click.option(
            "--output-format",
            metavar="FORMAT",
            envvar="REPROLINT_OUTPUT_FORMAT",
            show_envvar=True,
            callback=_format,
            help=f"How to show findings: {', '.join(FORMATS)}. [default: full]",
        ),
        click.option(
            "--seed",
            type=click.IntRange(0, 2**32 - 1),
            metavar="N",
            help="The seed where a program has none of its own. [default: 42]",
        ),
        click.option("--show-fixes", is_flag=True, help="List what was fixed."),
        click.option("--unsafe-fixes", is_flag=True, help="Fix also what may change a result beyond making it repeatable."),
        click.option("--diff", is_flag=True, help="Write nothing; show what would change, and exit with 1 if anything would."),
        click.option(
            "--stdin-filename",
            type=click.Path(path_type=Path),
            metavar="NAME",
            help="Read stdin in the place of this file, which need not exist. What is fixed goes to stdout.",
        ),
        click.option("--show-files", is_flag=True, help="List the files that would be looked at."),
        click.option("--no-baseline", is_flag=True, help="Disregard the baseline that the settings name."),
        _baseline_option,
        _file_options,
        _rule_options,
        click.argument("paths", nargs=-1, type=click.Path(), callback=_paths),
    ):
        command = decorate(command)
    return command


@_cli.command()
@_check_options
@click.option("--fix", is_flag=True, help="Fix what can be fixed, as `reprolint fix` does.")
@click.option("--update-baseline", is_flag=True, help="Write all findings into the baseline.")
@click.option(
    "--add-ignore",
    metavar="[=REASON]",
    help="Add a comment at every line with findings that suppresses them, with this reason.",
)
@_settings_options
@click.pass_context
def check(
    context: click.Context, /, fix: bool, diff: bool, update_baseline: bool, add_ignore: str | None, **given: Any
) -> None:
    """Say which programs are not repeatable, and why.

    PATHS are scripts, notebooks and folders; without any, the current folder is checked; - is stdin. Where single files are
    named, every program that reaches one of them is checked, and all that is wrong with it is shown. Exits with 0 if there is
    nothing to say, 1 if there are findings, 2 if something is wrong with the command.
    """
    options = _Options(**given)
    if (fix or diff) + update_baseline + (add_ignore is not None) + options.show_files > 1:
        raise UsageError("--fix or --diff, --update-baseline, --add-ignore and --show-files exclude each other")
    if options.stdin is not None and (update_baseline or add_ignore is not None):
        raise UsageError(f"{'--update-baseline' if update_baseline else '--add-ignore'} needs files, not stdin")
    if options.show_files:
        context.exit(_show_files(options))
    if update_baseline:
        context.exit(_update_baseline(options))
    if add_ignore is not None:
        context.exit(_add_ignore(options, add_ignore))
    if fix or diff:
        context.exit(_fix(options, diff))
    from reprolint import engine

    settings = options.settings()
    with_fixes = FORMATS[settings.output_format].shows_fixes and not options.statistics
    report = options.run(
        lambda progress: engine.check(
            options.named,
            settings,
            Path.cwd(),
            progress,
            fixes=with_fixes,
            texts=options.texts,
            cache=options.cache(settings),
        ),
        settings,
    )
    options.tell(report, settings)
    options.write(_rendered(report, settings, options))
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
    options = _Options(**given)
    context.exit(_show_files(options) if options.show_files else _fix(options, diff))


@dataclass
class _Options:
    """The options that `check` and `fix` share."""

    paths: tuple[Path | None, ...]
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    extend_select: tuple[str, ...]
    per_file_ignores: tuple[str, ...]
    exclude: tuple[str, ...]
    extend_exclude: tuple[str, ...]
    force_exclude: bool | None
    respect_gitignore: bool | None
    stdin_filename: Path | None
    show_files: bool
    baseline: Path | None
    no_baseline: bool
    unsafe_fixes: bool
    show_fixes: bool
    seed: int | None
    output_format: str | None
    output_file: Path | None
    statistics: bool
    exit_zero: bool
    exit_non_zero_on_fix: bool
    no_cache: bool
    cache_dir: Path | None
    quiet: bool
    color: str
    config: Path | None
    isolated: bool
    verbose: bool

    @property
    def named(self) -> tuple[Path, ...]:
        if self.stdin is not None:
            return (self.stdin,)
        return tuple(path for path in self.paths if path is not None) or (Path(),)

    @cached_property
    def stdin(self) -> Path | None:
        """The absolute path of the file in whose place stdin is read; None: it is not read."""
        if None not in self.paths and self.stdin_filename is None:
            return None
        if self.paths not in ((), (None,)):
            raise UsageError("stdin is checked alone: name no path, or - and no other one")
        if self.stdin_filename is not None and self.stdin_filename.is_dir():
            raise UsageError(f"--stdin-filename: {self.stdin_filename} is a folder; name a file")
        return Path(os.path.abspath(self.stdin_filename or "-"))

    @cached_property
    def texts(self) -> dict[Path, bytes]:
        """What stdin holds, by the path in whose place it is read."""
        return {self.stdin: _stdin(self.stdin)} if self.stdin is not None else {}

    def settings(self) -> Settings:
        if self.no_baseline and self.baseline is not None:
            raise UsageError("--baseline and --no-baseline exclude each other")
        found = _settings(
            self.named,
            config=self.config,
            isolated=self.isolated,
            select=self.select,
            ignore=self.ignore,
            extend_select=self.extend_select,
            per_file_ignores=self.per_file_ignores,
            exclude=self.exclude,
            extend_exclude=self.extend_exclude,
            force_exclude=self.force_exclude,
            respect_gitignore=self.respect_gitignore,
            baseline=self.baseline,
            cache_dir=self.cache_dir,
            output_format=self.output_format,
            seed=self.seed,
        )
        return replace(found, baseline=None) if self.no_baseline else found

    def cache(self, settings: Settings) -> Cache | None:
        """Where to keep what is found out; None: nowhere."""
        return None if self.no_cache else _cache(settings, by_settings=self.cache_dir is None)

    def tell(self, report: Report, settings: Settings) -> None:
        """Say on stderr what a run is about beside its findings."""
        _tell(*report.trouble)
        if report.files == 0 and self.stdin is None:
            _tell("warning: no Python files under the given paths")
        if report.stale and not self.quiet:
            from reprolint.reports import count

            found = f"{count(report.stale, 'finding')} of {_relative(settings.baseline)}"
            _tell(
                f"{found} {'is' if report.stale == 1 else 'are'} no longer there; `check --update-baseline` takes out what is gone"
            )

    def write(self, text: str) -> None:
        """Put text into ``--output-file``, or on stdout."""
        if self.output_file is None:
            _write(text)
            return
        from reprolint.sources.write import ChangedMeanwhile, put

        try:
            put(self.output_file, text.encode("utf-8", "backslashreplace"))
        except ChangedMeanwhile as error:
            raise UsageError(str(error)) from None
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise UsageError(f"--output-file: {self.output_file} cannot be written: {reason}") from None

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
        lambda progress: fixer.fix(
            options.named,
            settings,
            Path.cwd(),
            progress,
            unsafe=options.unsafe_fixes,
            texts=options.texts,
            cache=options.cache(settings),
        ),
        settings,
    )
    options.tell(fixed.report, settings)
    if only_show:
        options.write(diff.render(fixer.pieces(fixed.changed), color=_colorful(options)))
        if not options.quiet:
            print("reprolint:", fixes.would(len(fixed.findings), len(fixed.changed)), file=sys.stderr)
        return FOUND if fixed.changed else CLEAN
    trouble = fixer.write(fixed.changed) if options.stdin is None else []
    _tell(*trouble)
    listed = fixes.render(fixed.findings) if options.show_fixes else ""
    closing = "" if options.quiet or not fixed.findings else fixes.sentence(len(fixed.findings), len(fixed.changed))
    if not FORMATS[settings.output_format].for_people:
        print(listed + closing, end="", file=sys.stderr)
        listed = closing = ""
    rendered = _rendered(fixed.report, settings, options) + listed + closing
    if options.stdin is None or options.output_file is not None:
        options.write(rendered)
    else:  # stdout is for the text
        print(rendered, end="", file=sys.stderr)
    if options.stdin is not None:
        _write_bytes(fixed.changed[0].after if fixed.changed else options.texts[options.stdin])
    if trouble:
        return WRONG
    if fixed.findings and options.exit_non_zero_on_fix:
        return FOUND
    return FOUND if fixed.report.findings and not options.exit_zero else CLEAN


def _show_files(options: _Options) -> int:
    from reprolint.config import selected
    from reprolint.sources.source import shown

    virtual = (options.stdin,) if options.stdin is not None else ()
    found = selected(options.named, options.settings(), virtual)
    options.write("".join(f"{shown(path, Path.cwd())}\n" for path in found))
    return CLEAN


def _update_baseline(options: _Options) -> int:
    from reprolint import engine
    from reprolint.reports import count
    from reprolint.sources.write import ChangedMeanwhile, put

    settings = options.settings()
    if settings.baseline is None:
        raise UsageError("--update-baseline needs --baseline FILE, or the setting baseline")
    before, after, report = options.run(
        lambda progress: engine.record(options.named, settings, Path.cwd(), progress, options.cache(settings)), settings
    )
    options.tell(report, settings)
    if report.trouble:
        _tell(f"{_relative(settings.baseline)} is left as it is: not every program could be followed")
        return WRONG
    if after.entries != before.entries or not settings.baseline.exists():
        try:
            put(settings.baseline, after.text())
        except ChangedMeanwhile as error:
            raise UsageError(str(error)) from None
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise UsageError(f"{_relative(settings.baseline)} cannot be written: {reason}") from None
    if not options.quiet:
        _tell(f"{_relative(settings.baseline)} lists {count(sum(one.count for one in after.entries), 'finding')}")
    return CLEAN


def _add_ignore(options: _Options, reason: str) -> int:
    from reprolint import fixer, ignoring
    from reprolint.reports import count

    if len(reason.splitlines()) > 1:
        raise UsageError("--add-ignore: a reason is one line")
    settings = options.settings()
    added = options.run(
        lambda progress: ignoring.add(
            options.named, settings, Path.cwd(), reason.strip(), progress, cache=options.cache(settings)
        ),
        settings,
    )
    trouble = fixer.write(added.changed)
    options.tell(added.report, settings)
    _tell(*added.trouble, *trouble)
    if not options.quiet:
        _tell(f"added {count(added.comments, 'comment')} in {count(len(added.changed), 'file')}")
    if added.report.findings:
        options.write(_rendered(added.report, settings, options))
    if trouble:
        return WRONG
    return FOUND if added.report.findings and not options.exit_zero else CLEAN


def _stdin(path: Path) -> bytes:
    from reprolint.sources.source import most_bytes

    if sys.stdin is None:
        raise UsageError("stdin is closed")
    most = most_bytes(path)
    data = sys.stdin.buffer.read(most + 1)
    if len(data) > most:
        raise UsageError(f"stdin is larger than {most // (1024 * 1024)} MB")
    return data


def _relative(path: Path | None) -> str:
    from reprolint.sources.source import shown

    return shown(path, Path.cwd()) if path is not None else ""


def _rendered(report: Report, settings: Settings, options: _Options) -> str:
    from reprolint.reports import Context, summary
    from reprolint.rules import ALL

    closing = "" if options.quiet else summary.sentence(report.findings, report.files, report.programs)
    if options.statistics:
        as_json = settings.output_format == "json"
        return summary.statistics_json(report.findings) if as_json else summary.statistics(report.findings) + closing
    form = FORMATS[settings.output_format]
    rules = {rule.code: rule for rule in ALL}
    context = Context(report.excerpt, rules, __version__, Path.cwd(), color=_colorful(options))
    return form.render(report.findings, context) + (closing if form.for_people else "")


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
@click.argument("code", metavar="RULE", required=False)
@click.option("--all", "every", is_flag=True, help="Explain all rules.")
def rule(code: str | None, every: bool) -> None:
    """Explain one rule, by code or by name, or all of them."""
    from reprolint.rules import ALL

    if (code is None) != every:
        raise UsageError("name one RULE, or --all")
    by_word = {word: rule for rule in ALL for word in (rule.code, rule.name)}
    if code is not None and code not in by_word:
        raise UsageError(f'unknown rule "{code}"{hint(code, by_word)}')
    text = "\n".join(map(_page, ALL)) if code is None else _page(by_word[code])
    if _is_colorful_terminal():
        import shutil

        from reprolint.reports import terminal

        text = terminal.render(text, min(shutil.get_terminal_size().columns, PAGE_WIDTH))
    _write(text)


@_cli.command()
@click.argument("path", type=click.Path(path_type=Path), default=Path())
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="TOML with comments, or JSON.")
@_rule_options
@_file_options
@_baseline_option
@_cache_option
@_settings_options
@click.pass_context
def config(
    context: click.Context, /, path: Path, output_format: str, config: Path | None, isolated: bool, verbose: bool, **given: Any
) -> None:
    """Show every setting that holds for PATH, and where it comes from.

    That is a line of a settings file, a variable of the environment, an option, or the default. Takes the options of check that
    choose rules and files, to show what they change.
    """
    from reprolint.config import effective
    from reprolint.reports import settings as report

    if not os.path.lexists(path):
        from reprolint.sources.discover import hint_at_sibling

        raise UsageError(f"no such file or directory: {path}{hint_at_sibling(Path(os.path.abspath(path)))}")
    variable = "REPROLINT_OUTPUT_FORMAT"
    asked = os.environ.get(variable) or None
    if asked is not None and asked not in FORMATS:
        raise UsageError(f'{variable}: unknown format "{asked}"{hint(asked, FORMATS)}')
    origins = {"output_format": variable}
    if context.get_parameter_source("cache_dir") is click.core.ParameterSource.ENVIRONMENT:
        origins["cache_dir"] = "REPROLINT_CACHE_DIR"
    found = _settings([path], config=config, isolated=isolated, output_format=asked, origins=origins, **given)
    rows = effective(found)
    _write(report.render(rows) if output_format == "text" else report.render_json(rows))


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


@_cli.command()
@click.option("--stdio", is_flag=True, hidden=True, help="What many editors say; there is nothing else.")
@click.pass_context
def server(context: click.Context, stdio: bool) -> None:
    """Serve an editor: findings while you type, fixes, explanations.

    Speaks the language server protocol on stdin and stdout. Editors start it; docs/editors.md says how to tell them.
    """
    import importlib.util

    if importlib.util.find_spec("pygls") is None:
        # Not `pip install reprolint[server]`: an unrelated project has that name.
        raise UsageError(
            "the server needs pygls: pip install 'reprolint-seeding[server] @ file:///path/to/a/clone/of/reprolint'"
        )
    from reprolint.server import serve

    context.exit(serve())


@_cli.command(context_settings={"allow_interspersed_args": False})
@click.option("--runs", type=click.IntRange(2), default=2, metavar="N", help="How often to run the command. [default: 2]")
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="End a run that takes longer.")
@click.option(
    "--compare-output", "output", flag_value="exact", help="The runs have to write the same on stdout, times included."
)
@click.option("--ignore-output", "output", flag_value="ignore", help="What the runs write on stdout may differ.")
@click.option(
    "--compare",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A file that the command writes, and has to write alike. May be given several times.",
)
@click.option("--before", metavar="COMMAND", help="Run this before each run, such as 'rm -rf checkpoints'.")
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", help="How to say what was found.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing while the command runs.")
@click.option("-v", "--verbose", is_flag=True, help="Show on stderr what the first run writes.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND")
@click.pass_context
def verify(context: click.Context, /, output: str | None, verbose: bool, quiet: bool, output_format: str, **given: Any) -> None:
    """Run a command twice, and find the first point where the runs part.

    Follows every Python process that the command starts: the generators of random, NumPy and PyTorch, batches, losses, gradients and
    parameters, each with the line of your code. What the runs write on stdout has to be the same, but for times and the like. Exits
    with 0 if the runs are the same as far as that is recorded, 1 if they part, 2 if the command failed or nothing was recorded.
    """
    from reprolint.verify import report
    from reprolint.verify.run import Request, verify

    with verify(Request(**given, output=output or "values", show=verbose), (lambda _: None) if quiet else _tell) as outcome:
        _write((report.text if output_format == "text" else report.as_json)(outcome, Path.cwd()))
    context.exit({"same": CLEAN, "parted": FOUND}.get(outcome.verdict, WRONG))


@_cli.command()
@_cache_option
@_settings_options
@click.pass_context
def clean(context: click.Context, cache_dir: Path | None, config: Path | None, isolated: bool, verbose: bool) -> None:
    """Remove what is kept from run to run.

    That is in a folder of its own in your home folder, or where --cache-dir or the setting cache-dir says.
    """
    from reprolint.reports import count
    from reprolint.sources import cache

    folder = _cache(_settings([Path()], config=config, isolated=isolated, cache_dir=cache_dir), by_settings=False).folder
    try:
        files, size = cache.clean(folder)
    except OSError as error:
        raise UsageError(f"{_relative(folder)} cannot be removed: {(error.strerror or type(error).__name__).lower()}") from None
    _tell(f"removed {count(files, 'file')} ({size / 1e6:.1f} MB) from {folder}" if files else f"nothing is kept in {folder}")


def _cache(settings: Settings, *, by_settings: bool) -> Cache:
    """The folder in which to keep what is found out.

    :param by_settings: whether only a settings file may have chosen it, which the checked code brings along.
    """
    from reprolint.sources.cache import Cache, user_folder

    folder = settings.cache_dir
    if folder is not None and os.path.lexists(folder) and not folder.is_dir():
        said = settings.origins.get("cache_dir", "cache-dir")
        raise UsageError(f"{said}: {_relative(folder)} is not a folder")
    return Cache(user_folder()) if folder is None else Cache(folder, keyed=by_settings)


def _page(rule: Rule) -> str:
    fix = "no fix" if rule.fix == "none" else f"fix: {rule.fix}"
    default = "on" if rule.on else "off"
    return f"# {rule.name} ({rule.code})\n\n{rule.severity}, {default} by default, {fix}\n\n{rule.doc.strip()}\n"


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


def _colorful(options: _Options) -> bool:
    """Whether to paint what is written."""
    if options.color != "auto" or options.output_file is not None:
        return options.color == "always"
    return _is_colorful_terminal()


def _is_colorful_terminal() -> bool:
    """Whether stdout shows colours; https://no-color.org and https://force-color.org, of which the first one wins."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


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
