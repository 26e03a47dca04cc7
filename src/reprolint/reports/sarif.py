"""Findings as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from reprolint.model import Edit, Finding, Fix, Span, Step
from reprolint.reports import HOME, Context, Excerpt, Rule, clean, in_file, page, told
from reprolint.reports.fingerprint import fingerprints

_ROOT: Final = "%SRCROOT%"


def render(findings: Sequence[Finding], context: Context) -> str:
    """The whole log in ASCII; the last line is ended."""
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "reprolint",
        "informationUri": HOME,
        "version": context.version,
        "semanticVersion": context.version,
        "rules": [_rule(code, context.rules[code]) for code in codes],
    }
    marks = fingerprints(findings, context.excerpt)
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {_ROOT: {"uri": context.root.as_uri().rstrip("/") + "/"}},
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, codes.index(finding.code), mark, context.excerpt)
            for finding, mark in zip(findings, marks, strict=True)
        ],
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(code: str, rule: Rule) -> dict[str, Any]:
    does = re.search(r"^## What it does\n(.+?)(?=^## |\Z)", rule.doc, re.MULTILINE | re.DOTALL)
    return {
        "id": code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": does[1].strip() if does is not None else rule.summary},
        "help": {"text": rule.doc.strip(), "markdown": rule.doc.strip()},
        "helpUri": page(code),
        "defaultConfiguration": {"enabled": rule.on, "level": rule.severity},
        # GitHub ranks by problem.severity what is no question of security.
        "properties": {"tags": ["reproducibility"], "problem.severity": rule.severity},
    }


def _result(finding: Finding, rule: int, fingerprint: str, excerpt: Excerpt) -> dict[str, Any]:
    # Braces would have to be doubled; but viewers fill in only where there are arguments, and would show them double.
    out: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": told(finding)},
        "locations": [_location(finding.path, finding.cell, finding.span)],
        "partialFingerprints": {"reprolint/v1": fingerprint},
    }
    if finding.trace:
        steps = [{"location": _step(step, excerpt)} for step in finding.trace]
        out["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    related = [_step(step, excerpt) for step in dict.fromkeys(finding.trace) if not _is_at(step, finding)]
    if related:
        out["relatedLocations"] = related
    if finding.fix is not None and all(edit.cell is None for edit in finding.fix.edits):
        out["fixes"] = [_fix(finding.fix)]
    return out


def _is_at(step: Step, finding: Finding) -> bool:
    span = finding.span
    return (step.path, step.cell, step.line, step.column) == (finding.path, finding.cell, span.line, span.column)


def _step(step: Step, excerpt: Excerpt) -> dict[str, Any]:
    # Where a step ends is not known, so that it goes to the end of its line.
    text = (excerpt(step.path, step.cell, step.line) or "").rstrip()
    span = Span(step.line, step.column, step.line, max(step.column, len(text) + 1))
    return {**_location(step.path, step.cell, span), "message": {"text": clean(step.text)}}


def _location(path: str, cell: int | None, span: Span) -> dict[str, Any]:
    """A place in a file.

    A region cannot point into a notebook's cell, and GitHub refuses a place without one: it is the begin of the file, and the
    cell is named as the logical location and in the message.
    """
    physical = {"artifactLocation": _artifact(path), "region": _region(in_file(cell, span))}
    if cell is None:
        return {"physicalLocation": physical}
    return {"physicalLocation": physical, "logicalLocations": [{"name": f"cell {cell}", "kind": "cell"}]}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(path: str) -> dict[str, str]:
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path, errors="replace"), "uriBaseId": _ROOT}


def _fix(fix: Fix) -> dict[str, Any]:
    edits: dict[str, list[Edit]] = {}
    for edit in fix.edits:
        edits.setdefault(edit.path, []).append(edit)
    return {
        "description": {"text": clean(fix.message)},
        "artifactChanges": [
            {"artifactLocation": _artifact(path), "replacements": [_replacement(edit) for edit in sorted(of_file, key=_begin)]}
            for path, of_file in edits.items()
        ],
        "properties": {"applicability": fix.applicability},
    }


def _begin(edit: Edit) -> Span:
    return edit.span


def _replacement(edit: Edit) -> dict[str, Any]:
    removed = {"deletedRegion": _region(edit.span)}
    return {**removed, "insertedContent": {"text": edit.replacement}} if edit.replacement else removed
