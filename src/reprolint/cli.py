"""The command line. Each command imports what it needs when it runs, so that ``--help`` costs next to nothing."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from reprolint import __version__
from reprolint.console import CLEAN, FOUND, INTERRUPTED, WRONG, abandon_stdout, shows_colours, tell, write
from reprolint.errors import UsageError, hint
from reprolint.usage import Command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from reprolint.config import Settings
    from reprolint.rules import Rule
    from reprolint.sources.cache import Cache

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
        abandon_stdout()
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
        write(context.get_help() + "\n")
        context.exit(WRONG)


def _words(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def _format(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    from reprolint.reports.formats import FORMATS

    if value is None or value in FORMATS:
        return value
    in_environment = context.get_parameter_source("output_format") is click.core.ParameterSource.ENVIRONMENT
    said = parameter.envvar if in_environment else "--output-format"
    meant = hint(value, FORMATS) or f"; choose one of {', '.join(FORMATS)}"
    raise UsageError(f'{said}: unknown format "{value}"{meant}')


def _paths(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Path | None, ...]:
    """The paths; None for ``-``, which ``Path`` could not tell from ``./-``."""
    from pathlib import Path

    return tuple(Path(value) if value != "-" else None for value in values)


def _path(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    """The path; made here and not by `click.Path`, so that ``--help`` needs no ``Path``."""
    from pathlib import Path

    return Path(value) if value is not None else None


def _text_or_json(text: str) -> click.Option:
    return click.Option(["--output-format"], type=click.Choice(("text", "json")), default="text", help=text)


def _selector(flag: str, text: str) -> click.Option:
    return click.Option([flag], multiple=True, metavar="RULES", callback=_words, help=f"{text} Codes, prefixes, names or ALL.")


def _patterns(flag: str, text: str) -> click.Option:
    return click.Option([flag], multiple=True, metavar="PATTERNS", callback=_words, help=text)


def _rule_options() -> list[click.Parameter]:
    return [
        _selector("--select", "Check these rules only."),
        _selector("--ignore", "Leave these rules out."),
        _selector("--extend-select", "Check these rules too."),
        click.Option(
            ["--per-file-ignores"],
            multiple=True,
            metavar="PATTERN:RULES",
            help="Leave these rules out in files that match; several pairs are separated by commas.",
        ),
    ]


def _file_options() -> list[click.Parameter]:
    return [
        _patterns("--exclude", "Pass over these files and folders, in the place of those that are passed over by default."),
        _patterns("--extend-exclude", "Pass over these files and folders too."),
        click.Option(
            ["--force-exclude/--no-force-exclude"],
            default=None,
            help="Pass over excluded files even if they are named. [default: no-force-exclude]",
        ),
        click.Option(
            ["--respect-gitignore/--no-respect-gitignore"],
            default=None,
            help="Pass over what .gitignore and the like ignore. [default: respect-gitignore]",
        ),
    ]


def _baseline_option() -> click.Option:
    return click.Option(
        ["--baseline"],
        type=click.Path(),
        callback=_path,
        metavar="FILE",
        help="Neither report nor fix the findings that this file lists.",
    )


def _no_cache_option() -> click.Option:
    return click.Option(
        ["--no-cache"],
        is_flag=True,
        envvar="REPROLINT_NO_CACHE",
        show_envvar=True,
        help="Work everything out anew, and keep nothing.",
    )


def _cache_option() -> click.Option:
    return click.Option(
        ["--cache-dir"],
        type=click.Path(readable=False),
        callback=_path,
        metavar="FOLDER",
        envvar="REPROLINT_CACHE_DIR",
        show_envvar=True,
        help="Keep what is found out in this folder, so that the next run is faster.",
    )


def _settings_options() -> list[click.Parameter]:
    return [
        click.Option(["--config"], type=click.Path(), callback=_path, metavar="FILE", help="Read this settings file."),
        click.Option(["--isolated"], is_flag=True, help="Read no settings file."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Say on stderr what is read; show tracebacks of internal errors."),
    ]


def _shared_options() -> list[click.Parameter]:
    """What `check` and `fix` share."""
    from reprolint.reports.formats import FORMATS

    return [
        click.Argument(["paths"], nargs=-1, type=click.Path(), callback=_paths),
        *_rule_options(),
        *_file_options(),
        _baseline_option(),
        click.Option(["--no-baseline"], is_flag=True, help="Disregard the baseline that the settings name."),
        click.Option(["--show-files"], is_flag=True, help="List the files that would be looked at."),
        click.Option(
            ["--stdin-filename"],
            type=click.Path(),
            callback=_path,
            metavar="NAME",
            help="Read stdin in the place of this file, which need not exist. What is fixed goes to stdout.",
        ),
        click.Option(
            ["--diff"], is_flag=True, help="Write nothing; show what would change, and exit with 1 if anything would."
        ),
        click.Option(["--unsafe-fixes"], is_flag=True, help="Fix also what may change a result beyond making it repeatable."),
        click.Option(["--show-fixes"], is_flag=True, help="List what was fixed."),
        click.Option(
            ["--seed"],
            type=click.IntRange(0, 2**32 - 1),
            metavar="N",
            help="The seed where a program has none of its own. [default: 42]",
        ),
        click.Option(
            ["--output-format"],
            metavar="FORMAT",
            envvar="REPROLINT_OUTPUT_FORMAT",
            show_envvar=True,
            callback=_format,
            help=f"How to show findings: {', '.join(FORMATS)}. [default: full]",
        ),
        click.Option(
            ["-o", "--output-file"],
            type=click.Path(),
            callback=_path,
            metavar="FILE",
            help="Write to this file instead of stdout.",
        ),
        click.Option(["--statistics"], is_flag=True, help="Count the findings of each rule instead of showing them."),
        click.Option(["--exit-zero"], is_flag=True, help="Exit with 0 even if there are findings."),
        click.Option(["--exit-non-zero-on-fix"], is_flag=True, help="Exit with 1 if anything was fixed."),
        _no_cache_option(),
        _cache_option(),
        click.Option(["-q", "--quiet"], is_flag=True, help="Show findings and nothing else."),
        click.Option(["--color"], type=click.Choice(("auto", "always", "never")), default="auto", help="When to use colour."),
    ]


def _check_options() -> list[click.Parameter]:
    return [
        *_shared_options(),
        click.Option(["--fix"], is_flag=True, help="Fix what can be fixed, as `reprolint fix` does."),
        click.Option(["--update-baseline"], is_flag=True, help="Write all findings into the baseline."),
        click.Option(
            ["--add-ignore"],
            metavar="[=REASON]",
            help="Add a comment at every line with findings that suppresses them, with this reason.",
        ),
        *_settings_options(),
    ]


@_cli.command(options=_check_options)
@click.pass_context
def check(
    context: click.Context, /, fix: bool, diff: bool, update_baseline: bool, add_ignore: str | None, **given: Any
) -> None:
    """Say which programs are not repeatable, and why.

    PATHS are scripts, notebooks and folders; without any, the current folder is checked; - is stdin. Where single files are
    named, every program that reaches one of them is checked, and all that is wrong with it is shown. Exits with 0 if there is
    nothing to say, 1 if there are findings, 2 if something is wrong with the command.
    """
    from reprolint import commands

    options = commands.Options(**given)
    if (fix or diff) + update_baseline + (add_ignore is not None) + options.show_files > 1:
        raise UsageError("--fix or --diff, --update-baseline, --add-ignore and --show-files exclude each other")
    if options.stdin is not None and (update_baseline or add_ignore is not None):
        raise UsageError(f"{'--update-baseline' if update_baseline else '--add-ignore'} needs files, not stdin")
    if options.show_files:
        context.exit(commands.show_files(options))
    if update_baseline:
        context.exit(commands.update_baseline(options))
    if add_ignore is not None:
        context.exit(commands.add_ignore(options, add_ignore))
    if fix or diff:
        context.exit(commands.fix(options, diff))
    context.exit(commands.check(options))


@_cli.command(options=lambda: [*_shared_options(), *_settings_options()])
@click.pass_context
def fix(context: click.Context, /, diff: bool, **given: Any) -> None:
    """Make programs repeatable: insert, complete or move seeds.

    Each change is tried in memory first, and made only if the program then is seeded before every draw. Shows what is left. Exits
    with 0 if that is nothing, 1 if there are findings left, 2 if something is wrong with the command.
    """
    from reprolint import commands

    options = commands.Options(**given)
    context.exit(commands.show_files(options) if options.show_files else commands.fix(options, diff))


@_cli.command(options=lambda: [click.Argument(["entry"], type=click.Path(), callback=_path), *_settings_options()])
def trace(entry: Path, config: Path | None, isolated: bool, verbose: bool) -> None:
    """Tell what one program seeds and draws, in order.

    Ends with the state of each generator and the reason for it. ENTRY is the script or notebook that a person runs.
    """
    from pathlib import Path

    from reprolint import engine
    from reprolint.commands import settings_for
    from reprolint.sources.discover import files

    files([entry], ())
    if entry.is_dir():
        raise UsageError(f"{entry} is a folder; name one script or notebook")
    write(engine.story(entry, settings_for([entry], config=config, isolated=isolated), Path.cwd()).rstrip("\n") + "\n")


@_cli.command(options=lambda: [_text_or_json("A table, or JSON.")])
def rules(output_format: str) -> None:
    """List all rules."""
    from reprolint.rules import ALL

    if output_format == "json":
        import json

        write(json.dumps([_described(rule) for rule in ALL], indent=2) + "\n")
        return
    wide = max(len(rule.name) for rule in ALL)
    write("".join(f"{rule.code}  {rule.name.ljust(wide)}  {'on ' if rule.on else 'off'}  {rule.summary}\n" for rule in ALL))


@_cli.command(
    options=lambda: [
        click.Argument(["code"], metavar="RULE", required=False),
        click.Option(["--all", "every"], is_flag=True, help="Explain all rules."),
    ]
)
def rule(code: str | None, every: bool) -> None:
    """Explain one rule, by code or by name, or all of them."""
    if (code is None) != every:
        raise UsageError("name one RULE, or --all")
    text = _page(_named(code)) if code is not None else _pages()
    if shows_colours():
        import shutil

        from reprolint.reports import terminal

        text = terminal.render(text, min(shutil.get_terminal_size().columns, PAGE_WIDTH))
    write(text)


@_cli.command(
    options=lambda: [
        click.Argument(["path"], type=click.Path(), callback=_path, default="."),
        _text_or_json("TOML with comments, or JSON."),
        *_rule_options(),
        *_file_options(),
        _baseline_option(),
        _cache_option(),
        *_settings_options(),
    ]
)
@click.pass_context
def config(
    context: click.Context, /, path: Path, output_format: str, config: Path | None, isolated: bool, verbose: bool, **given: Any
) -> None:
    """Show every setting that holds for PATH, and where it comes from.

    That is a line of a settings file, a variable of the environment, an option, or the default. Takes the options of check that
    choose rules and files, to show what they change.
    """
    from pathlib import Path

    from reprolint.commands import settings_for
    from reprolint.config import effective
    from reprolint.reports import settings as report
    from reprolint.reports.formats import FORMATS

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
    found = settings_for([path], config=config, isolated=isolated, output_format=asked, origins=origins, **given)
    rows = effective(found)
    write(report.render(rows) if output_format == "text" else report.render_json(rows))


@_cli.command(
    options=lambda: [
        click.Option(["--print", "show"], is_flag=True, help="Show the module."),
        click.Option(
            ["--write", "target"], type=click.Path(), callback=_path, metavar="PATH", help="Write the module, or renew a copy."
        ),
        click.Option(
            ["--check", "copy"],
            type=click.Path(),
            callback=_path,
            metavar="PATH",
            help="Exit with 1 if this copy is not current.",
        ),
    ]
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
            write(f"{difference}; `reprolint runtime --write {copy}` renews it\n")
            context.exit(FOUND)
    else:
        write(vendor.text())


@_cli.command(
    options=lambda: [
        click.Option(["--stdio"], is_flag=True, hidden=True, help="What many editors say; there is nothing else."),
        _no_cache_option(),
        _cache_option(),
    ]
)
@click.pass_context
def server(context: click.Context, stdio: bool, no_cache: bool, cache_dir: Path | None) -> None:
    """Serve an editor: findings while you type, fixes, explanations.

    Speaks the language server protocol on stdin and stdout. Editors start it; docs/editors.md says how to tell them.
    """
    import importlib.util

    if importlib.util.find_spec("pygls") is None:
        # Not `pip install reprolint[server]`: an unrelated project has that name.
        raise UsageError(
            "the server needs pygls: pip install 'reprolint-seeding[server] @ file:///path/to/a/clone/of/reprolint'"
        )
    from dataclasses import replace

    from reprolint.commands import cache_for
    from reprolint.server import serve

    def cache(settings: Settings) -> Cache | None:
        if no_cache:
            return None
        if cache_dir is None:
            return cache_for(settings, by_settings=True)
        return cache_for(replace(settings, cache_dir=cache_dir.absolute()), by_settings=False)

    context.exit(serve(cache))


def _verify_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["--runs"], type=click.IntRange(2), default=2, metavar="N", help="How often to run the command. [default: 2]"
        ),
        click.Option(
            ["--timeout"], type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="End a run that takes longer."
        ),
        click.Option(
            ["--compare-output", "output"],
            flag_value="exact",
            help="The runs have to write the same on stdout, times included.",
        ),
        click.Option(["--ignore-output", "output"], flag_value="ignore", help="What the runs write on stdout may differ."),
        click.Option(
            ["--compare", "files"],
            multiple=True,
            type=click.Path(),
            metavar="FILE",
            help="A file that the command writes, and has to write alike. May be given several times.",
        ),
        click.Option(["--before"], metavar="COMMAND", help="Run this before each run, such as 'rm -rf checkpoints'."),
        _text_or_json("How to say what was found."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Say nothing while the command runs."),
        click.Option(["-v", "--verbose"], is_flag=True, help="Show on stderr what the first run writes."),
        click.Argument(["command"], nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND"),
    ]


@_cli.command(options=_verify_options, context_settings={"allow_interspersed_args": False})
@click.pass_context
def verify(
    context: click.Context,
    /,
    output: str | None,
    files: tuple[str, ...],
    verbose: bool,
    quiet: bool,
    output_format: str,
    **given: Any,
) -> None:
    """Run a command twice, and find the first point where the runs part.

    Follows every Python process that the command starts: the generators of random, NumPy and PyTorch, batches, losses, gradients and
    parameters, each with the line of your code. What the runs write on stdout has to be the same, but for times and the like. Exits
    with 0 if the runs are the same as far as that is recorded, 1 if they part, 2 if the command failed or nothing was recorded.
    """
    from pathlib import Path

    from reprolint.verify import report
    from reprolint.verify.run import Request, verify

    request = Request(**given, output=output or "values", files=tuple(map(Path, files)), show=verbose)
    with verify(request, (lambda _: None) if quiet else tell) as outcome:
        write((report.text if output_format == "text" else report.as_json)(outcome, Path.cwd()))
    context.exit({"same": CLEAN, "parted": FOUND}.get(outcome.verdict, WRONG))


@_cli.command(options=lambda: [_cache_option(), *_settings_options()])
@click.pass_context
def clean(context: click.Context, cache_dir: Path | None, config: Path | None, isolated: bool, verbose: bool) -> None:
    """Remove what is kept from run to run.

    That is in a folder of its own in your home folder, or where --cache-dir or the setting cache-dir says.
    """
    from pathlib import Path

    from reprolint.commands import cache_for, relative, settings_for
    from reprolint.reports import count
    from reprolint.sources import cache

    folder = cache_for(settings_for([Path()], config=config, isolated=isolated, cache_dir=cache_dir), by_settings=False).folder
    try:
        files, size = cache.clean(folder)
    except OSError as error:
        raise UsageError(f"{relative(folder)} cannot be removed: {(error.strerror or type(error).__name__).lower()}") from None
    tell(f"removed {count(files, 'file')} ({size / 1e6:.1f} MB) from {folder}" if files else f"nothing is kept in {folder}")


def _named(word: str) -> Rule:
    from reprolint import rules

    found = rules.named(word)
    if found is None:
        raise UsageError(f'unknown rule "{word}"{hint(word, [word for rule in rules.ALL for word in (rule.code, rule.name)])}')
    return found


def _pages() -> str:
    from reprolint.rules import ALL

    return "\n".join(map(_page, ALL))


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
