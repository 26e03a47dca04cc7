"""`reprolint server`: findings and fixes in an editor, over the language server protocol.

Source: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, BinaryIO, Final

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer

from reprolint import __version__
from reprolint.server.analysis import CacheFor
from reprolint.server.documents import Text
from reprolint.server.session import FIX_ALL, Session

WATCHED: Final = (
    "**/*.{py,ipynb}",
    "**/{pyproject,reprolint,.reprolint}.toml",
    "**/{setup.py,setup.cfg,.gitignore,.ignore,requirements*.txt}",
)
"""What a check reads beside the files that are open."""

NOTEBOOKS: Final = types.NotebookDocumentSyncOptions(
    # All cells, or their numbers would be others than in the file.
    [types.NotebookDocumentFilterWithNotebook(types.NotebookDocumentFilterNotebookType("jupyter-notebook"))],
    save=True,
)


class _Server(LanguageServer):
    """An error of ours, or a message that cannot be read, is one line in the editor's log."""

    def report_server_error(self, error: Exception, source: Any) -> None:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"reprolint: {said}"))


def serve(cache: CacheFor) -> int:
    """Talk with an editor over stdin and stdout until it says goodbye or is gone.

    Ends the process, since a check that is under way need not be waited for.

    :param cache: where a project's facts are kept, by its settings.
    :returns: never; the exit code is 0 after an orderly shutdown, else 1.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who tries this in a terminal can leave at once
    logging.getLogger("pygls").addHandler(logging.NullHandler())
    logging.getLogger("pygls").propagate = False
    out = _protocol_stream()
    server, session = _server(cache)
    with contextlib.suppress(OSError, ValueError):  # the editor is gone
        server.start_io(stdout=out)
    sys.stderr.flush()
    os._exit(0 if session.ended else 1)


def _protocol_stream() -> BinaryIO:
    """Where messages go to. Whatever else is written on stdout from now on goes to stderr, and cannot garble them."""
    sys.stdout.flush()
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return stream


def _server(cache: CacheFor) -> tuple[LanguageServer, Session]:
    """The server with all that it answers to."""
    server = _Server("reprolint", __version__, notebook_document_sync=NOTEBOOKS)
    session = Session(server, cache)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        if get_capability(server.client_capabilities, "workspace.did_change_watched_files.dynamic_registration", False):
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("watch", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            server.client_register_capability(types.RegistrationParams([registration]))

    @server.feature(types.SHUTDOWN)
    def shutdown(params: None) -> None:
        session.ended = True

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        session.open(params.text_document.uri, [_text(params.text_document)])

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        _apply(params.text_document, params.content_changes)
        session.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        session.saved(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        session.close(params.text_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def notebook_opened(params: types.DidOpenNotebookDocumentParams) -> None:
        notebook = params.notebook_document
        texts = {text.uri: _text(text) for text in params.cell_text_documents}
        session.open(
            notebook.uri,
            [texts.get(cell.document) or Text(cell.document, 0, "", "") for cell in notebook.cells],
            [cell.kind == types.NotebookCellKind.Code for cell in notebook.cells],
        )

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def notebook_changed(params: types.DidChangeNotebookDocumentParams) -> None:
        notebook = session.documents.files.get(params.notebook_document.uri)
        cells = params.change.cells
        if notebook is None or cells is None:
            return
        if cells.structure is not None:
            array = cells.structure.array
            known = {text.uri: text for text in notebook.texts}
            known.update({text.uri: _text(text) for text in cells.structure.did_open or ()})
            gone = [text.uri for text in cells.structure.did_close or ()]
            notebook.replace(array.start, array.delete_count, [
                (known.get(cell.document) or Text(cell.document, 0, "", ""), cell.kind == types.NotebookCellKind.Code)
                for cell in array.cells or ()
            ])  # fmt: skip
            session.clear(gone, notebook.root)
        for cell in cells.data or ():
            notebook.set_kind(cell.document, is_code=cell.kind == types.NotebookCellKind.Code)
        for content in cells.text_content or ():
            _apply(content.document, content.changes)
        session.changed(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_SAVE)
    def notebook_saved(params: types.DidSaveNotebookDocumentParams) -> None:
        session.saved(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        session.close(params.notebook_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        session.on_disk()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def folders_changed(params: types.DidChangeWorkspaceFoldersParams) -> None:
        session.on_disk()

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True),
    )
    async def actions(params: types.CodeActionParams) -> list[types.CodeAction]:
        only = params.context.only
        kinds = [one.value if isinstance(one, types.CodeActionKind) else one for one in only] if only is not None else None
        return await session.actions(params.text_document.uri, params.range, kinds)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolved(action: types.CodeAction) -> types.CodeAction:
        return await session.resolve(action)

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        return session.hover(params.text_document.uri, params.position)

    def _apply(
        document: types.VersionedTextDocumentIdentifier, changes: Sequence[types.TextDocumentContentChangeEvent]
    ) -> None:
        found = session.documents.text(document.uri)
        if found is not None:
            found.apply(changes, document.version, session.encoding)

    # Of texts, pygls keeps copies of its own, in which a form feed ends a line.
    for name in server.protocol.fm.builtin_features.keys() & server.protocol.fm.features.keys():
        if name.startswith(("textDocument/", "notebookDocument/")):
            del server.protocol.fm.builtin_features[name]
    return server, session


def _text(document: types.TextDocumentItem) -> Text:
    return Text(document.uri, document.version, document.language_id, document.text)
