"""One editor's session: what is open, what was found in it, what is on its way."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from reprolint.errors import UsageError
from reprolint.server.analysis import Analysis, CacheFor, Checked, Outdated
from reprolint.server.documents import Documents, Opened, Text
from reprolint.server.view import View
from reprolint.sources.discover import ROOT_MARKERS, SUFFIXES, root_of

T = TypeVar("T")

TYPING: Final = 0.3
"""How long to wait, in seconds, until nobody types any more."""

SETTLING: Final = 0.05
"""How long to wait after a file was opened or saved: often it is not the only one."""

FIX_ALL: Final = "source.fixAll.reprolint"


@dataclass
class Work:
    """What is known of one project.

    :ivar generation: counts the changes of its texts.
    :ivar published: the addresses for which the editor shows findings.
    :ivar task: the next check.
    :ivar said: what the user was told that is wrong.
    """

    analysis: Analysis
    generation: int = 0
    checked: Checked | None = None
    published: set[str] = field(default_factory=set)
    task: asyncio.Task[None] | None = None
    said: frozenset[str] = frozenset()


class Session:
    """All of this happens in the thread of the event loop; checks have one of their own, in which they wait for each other.

    :ivar ended: whether the editor has said that it will need nothing any more.
    """

    def __init__(self, server: LanguageServer, cache: CacheFor) -> None:
        self.server = server
        self.cache = cache
        self.documents = Documents()
        self.work: dict[Path, Work] = {}
        self.ended = False
        # No more than one, since `with_deep_stack` changes the limits of the whole process.
        self.thread = ThreadPoolExecutor(1, "reprolint")

    @property
    def encoding(self) -> str:
        return str(types.PositionEncodingKind(self.server.workspace.position_encoding).value)

    @property
    def view(self) -> View:
        return View(self.documents, self.server.client_capabilities, self.encoding)

    # What the editor tells

    def open(self, uri: str, texts: list[Text], code: list[bool] | None = None) -> None:
        """A file was opened; or a notebook, if ``code`` says which of its cells are code."""
        path = self._path(uri, texts, is_notebook=code is not None)
        if path is None:
            return
        self.documents.files[uri] = Opened(uri, path, self._root(path), texts, code)
        self.saved(uri)

    def saved(self, uri: str) -> None:
        """What is on disk may have changed, around the file, too."""
        opened = self.documents.files.get(uri)
        if opened is not None:
            self._work(opened.root).analysis.stale = True
            self._check_later(opened.root, SETTLING)

    def changed(self, uri: str) -> None:
        opened = self.documents.files.get(uri)
        if opened is not None:
            self._check_later(opened.root, TYPING)

    def close(self, uri: str) -> None:
        opened = self.documents.files.pop(uri, None)
        if opened is None:
            return
        self.clear([text.uri for text in opened.texts], opened.root)
        self._work(opened.root).analysis.stale = True
        self._check_later(opened.root, SETTLING)

    def clear(self, addresses: list[str], root: Path) -> None:
        """Show no findings in texts of a project."""
        for uri in addresses:
            self._publish(uri, [], None)
        self._work(root).published.difference_update(addresses)

    def on_disk(self) -> None:
        """Something has changed on disk, and possibly what the projects are."""
        for opened in self.documents.files.values():
            opened.root = self._root(opened.path)
            self._work(opened.root)
        for root, work in self.work.items():
            work.analysis.stale = True
            self._check_later(root, SETTLING)

    # What the editor asks for

    async def actions(self, uri: str, where: types.Range, only: list[str] | None) -> list[types.CodeAction]:
        """What can be done about the findings at a place of a text.

        :param only: kinds of actions; None: all.
        """

        def wanted(kind: str) -> bool:
            return only is None or any(kind == one or one == "" or kind.startswith(f"{one}.") for one in only)

        found = self.documents.file(uri)
        if found is None:
            return []
        work = self._work(found.root)
        now = work.generation
        if work.task is not None:  # some editors ask at every key
            await asyncio.wait({work.task})
        checked = await self._checked(found.root, fixes=False) if work.generation == now else None
        if checked is None:
            return []
        here = self.view.at(checked, uri, where)
        quick = wanted(types.CodeActionKind.QuickFix) and bool(here)
        # Who asks for nothing in particular asks at every move of the cursor.
        every = wanted(FIX_ALL) and (bool(here) or only is not None)
        checked = await self._checked(found.root, fixes=True) if quick or every else None
        if checked is None:
            return []
        actions = list(self.view.quick_fixes(checked, self.view.at(checked, uri, where))) if quick else []
        if every and any(
            finding.fix is not None and finding.fix.applicability == "safe" and checked.path(finding.path) == found.path
            for finding in checked.report.findings
        ):
            action = types.CodeAction("Fix all safe reprolint findings", kind=FIX_ALL, data={"uri": uri})
            action = action if self.view.resolves_edits() else await self.resolve(action)
            if action.data is not None or action.edit is not None:
                actions.append(action)
        return actions

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """The action with its edit; without one where the text has changed."""
        uri = action.data.get("uri") if isinstance(action.data, dict) else None
        opened = self.documents.file(uri) if isinstance(uri, str) else None
        if opened is None:
            return action
        work = self._work(opened.root)
        now, texts = work.generation, self.documents.contents(opened.root)
        after = await self._in_thread(work, lambda: work.analysis.fixed(texts, opened.path, lambda: work.generation != now))
        checked = await self._checked(opened.root, fixes=False)
        action.data = None
        if after and checked is not None and work.generation == now:
            action.edit = self.view.edit(checked, after)
        return action

    def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """The pages of the rules that speak of a place."""
        opened = self.documents.file(uri)
        work = self.work.get(opened.root) if opened is not None else None
        if work is None or work.checked is None or work.checked.generation != work.generation:
            return None
        findings = self.view.at(work.checked, uri, types.Range(position, position))
        if not findings:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, self.view.pages(findings)))

    # Checks

    def _check_later(self, root: Path, delay: float) -> None:
        """Check a project once nothing has happened for a while."""
        work = self._work(root)
        work.generation += 1
        if work.task is not None:
            work.task.cancel()
        work.task = asyncio.get_running_loop().create_task(self._check(root, work, delay))

    async def _check(self, root: Path, work: Work, delay: float) -> None:
        await asyncio.sleep(delay)
        if not self.documents.below(root):
            self.clear(list(work.published), root)
            del self.work[root]
            return
        checked = await self._checked(root, fixes=False)
        if checked is not None:
            try:
                self._show(root, work, checked)
            except Exception as error:
                self.failed(error)

    async def _checked(self, root: Path, *, fixes: bool) -> Checked | None:
        """The findings in a project as it is now; None if it changes before they are known, or if it cannot be checked."""
        work = self._work(root)
        now, texts = work.generation, self.documents.contents(root)
        checked = await self._in_thread(
            work, lambda: work.analysis.check(texts, now, fixes=fixes, outdated=lambda: work.generation != now)
        )
        if checked is None or work.generation != now:
            return None
        work.checked = checked
        for line in checked.report.trouble:
            if line not in work.said:
                self.log(line)
        work.said = frozenset(checked.report.trouble)
        return checked

    async def _in_thread(self, work: Work, job: Callable[[], T]) -> T | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.thread, job)
        except Outdated:
            return None
        except UsageError as error:
            if str(error) not in work.said:
                self.server.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"reprolint: {error}"))
            work.said = frozenset({str(error)})
            return None
        except Exception as error:
            self.failed(error)
            return None

    def failed(self, error: Exception) -> None:
        self.log(f"internal error: {type(error).__name__}: {error} (please report)")

    def log(self, line: str) -> None:
        said = " ".join(line.split())
        self.server.window_log_message(types.LogMessageParams(types.MessageType.Error, f"reprolint: {said}"))

    def _show(self, root: Path, work: Work, checked: Checked) -> None:
        found = self.view.diagnostics(checked)
        versions = {text.uri: text.version for opened in self.documents.below(root) for text in opened.texts}
        for uri in sorted({*found, *versions, *work.published}):
            self._publish(uri, found.get(uri, []), versions.get(uri))
        work.published = set(found)

    def _publish(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        self.server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))

    # Files and projects

    def _work(self, root: Path) -> Work:
        if root not in self.work:
            self.work[root] = Work(Analysis(root, self.cache, alone=not _is_marked(root) and root not in self._folders()))
        return self.work[root]

    def _folders(self) -> list[Path]:
        """What the editor calls its workspace, the innermost folders first."""
        found = [uris.to_fs_path(uri) for uri in self.server.workspace.folders]
        if not found and self.server.workspace.root_path is not None:
            found = [self.server.workspace.root_path]
        return sorted((Path(os.path.abspath(one)) for one in found if one), key=lambda one: -len(one.parts))

    def _root(self, path: Path) -> Path:
        """The root of a file's project: as for the command line, else the folder that the editor has open, else its own folder."""
        root = root_of(path)
        if _is_marked(root):
            return root
        return next((folder for folder in self._folders() if path.is_relative_to(folder)), root)

    def _path(self, uri: str, texts: list[Text], *, is_notebook: bool) -> Path | None:
        """Where a file lies, or would lie if it was saved; None for what is not to be checked."""
        scheme = uris.uri_scheme(uri)
        folders = self._folders()
        if scheme == "untitled":
            name = Path(uris.urlparse(uri)[2]).name or "untitled"
            path = Path(os.path.abspath(folders[0] if folders else Path()), name)
            if path.suffix not in SUFFIXES:
                path = path.with_name(f"{name}{'.ipynb' if is_notebook else '.py'}")
        else:
            named = uris.to_fs_path(uri)
            if scheme != "file" or not named or "\0" in named:
                return None
            path = Path(os.path.abspath(named))
        if path.suffix not in SUFFIXES and (path.suffix == ".pyi" or any(text.language != "python" for text in texts)):
            return None
        # What belongs to no project and not to what the editor has open is a library that somebody looks into.
        is_ours = not folders or any(path.is_relative_to(folder) for folder in folders) or _is_marked(root_of(path))
        return path if is_ours else None


def _is_marked(folder: Path) -> bool:
    return any(os.path.lexists(folder / marker) for marker in ROOT_MARKERS)
