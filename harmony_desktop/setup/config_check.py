"""What is wrong with one configuration file by itself: is it written as its kind has to be?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from harmony_desktop.control.config_files import Syntax
from harmony_desktop.control.findings import Correction, Finding, Place, Severity, offset_of
from harmony_desktop.setup import json_edit
from harmony_desktop.stack import dotenv
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.words import joined, say
from harmony_desktop.stack.yaml_check import mistakes

#: More mistakes than that tell nobody anything.
_MANY = 100


def check_syntax(path: Path, syntax: Syntax, text: str) -> tuple[Finding, ...]:
    """Return the mistakes of a text, in its order; the first hundred of them."""
    checks = {Syntax.JSON: _json, Syntax.YAML: _yaml, Syntax.DOTENV: _dotenv, Syntax.FLAGS: _flags}
    check = checks.get(syntax)
    return () if check is None else tuple(islice(check(path, text), _MANY))


def from_error(error: ComposeError, path: Path, text: str, *, otherwise: bool = True) -> Finding | None:
    """Return an error of the loader as a finding in a file; None where it is about another one.

    Args:
        error: The error.
        path: The file.
        text: What it holds.
        otherwise: Whether an error without a place counts as one of this file.
    """
    location = error.location
    if location is None and not otherwise:
        return None
    if location is not None and Path(location.file) != path:
        return None
    start = offset_of(text, location.line, location.column) if location else 0
    place = Place(path, text, start, _end_of_word(text, start))
    return place.finding(Severity.ERROR, joined([f"{error.title}.", error.cause]), advice=error.advice)


def _json(path: Path, text: str) -> Iterator[Finding]:
    for fault in json_edit.read(text).faults:
        severity = Severity.WARNING if fault.harmless else Severity.ERROR
        found = Place(path, text, fault.start, fault.end).finding(severity, fault.message)
        correction = Correction(fault.label, (fault.mend,)) if fault.mend is not None else None
        yield replace(found, correction=correction)


def _yaml(path: Path, text: str) -> Iterator[Finding]:
    for found in mistakes(text):
        start = offset_of(text, found.line, found.column)
        place = Place(path, text, start, _end_of_word(text, start))
        if found.key:
            yield place.finding(Severity.ERROR, say("The key {key} stands here twice.", key=found.key))
        else:
            yield place.finding(Severity.ERROR, say("This is not valid YAML: {words}.", words=found.words))


def _dotenv(path: Path, text: str) -> Iterator[Finding]:
    try:
        dotenv.parse(text, lambda _name: None, file=str(path))
    except ComposeError as error:
        found = from_error(error, path, text)
        if found is not None:
            yield found


def _flags(path: Path, text: str) -> Iterator[Finding]:
    start = 0
    for line in text.split("\n"):
        words = line.strip()
        if words and not words.startswith(("-", "#")):
            place = Place(path, text, start, start + len(line))
            yield place.finding(
                Severity.WARNING,
                say("This line begins neither with a flag (--name) nor with #."),
                advice=say("It is taken for a value of the flag before it."),
            )
        start += len(line) + 1


def _end_of_word(text: str, start: int) -> int:
    end = start
    while end < len(text) and not text[end].isspace():
        end += 1
    return end
