"""What is wrong with one configuration file by itself: is it written as its kind has to be?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from harmony_desktop.control.config_files import Syntax
from harmony_desktop.control.findings import Correction, Finding, Place, Severity, offset_of
from harmony_desktop.setup import json_edit
from harmony_desktop.stack import dotenv
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.words import joined, say

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def check_syntax(path: Path, syntax: Syntax, text: str) -> tuple[Finding, ...]:
    """Return the mistakes of a text, in its order."""
    if syntax is Syntax.JSON:
        return tuple(_json(path, text))
    if syntax is Syntax.YAML:
        return tuple(_yaml(path, text))
    if syntax is Syntax.DOTENV:
        return tuple(_dotenv(path, text))
    if syntax is Syntax.FLAGS:
        return tuple(_flags(path, text))
    return ()


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
        yield Finding(
            found.file, found.line, found.column, severity, fault.message, "", fault.start, fault.end, correction
        )


def _yaml(path: Path, text: str) -> Iterator[Finding]:
    try:
        roots = list(yaml.compose_all(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        start = offset_of(text, mark.line + 1, mark.column + 1) if mark else 0
        words = ", ".join(part for part in (error.context, error.problem) if part)
        place = Place(path, text, start, _end_of_word(text, start))
        yield place.finding(Severity.ERROR, say("This is not valid YAML: {words}.", words=words))
        return
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        yield Place(path, text, 0, 0).finding(Severity.ERROR, say("This is not valid YAML: {words}.", words=str(error)))
        return
    for root in roots:
        yield from _twice(path, text, root)


def _twice(path: Path, text: str, root: yaml.Node | None) -> Iterator[Finding]:
    """Yield keys that stand in their mapping twice: one of the two is lost without a word."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                waiting.append(value)
                if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                    continue
                if key.value in names:
                    start = offset_of(text, key.start_mark.line + 1, key.start_mark.column + 1)
                    place = Place(path, text, start, start + len(key.value))
                    yield place.finding(Severity.ERROR, say("The key {key} stands here twice.", key=key.value))
                names.add(key.value)


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
