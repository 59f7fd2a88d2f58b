"""Colours of configuration files: names, values, comments, variables; each reaches AA on the editor's ground."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from harmony_desktop.control.config_files import Syntax
from harmony_desktop.ui.theme import Colours, Theme

#: Characters of a document; larger ones stay plain: 250,000 of them kept the loop for 190 ms.
_LARGEST = 60_000


class Span(NamedTuple):
    """A part of a line, and what it is: "name", "text", "value", "comment", "variable" or "sign"."""

    start: int
    end: int
    role: str


_VARIABLE = re.compile(r"\$\{[^}]*\}|\$[A-Za-z_]\w*")
_JSON = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<text>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<value>-?\d[\d.eE+-]*|\b(?:true|false|null)\b)|(?P<sign>[{}\[\],:])"
)
_YAML = re.compile(
    r"(?P<comment>(?:(?<=\s)|^)#.*$)"
    r"|(?P<name>(?:(?<=[\s{,-])|^)(?:\"[^\"]*\"|'[^']*'|[A-Za-z_][\w.\-/ ]*?)(?=\s*:(?:\s|$)))"
    r"|(?P<text>\"(?:[^\"\\]|\\.)*\"?|'[^']*'?)"
    r"|(?P<value>(?<![\w.\-/:])(?:-?\d[\d.]*|true|false|null|yes|no|on|off|~)(?![\w.\-/:]))"
    r"|(?P<sign>^\s*-(?=\s)|[{}\[\],&*|>](?=\s|$|\w))"
)
_DOTENV = re.compile(r"^(?P<export>\s*export\s+)?\s*(?P<name>[A-Za-z_][\w.]*)\s*(?P<sign>=)(?P<text>.*)$")
_FLAGS = re.compile(r"(?P<name>(?<!\S)--?[A-Za-z][\w-]*)|(?P<sign>=)|(?P<text>\"[^\"]*\"?|'[^']*'?)")


def spans(syntax: Syntax, line: str) -> Iterator[Span]:
    """Yield the parts of one line that have a colour, later ones over earlier ones."""
    if syntax in {Syntax.DOTENV, Syntax.FLAGS, Syntax.TEXT} and line.lstrip("\ufeff \t").startswith("#"):
        yield Span(0, len(line), "comment")
        return
    if syntax is Syntax.DOTENV:
        yield from _dotenv(line)
    elif syntax is Syntax.JSON:
        yield from _matches(_JSON, line)
    elif syntax is Syntax.YAML:
        yield from _matches(_YAML, line)
        comment = next((span for span in _matches(_YAML, line) if span.role == "comment"), None)
        end = comment.start if comment else len(line)
        yield from (Span(match.start(), match.end(), "variable") for match in _VARIABLE.finditer(line, 0, end))
    elif syntax is Syntax.FLAGS:
        yield from _matches(_FLAGS, line)


def _matches(pattern: re.Pattern[str], line: str) -> Iterator[Span]:
    for match in pattern.finditer(line):
        if match.lastgroup:
            yield Span(match.start(), match.end(), match.lastgroup)


def _dotenv(line: str) -> Iterator[Span]:
    match = _DOTENV.match(line)
    if match is None:
        return
    yield Span(*match.span("name"), "name")
    yield Span(*match.span("sign"), "sign")
    start, end = match.span("text")
    body = match["text"]
    if not body.lstrip().startswith(("'", '"')) and (comment := re.search(r"\s#", body)):
        yield Span(start + comment.start(), end, "comment")
        end = start + comment.start()
    yield Span(start, end, "text")
    if not body.lstrip().startswith("'"):
        yield from (Span(found.start(), found.end(), "variable") for found in _VARIABLE.finditer(line, start, end))


def colour(colours: Colours, role: str) -> str:
    """Return the colour of a part."""
    return {
        "name": colours.accent,
        "text": colours.ready,
        "value": colours.attention,
        "comment": colours.second,
        "variable": colours.services[3],
        "sign": colours.second,
    }[role]


class Highlighter(QSyntaxHighlighter):
    """Colours a document line by line; follows the theme."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme
        self._syntax = Syntax.TEXT
        self._formats: dict[str, QTextCharFormat] = {}
        self._dress()

    def set_syntax(self, syntax: Syntax) -> None:
        """Read the lines as this from now on; takes effect with the next text."""
        self._syntax = syntax

    def redress(self) -> None:
        """Take the theme's colours again."""
        self._dress()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        if self.document().characterCount() > _LARGEST:
            return
        wide = any(sign > "\uffff" for sign in text)
        for span in spans(self._syntax, text):
            start, end = span.start, span.end
            if wide:  # Qt counts in UTF-16
                start, end = _units(text, start), _units(text, end)
            self.setFormat(start, end - start, self._formats[span.role])

    def _dress(self) -> None:
        self._formats = {}
        for role in ("name", "text", "value", "comment", "variable", "sign"):
            made = QTextCharFormat()
            made.setForeground(QColor(colour(self._theme.colours, role)))
            if role == "comment":
                made.setFontItalic(True)
            if role == "name":
                made.setFontWeight(QFont.Weight.Medium)
            self._formats[role] = made


def _units(text: str, offset: int) -> int:
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2
