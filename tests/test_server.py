"""The language server, as an editor sees it: a client of its own talks to it over stdin and stdout."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pygls", reason="the extra [server] is not installed")

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from reprolint import config, engine
from reprolint.facts import parse as parsing
from reprolint.server.analysis import Analysis
from reprolint.server.documents import Opened, Text, split, units
from reprolint.server.edits import text_edits
from reprolint.sources.cache import Cache

SPIRALS = ROOT / "examples" / "spirals"
TIMEOUT = 90
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
UNSEEDED = "import random\n\nprint(random.random())\n"

CAPABILITIES: dict[str, Any] = {
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True},
        "codeAction": {"resolveSupport": {"properties": ["edit"]}},
    },
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}},
    "notebookDocument": {"synchronization": {}},
}


class Editor:
    """Knows what it shows, and applies edits by hand."""

    def __init__(self, client: LanguageClient, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.published: dict[str, types.PublishDiagnosticsParams] = {}
        self.said: list[str] = []
        self.news = asyncio.Event()

        @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.published[params.uri] = params
            self.news.set()

        @client.feature(types.WINDOW_LOG_MESSAGE)
        def logged(params: types.LogMessageParams) -> None:
            self.said.append(params.message)
            self.news.set()

        @client.feature(types.WINDOW_SHOW_MESSAGE)
        def shown(params: types.ShowMessageParams) -> None:
            self.said.append(params.message)
            self.news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        async def wait() -> None:
            while not holds():
                self.news.clear()
                await self.news.wait()

        try:
            await asyncio.wait_for(wait(), TIMEOUT)
        except asyncio.TimeoutError:
            raise AssertionError(f"never came: {self.published}, {self.said}") from None

    async def shows(self, uri: str, *codes: str, version: int | None = None) -> list[types.Diagnostic]:
        """Wait until these are the findings in a text."""

        def holds() -> bool:
            last = self.published.get(uri)
            return (
                last is not None
                and (version is None or last.version == version)
                and sorted(str(one.code) for one in last.diagnostics) == sorted(codes)
            )

        await self.until(holds)
        return list(self.published[uri].diagnostics)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str | None = None, *, uri: str | None = None, language: str = "python") -> str:
        uri = uri or self.uri(name)
        text = (self.folder / name).read_bytes().decode() if text is None else text
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, text)))
        return uri

    def change(self, uri: str, version: int, text: str, where: types.Range | None = None) -> None:
        change: types.TextDocumentContentChangeEvent
        if where is None:
            change = types.TextDocumentContentChangeWholeDocument(text)
        else:
            change = types.TextDocumentContentChangePartial(where, text)
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, uri), [change])
        )

    async def actions(self, uri: str, line: int, only: Sequence[str] | None = None) -> list[types.CodeAction]:
        place = types.Range(types.Position(line, 0), types.Position(line, 99))
        found = await self.client.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), place, types.CodeActionContext([], only))
        )
        return [action for action in found or [] if isinstance(action, types.CodeAction)]

    async def hover(self, uri: str, line: int, column: int) -> str:
        found = await self.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, column))
        )
        return found.contents.value if found is not None and isinstance(found.contents, types.MarkupContent) else ""

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        self.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([types.FileEvent(self.uri(name), types.FileChangeType.Changed)])
        )


def applied(text: str, edits: Iterable[types.TextEdit], encoding: str = "utf-16") -> str:
    """A text after edits, as the protocol has it."""

    def offset(place: types.Position) -> int:
        lines = split(text)
        line = lines[place.line] if place.line < len(lines) else ""
        size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
        codec = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}[encoding]
        before = line.encode(codec)[: place.character * size].decode(codec)
        return sum(map(len, lines[: place.line])) + len(before)

    for edit in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def changes(action: types.CodeAction) -> dict[str, tuple[int | None, list[types.TextEdit]]]:
    """The version and the edits of each text that an action changes."""
    assert action.edit is not None and action.edit.document_changes is not None
    return {
        one.text_document.uri: (one.text_document.version, [edit for edit in one.edits if isinstance(edit, types.TextEdit)])
        for one in action.edit.document_changes
        if isinstance(one, types.TextDocumentEdit)
    }


def codes_in(folder: Path) -> list[str]:
    """What the command line reports in a folder."""
    return [finding.code for finding in engine.check([folder], config.load(folder), folder).findings]


COMMAND = ("-m", "reprolint", "server", "--stdio")


@asynccontextmanager
async def started(
    folder: Path, command: Sequence[str] = COMMAND, encodings: Sequence[str] | None = None, **capabilities: Any
) -> AsyncIterator[Editor]:
    """An editor that has a folder open. In the end the server has to go in good order, and to have said nothing else."""
    client = LanguageClient("tests", "1")
    editor = Editor(client, folder)
    await client.start_io(sys.executable, *command, env=ENVIRONMENT, limit=2**24)
    raw = {**CAPABILITIES, **capabilities, "general": {"positionEncodings": encodings} if encodings else {}}
    able = client.protocol._converter.structure(raw, types.ClientCapabilities)
    await client.initialize_async(
        types.InitializeParams(capabilities=able, workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)])
    )
    client.initialized(types.InitializedParams())
    yield editor
    server = client._server
    assert server is not None and server.stderr is not None
    await client.shutdown_async(None)
    client.exit(None)
    assert (await asyncio.wait_for(server.stderr.read(), TIMEOUT)).decode() == ""
    assert await asyncio.wait_for(server.wait(), TIMEOUT) == 0


Talk = Callable[[Editor], Awaitable[None]]


@pytest.fixture
def spirals(tmp_path: Path) -> Path:
    folder = tmp_path / "spirals"
    shutil.copytree(SPIRALS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run(folder: Path, talk: Talk, **more: Any) -> None:
    async def session() -> None:
        async with started(folder, **more) as editor:
            await talk(editor)

    asyncio.run(session())


# Findings


def test_findings_lead_to_the_lines_that_show_them(spirals: Path) -> None:
    async def talk(editor: Editor) -> None:
        train = editor.open("train.py")
        late, unseeded = sorted(await editor.shows(train, "RPL102", "RPL123", version=1), key=lambda one: one.range.start)
        assert (late.code, late.source, late.severity) == ("RPL123", "reprolint", types.DiagnosticSeverity.Error)
        assert late.message.startswith("`torch.nn.Linear` (model.py:9) draws")
        assert late.code_description is not None
        assert late.code_description.href.endswith("/docs/rules/RPL123.md")
        assert late.range == types.Range(types.Position(16, 12), types.Position(16, 33))
        steps = [(one.location.uri, one.location.range.start.line, one.message) for one in unseeded.related_information or ()]
        assert steps == [
            (train, 31, "main()"),
            (train, 18, "two_spirals()"),
            (editor.uri("data.py"), 11, "np.random.normal()"),
        ]

        # What is not saved counts.
        text = (spirals / "train.py").read_text()
        moved = text.replace("    fix_seeds(args.seed)\n", "").replace("    model =", "    fix_seeds(args.seed)\n    model =")
        editor.change(train, 2, moved)
        await editor.shows(train, "RPL102", version=2)
        line = types.Position(6, 0)
        editor.change(train, 3, "import numpy as np\n\nnp.random.seed(0)\n", types.Range(line, line))
        await editor.shows(train, version=3)

        # What was closed is what is on disk.
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(train)))
        editor.published.clear()
        editor.open("data.py")
        await editor.shows(train, "RPL102", "RPL123")
        editor.client.text_document_did_close(
            types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(editor.uri("data.py")))
        )
        await editor.shows(train)

    run(spirals, talk)


def test_a_change_in_a_helper_reaches_the_programs_that_use_it(spirals: Path) -> None:
    async def talk(editor: Editor) -> None:
        train = editor.open("train.py")
        await editor.shows(train, "RPL102", "RPL123")
        text = (spirals / "data.py").read_text()
        data = editor.open("data.py")
        editor.change(data, 2, text.replace("np.random.normal(scale=0.03, size=points.shape)", "np.zeros(points.shape)"))
        await editor.shows(train, "RPL123")
        editor.change(data, 3, text)
        await editor.shows(train, "RPL102", "RPL123")
        # Likewise on disk.
        editor.save("model.py", "import torch\n\n\ndef Classifier(hidden):\n    return torch.load('weights.pt')\n")
        await editor.shows(train, "RPL102")

    run(spirals, talk)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 18), ("utf-16", 13), ("utf-32", 12)])
def test_columns_are_counted_as_the_editor_counts_them(encoding: str, column: int, tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        text = 'import random\n\nx = "äöü𝄞", random.random()\nprint(x)\n'
        uri = editor.open("a.py", text)
        [found] = await editor.shows(uri, "RPL101")
        assert found.range == types.Range(types.Position(2, column), types.Position(2, column + 15))
        edits = [action for action in await editor.actions(uri, 2) if action.title.startswith("Suppress")]
        _, suppressing = changes(edits[0])[uri]
        assert applied(text, suppressing, encoding) == text.replace(
            "random()\nprint", "random()  # reprolint: ignore[RPL101]\nprint"
        )
        # Behind what takes more than one unit.
        end = types.Position(2, column + 15)
        editor.change(uri, 2, "  # noqa: RPL101", types.Range(end, end))
        await editor.shows(uri, version=2)

    run(tmp_path, talk, encodings=[encoding, "utf-16"])


# What can be done about them


def test_a_quick_fix_makes_the_program_repeatable(spirals: Path) -> None:
    async def talk(editor: Editor) -> None:
        train = editor.open("train.py")
        await editor.shows(train, "RPL102", "RPL123")
        assert await editor.actions(train, 0) == []
        fixing, suppressing, every = await editor.actions(train, 18)
        assert (fixing.kind, fixing.is_preferred) == (types.CodeActionKind.QuickFix, True)
        assert fixing.title.startswith("Move `fix_seeds(args.seed)` up, before the first draw")
        assert [one.code for one in fixing.diagnostics or ()] == ["RPL102"]
        assert (suppressing.title, every.kind) == ("Suppress RPL102 on this line", "source.fixAll.reprolint")

        of_fix = changes(fixing)
        assert {uri: version for uri, (version, _) in of_fix.items()} == {train: 1, editor.uri("seeding.py"): None}
        for name in ("train.py", "seeding.py"):
            path = spirals / name
            path.write_text(applied(path.read_text(), of_fix[editor.uri(name)][1]))
        assert codes_in(spirals) == []
        editor.change(train, 2, (spirals / "train.py").read_text())
        editor.client.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(train)))
        await editor.shows(train, version=2)
        assert await editor.actions(train, 18) == []

    run(spirals, talk)


def test_all_safe_fixes_of_a_file_at_once(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(UNSEEDED)

    async def talk(editor: Editor) -> None:
        text = "import random\nimport time\n\nimport numpy as np\n\nrandom.seed(time.time())\nprint(random.random(), np.random.rand())\n"
        uri = editor.open("a.py", text)
        await editor.shows(uri, "RPL102", "RPL131")
        assert [one.title for one in await editor.actions(uri, 5) if one.title.endswith("(unsafe)")]
        [every] = await editor.actions(uri, 0, ["source.fixAll"])
        assert every.edit is None
        every = await editor.client.code_action_resolve_async(every)
        of_every = changes(every)
        assert list(of_every) == [uri]
        assert "time.time()" in applied(text, of_every[uri][1])  # only the unsafe fix would take it
        editor.change(uri, 2, applied(text, of_every[uri][1]))
        await editor.shows(uri, "RPL131", version=2)
        assert await editor.actions(uri, 0, ["source.fixAll.reprolint"]) == []
        assert await editor.actions(uri, 5, ["refactor"]) == []

    run(tmp_path, talk)


def test_an_editor_that_can_do_less(tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        uri = editor.open("a.py", UNSEEDED)
        [found] = await editor.shows(uri, "RPL101")
        assert found.related_information is None
        [every] = await editor.actions(uri, 0, ["source.fixAll"])
        assert every.edit is not None and every.edit.document_changes is None and every.edit.changes is not None
        assert "set_seed(42)" in applied(UNSEEDED, every.edit.changes[uri])

    run(tmp_path, talk, textDocument={}, workspace={})


def test_a_fix_may_add_a_file(tmp_path: Path) -> None:
    (tmp_path / "reprolint.toml").write_text('runtime = "vendor"\n')

    async def talk(editor: Editor) -> None:
        uri = editor.open("a.py", UNSEEDED)
        await editor.shows(uri, "RPL101")
        fixing, *_ = await editor.actions(uri, 2)
        assert fixing.edit is not None
        created, *_ = fixing.edit.document_changes or ()
        assert isinstance(created, types.CreateFile)
        edits = changes(fixing)
        assert edits.keys() == {uri, created.uri}
        assert "def set_seed(" in applied("", edits[created.uri][1])

    run(tmp_path, talk)


def test_hovering_explains_the_rule(tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        uri = editor.open("a.py", UNSEEDED)
        await editor.shows(uri, "RPL101")
        page = await editor.hover(uri, 2, 8)
        assert page.startswith("# unseeded-python ([RPL101](https://")
        assert "## Why is this bad?" in page
        assert await editor.hover(uri, 0, 3) == ""

    run(tmp_path, talk)


# Notebooks


def cell_uri(name: str) -> str:
    return f"vscode-notebook-cell:/nb.ipynb#{name}"


def test_a_notebook_has_findings_in_its_cells(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("import random\n\n\ndef draw():\n    return random.random()\n")

    def cell(name: str, kind: types.NotebookCellKind = types.NotebookCellKind.Code) -> types.NotebookCell:
        return types.NotebookCell(kind, cell_uri(name))

    def text(name: str, source: str, language: str = "python") -> types.TextDocumentItem:
        return types.TextDocumentItem(cell_uri(name), language, 1, source)

    async def talk(editor: Editor) -> None:
        uri = editor.uri("nb.ipynb")
        sources = {"title": "# Draws", "one": "%matplotlib inline\nfrom helper import draw", "two": "x = 'ä'; y = draw()\ny"}
        editor.client.notebook_document_did_open(
            types.DidOpenNotebookDocumentParams(
                types.NotebookDocument(
                    uri, "jupyter-notebook", 1, [cell("title", types.NotebookCellKind.Markup), cell("one"), cell("two")]
                ),
                [text(name, source, "markdown" if name == "title" else "python") for name, source in sources.items()],
            )
        )
        [found] = await editor.shows(cell_uri("two"), "RPL101", version=1)
        assert found.range == types.Range(types.Position(0, 13), types.Position(0, 19))
        assert not editor.published[cell_uri("one")].diagnostics
        fixing, suppressing, _ = await editor.actions(cell_uri("two"), 0)
        assert set(changes(fixing)) <= {cell_uri("one"), cell_uri("two")}
        _, edits = changes(suppressing)[cell_uri("two")]
        assert applied(sources["two"], edits) == "x = 'ä'; y = draw()  # reprolint: ignore[RPL101]\ny"
        assert "unseeded-python" in await editor.hover(cell_uri("two"), 0, 14)

        def change(version: int, cells: types.NotebookDocumentCellChanges) -> None:
            editor.client.notebook_document_did_change(
                types.DidChangeNotebookDocumentParams(
                    types.VersionedNotebookDocumentIdentifier(version, uri), types.NotebookDocumentChangeEvent(cells=cells)
                )
            )

        # A cell that seeds is put in, then emptied, then the one that draws is taken away.
        array = types.NotebookCellArrayChange(2, 0, [cell("seed")])
        seed = text("seed", "import random\nrandom.seed(0)")
        change(2, types.NotebookDocumentCellChanges(types.NotebookDocumentCellChangeStructure(array, [seed])))
        await editor.shows(cell_uri("two"))
        emptied = types.TextDocumentContentChangePartial(types.Range(types.Position(1, 0), types.Position(1, 14)), "")
        content = types.NotebookDocumentCellContentChanges(
            types.VersionedTextDocumentIdentifier(2, cell_uri("seed")), [emptied]
        )
        change(3, types.NotebookDocumentCellChanges(text_content=[content]))
        await editor.shows(cell_uri("two"), "RPL101")
        array = types.NotebookCellArrayChange(3, 1)
        closed = [types.TextDocumentIdentifier(cell_uri("two"))]
        change(4, types.NotebookDocumentCellChanges(types.NotebookDocumentCellChangeStructure(array, did_close=closed)))
        await editor.shows(cell_uri("two"))

    run(tmp_path, talk)


def test_a_notebook_as_text(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": ["import random\n", "random.random()"]}]
    text = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}, indent=1)

    async def talk(editor: Editor) -> None:
        uri = editor.open("nb.ipynb", text, language="json")
        [found] = await editor.shows(uri, "RPL101")
        assert found.range.start == types.Position(0, 0)
        assert found.message.startswith("cell 1, line 2: ")
        fixing, *_ = await editor.actions(uri, 0)
        after = json.loads(applied(text, changes(fixing)[uri][1]))
        assert "set_seed(42)\n" in after["cells"][0]["source"]

    run(tmp_path, talk)


# What may go wrong


def test_texts_that_are_no_files_of_a_project(tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        broken = editor.open("broken.py", "def f(:\n")
        [found] = await editor.shows(broken, "RPL900")
        assert found.range.start.line == 0
        editor.change(broken, 2, UNSEEDED)
        await editor.shows(broken, "RPL101")
        untitled = editor.open("", UNSEEDED, uri="untitled:Untitled-1")
        await editor.shows(untitled, "RPL101")
        huge = editor.open("huge.py", "#" * (11 * 1024 * 1024))
        await editor.shows(huge)
        editor.open("notes.txt", "random", language="plaintext")
        editor.open("a.py", UNSEEDED, uri="git:/a.py?ref=main")
        elsewhere = tmp_path.parent / f"{tmp_path.name}-library"
        editor.open("", UNSEEDED, uri=(elsewhere / "random.py").as_uri())
        excluded = editor.open("build/a.py", UNSEEDED)
        gone = tmp_path / "gone.py"
        gone.write_text(UNSEEDED)
        uri = editor.open("gone.py")
        gone.unlink()
        await editor.shows(uri, "RPL101")
        await editor.shows(excluded)
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        await editor.shows(uri)
        # What is not open, and what is not there.
        editor.change(editor.uri("never.py"), 2, "x")
        assert await editor.actions(editor.uri("never.py"), 0) == []
        assert await editor.hover(editor.uri("never.py"), 0, 0) == ""
        assert editor.published.keys() == {broken, untitled, huge, excluded, uri}
        assert editor.said == []

    run(tmp_path, talk)


def test_settings_count_as_soon_as_they_change(tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        uri = editor.open("a.py", UNSEEDED)
        await editor.shows(uri, "RPL101")
        editor.save("reprolint.toml", 'ignore = ["RPL101"]\n')
        await editor.shows(uri)
        editor.save("reprolint.toml", "ignroe = []\n")
        await editor.until(lambda: bool(editor.said))
        editor.save("reprolint.toml", "")
        await editor.shows(uri, "RPL101")
        [said] = editor.said
        assert 'unknown key "ignroe"; did you mean' in said

    run(tmp_path, talk)


FAILS_ONCE = """
from reprolint.server import analysis, serve

check = analysis.Analysis.check

def fails(self, *arguments, **named):
    analysis.Analysis.check = check
    raise ZeroDivisionError("once\\nonly")

analysis.Analysis.check = fails
serve(lambda settings: None)
"""


def test_an_error_of_ours_is_one_line_and_the_server_goes_on(tmp_path: Path) -> None:
    async def talk(editor: Editor) -> None:
        uri = editor.open("a.py", UNSEEDED)
        await editor.until(lambda: bool(editor.said))
        editor.change(uri, 2, f"{UNSEEDED}\n")
        await editor.shows(uri, "RPL101", version=2)
        assert editor.said == ["reprolint: internal error: ZeroDivisionError: once only (please report)"]

    run(tmp_path, talk, command=("-c", FAILS_ONCE))


def message(**content: Any) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **content}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def talk_raw(command: Sequence[str], *messages: bytes) -> tuple[int, list[dict[str, Any]], str]:
    """The exit code, the messages that came, and what was on stderr; stdout must hold nothing but messages."""
    done = subprocess.run(
        [sys.executable, *command],
        input=b"".join(messages),
        capture_output=True,
        env=ENVIRONMENT,
        timeout=TIMEOUT,
    )
    out, rest = [], done.stdout
    while rest:
        head, _, rest = rest.partition(b"\r\n\r\n")
        assert head.startswith(b"Content-Length: "), head
        size = int(head.split(b"\r\n")[0].split(b": ")[1])
        out.append(json.loads(rest[:size]))
        rest = rest[size:]
    return done.returncode, out, done.stderr.decode()


INITIALIZE = message(id=1, method="initialize", params={"capabilities": {}, "processId": None, "rootUri": None})
SHUTDOWN = message(id=2, method="shutdown")
EXIT = message(method="exit")


def test_only_messages_are_on_stdout_and_the_exit_code_says_how_it_ended() -> None:
    code, out, err = talk_raw(COMMAND, INITIALIZE, SHUTDOWN, EXIT)
    assert (code, [one.get("id") for one in out], err) == (0, [1, 2], "")
    assert out[0]["result"]["serverInfo"]["name"] == "reprolint"
    assert talk_raw(COMMAND, INITIALIZE, EXIT)[0] == 1
    assert talk_raw(COMMAND, INITIALIZE)[0] == 1
    bad = b"Content-Length: 9\r\n\r\nno json!!"
    code, out, err = talk_raw(COMMAND, INITIALIZE, bad, message(method="textDocument/didOpen", params={}), SHUTDOWN, EXIT)
    assert (code, err) == (0, "")
    assert [one["params"]["type"] for one in out if one.get("method") == "window/logMessage"] == [1, 1]


NOISY = """
from reprolint.server import session, serve

make = session.Session.__init__

def loud(self, server, cache):
    print("noise")
    make(self, server, cache)

session.Session.__init__ = loud
serve(lambda settings: None)
"""


def test_what_else_is_printed_goes_to_stderr() -> None:
    code, out, err = talk_raw(("-uc", NOISY), INITIALIZE, SHUTDOWN, EXIT)
    assert (code, len(out), err) == (0, 2, "noise\n")


def test_without_pygls_one_line_says_what_to_install() -> None:
    code = "import sys; sys.modules['pygls'] = None; from reprolint.cli import main; sys.exit(main(['server']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=ENVIRONMENT, encoding="utf-8", timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "pip install 'reprolint-seeding[server] @ " in done.stderr


# The cache


def test_an_editor_that_starts_again_parses_only_what_is_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "setup.cfg").touch()
    (folder / "helper.py").write_text("import random\n\n\ndef pick(names):\n    return random.choice(names)\n")
    main = folder / "main.py"
    main.write_text("from helper import pick\n\nprint(pick('ab'))\n")
    parsed: set[bytes] = set()
    parse = parsing.parse

    def noted(text: bytes) -> object:
        parsed.add(text)
        return parse(text)

    monkeypatch.setattr(parsing, "parse", noted)

    def checked(text: bytes) -> list[str]:
        parsed.clear()
        analysis = Analysis(folder, lambda settings: Cache(tmp_path / "cache"))
        report = analysis.check({main: text}, 1, fixes=False, outdated=lambda: False).report
        return [finding.code for finding in report.findings]

    assert checked(main.read_bytes()) == ["RPL101"]
    assert parsed == {main.read_bytes(), (folder / "helper.py").read_bytes()}
    typed = b"from helper import pick\n\nprint(pick('abc'))\n"
    assert checked(typed) == ["RPL101"]
    assert parsed == {typed}
    (folder / "helper.py").write_text("def pick(names):\n    return names[0]\n")
    assert checked(typed) == []
    assert (folder / "helper.py").read_bytes() in parsed


def test_the_server_keeps_facts_where_it_is_told_to(spirals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kept(*options: str, **variables: str) -> list[str]:
        shutil.rmtree(tmp_path / "cache", ignore_errors=True)
        for name, value in {"REPROLINT_NO_CACHE": "", **variables}.items():
            monkeypatch.setitem(ENVIRONMENT, name, value)

        async def talk(editor: Editor) -> None:
            await editor.shows(editor.open("train.py"), "RPL102", "RPL123")

        run(spirals, talk, command=[*COMMAND, *options])
        monkeypatch.undo()
        return [path.name for path in (tmp_path / "cache").rglob("*-facts*")]

    folder = str(tmp_path / "cache")
    assert len(kept("--cache-dir", folder)) == 1
    assert len(kept(REPROLINT_CACHE_DIR=folder)) == 1
    assert kept("--cache-dir", folder, "--no-cache") == []
    assert kept("--cache-dir", folder, REPROLINT_NO_CACHE="1") == []


# Texts


def opened(text: str) -> Opened:
    return Opened("file:///a.py", Path("/a.py"), Path("/"), [Text("file:///a.py", 1, "python", text)])


def test_what_a_file_would_hold() -> None:
    assert opened("# -*- coding: latin-1 -*-\nx = 'ä'\n").data() == b"# -*- coding: latin-1 -*-\nx = '\xe4'\n"
    assert opened("# -*- coding: latin-1 -*-\nx = '\u4e2d'\n").data().endswith("'\u4e2d'\n".encode())
    assert opened("# coding: nonsense\r\n").data() == b"# coding: nonsense\r\n"
    assert opened("x = '\ud83d'\n").data() == "x = '\ufffd'\n".encode()
    assert opened("x = '\ud83d\ude00'\n").data() == "x = '\U0001f600'\n".encode()


LINES = st.lists(st.sampled_from(["a", "bc", "ä𝄞", "\x0c", "\u2028", ""]), max_size=6).flatmap(
    lambda words: st.sampled_from(["\n", "\r\n", "\r"]).map(lambda end: end.join(words))
)


@given(LINES, LINES, st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_edits_turn_one_text_into_the_other(before: str, after: str, encoding: str) -> None:
    assert applied(before, text_edits(before, after, encoding), encoding) == after


@given(LINES, st.data(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_changes_are_made_where_the_editor_means_them(text: str, data: st.DataObject, encoding: str) -> None:
    def place(offset: int) -> types.Position:
        lines = split(text[:offset])
        return types.Position(len(lines) - 1, units(lines[-1], encoding))

    inside = st.integers(0, len(text)).filter(lambda at: text[at - 1 : at + 1] != "\r\n")
    start, end = sorted((data.draw(inside), data.draw(inside)))
    document = Text("file:///a.py", 1, "python", text)
    change = types.TextDocumentContentChangePartial(types.Range(place(start), place(end)), "new\n")
    document.apply([change], 2, encoding)
    assert (document.text, document.version) == (f"{text[:start]}new\n{text[end:]}", 2)
