"""Findings as failed tests, in JUnit's XML: a suite for each file, a test for each finding."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reprolint.model import Finding
from reprolint.reports import Context, clean, witness

_NO_XML: Final = re.compile("[\ufffe\uffff]")
"""What XML cannot hold, beside what `clean` replaces."""


def render(findings: Sequence[Finding], context: Context) -> str:
    """The whole document in ASCII; without findings it has one test, which passes. The last line is ended."""
    counts = _counts(len(findings), len(findings) or 1)
    suites = Element("testsuites", {"name": "reprolint", **counts})
    for path, found in groupby(findings, key=lambda one: one.path):
        _suite(suites, path, list(found))
    if not findings:
        suite = SubElement(suites, "testsuite", {"name": "reprolint", **counts, "package": "org.reprolint"})
        SubElement(suite, "testcase", {"name": "No problems found", "classname": "reprolint"})
    indent(suites, "    ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="us-ascii").decode("ascii")}\n'


def _suite(suites: Element, path: str, findings: list[Finding]) -> None:
    counts = _counts(len(findings), len(findings))
    suite = SubElement(suites, "testsuite", {"name": _text(path), **counts, "package": "org.reprolint"})
    classname = _text(path.removesuffix(".py").removesuffix(".ipynb"))
    for finding in findings:
        span = finding.span
        where = {"line": str(span.line), "column": str(span.column)}
        case = SubElement(suite, "testcase", {"name": f"org.reprolint.{finding.code}", "classname": classname, **where})
        SubElement(SubElement(case, "properties"), "property", {"name": "severity", "value": finding.severity})
        cell = "" if finding.cell is None else f"cell {finding.cell}, "
        message = _text(finding.message)
        failure = SubElement(case, "failure", {"message": message})
        lines = [f"{cell}line {span.line}, col {span.column}, {message}", *map(_text, witness(finding))]
        failure.text = "\n".join(lines)


def _counts(failures: int, tests: int) -> dict[str, str]:
    return {"tests": str(tests), "skipped": "0", "errors": "0", "failures": str(failures)}


def _text(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", clean(text))
