"""What `check` and `fix` do once their options are read, and what other commands have in common with them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from reprolint import __version__
from reprolint.console import CLEAN, FOUND, WRONG, shows_colours, tell, write, write_bytes
from reprolint.errors import UsageError
from reprolint.reports.formats import FORMATS

if TYPE_CHECKING:
    from reprolint.config import Settings
    from reprolint.engine import Report
    from reprolint.sources.cache import Cache

T = TypeVar("T")


@dataclass
class Options:
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
        found = settings_for(
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
        return None if self.no_cache else cache_for(settings, by_settings=self.cache_dir is None)

    def tell(self, report: Report, settings: Settings) -> None:
        """Say on stderr what a run is about beside its findings."""
        tell(*report.trouble)
        if report.files == 0 and self.stdin is None:
            tell("warning: no Python files under the given paths")
        if report.stale and not self.quiet:
            from reprolint.reports import count

            found = f"{count(report.stale, 'finding')} of {relative(settings.baseline)}"
            tell(
                f"{found} {'is' if report.stale == 1 else 'are'} no longer there; `check --update-baseline` takes out what is gone"
            )

    def write(self, text: str) -> None:
        """Put text into ``--output-file``, or on stdout."""
        if self.output_file is None:
            write(text)
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


def check(options: Options) -> int:
    """Report what is wrong.

    :returns: the exit code, as for all of these commands.
    """
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
    return FOUND if report.findings and not options.exit_zero else CLEAN


def fix(options: Options, only_show: bool) -> int:
    """Fix what can be fixed and report what is left, or, with ``only_show``, show what would change."""
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
    tell(*trouble)
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
        write_bytes(fixed.changed[0].after if fixed.changed else options.texts[options.stdin])
    if trouble:
        return WRONG
    if fixed.findings and options.exit_non_zero_on_fix:
        return FOUND
    return FOUND if fixed.report.findings and not options.exit_zero else CLEAN


def show_files(options: Options) -> int:
    """List the files that would be looked at."""
    from reprolint.config import selected
    from reprolint.sources.source import shown

    virtual = (options.stdin,) if options.stdin is not None else ()
    found = selected(options.named, options.settings(), virtual)
    options.write("".join(f"{shown(path, Path.cwd())}\n" for path in found))
    return CLEAN


def update_baseline(options: Options) -> int:
    """Write all findings into the baseline."""
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
        tell(f"{relative(settings.baseline)} is left as it is: not every program could be followed")
        return WRONG
    if after.entries != before.entries or not settings.baseline.exists():
        try:
            put(settings.baseline, after.text())
        except ChangedMeanwhile as error:
            raise UsageError(str(error)) from None
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise UsageError(f"{relative(settings.baseline)} cannot be written: {reason}") from None
    if not options.quiet:
        tell(f"{relative(settings.baseline)} lists {count(sum(one.count for one in after.entries), 'finding')}")
    return CLEAN


def add_ignore(options: Options, reason: str) -> int:
    """Add a comment with this reason at every line with findings."""
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
    tell(*added.trouble, *trouble)
    if not options.quiet:
        tell(f"added {count(added.comments, 'comment')} in {count(len(added.changed), 'file')}")
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


def relative(path: Path | None) -> str:
    """A path as messages show it, relative to the working directory; nothing where there is none."""
    from reprolint.sources.source import shown

    return shown(path, Path.cwd()) if path is not None else ""


def _rendered(report: Report, settings: Settings, options: Options) -> str:
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


def cache_for(settings: Settings, *, by_settings: bool) -> Cache:
    """The folder in which to keep what is found out.

    :param by_settings: whether only a settings file may have chosen it, which the checked code brings along.
    """
    from reprolint.sources.cache import Cache, user_folder

    folder = settings.cache_dir
    if folder is not None and os.path.lexists(folder) and not folder.is_dir():
        said = settings.origins.get("cache_dir", "cache-dir")
        raise UsageError(f"{said}: {relative(folder)} is not a folder")
    return Cache(user_folder()) if folder is None else Cache(folder, keyed=by_settings)


def settings_for(paths: Sequence[Path], **given: Any) -> Settings:
    """The settings that hold for the folder that all paths share."""
    from reprolint.config import load

    return load(Path(os.path.commonpath([os.path.abspath(path) for path in paths])), **given)


def _colorful(options: Options) -> bool:
    """Whether to paint what is written."""
    if options.color != "auto" or options.output_file is not None:
        return options.color == "always"
    return shows_colours()


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
