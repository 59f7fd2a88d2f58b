"""YAML as the official tool writes it: block style, two spaces, lists below their key, double quotes where needed."""

from __future__ import annotations

import json
import re

from harmony_desktop.stack.scalars import is_date, number_text, resolve
from harmony_desktop.stack.values import Value

#: Columns after which a long scalar is folded.
_WIDTH = 80
#: Words that YAML 1.1 took for booleans; single quotes keep readers of that version right.
_OLD_BOOLEANS = frozenset(
    word for small in ("y", "n", "yes", "no", "on", "off") for word in (small, small.capitalize(), small.upper())
)
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
#: Not printable to Python, yet written as they are: blanks other than the common one, and joiners.
_SHOWN = frozenset("\u00a0\u200b\u200c\u200d\u3000\u2028\u2029")
#: Characters that a plain scalar may not begin with.
_INDICATORS = frozenset(",[]{}#&*!|>'\"%@`")
#: Control characters that have a letter in YAML, by their hexadecimal number.
_NAMED = {"00": "\\0", "07": "\\a", "0b": "\\v", "1b": "\\e"}


def emit(value: Value) -> str:
    """A value as a YAML document."""
    lines: list[str] = []
    _block(value, 0, lines)
    return "\n".join(lines) + "\n"


def _block(value: Value, depth: int, lines: list[str]) -> None:
    """Write a mapping or a list whose lines begin at a depth."""
    margin = "  " * depth
    if isinstance(value, dict):
        for key, item in value.items():
            _entry(f"{margin}{_key(key)}:", item, depth, lines)
    else:
        for item in value:
            if isinstance(item, dict | list) and item:
                start = len(lines)
                _block(item, depth + 1, lines)
                lines[start] = f"{margin}- {lines[start][len(margin) + 2 :]}"
            else:
                _entry(f"{margin}-", item, depth, lines)


def _entry(head: str, item: Value, depth: int, lines: list[str]) -> None:
    if (isinstance(item, dict) and item) or (isinstance(item, list) and item):
        lines.append(head)
        _block(item, depth + 1, lines)
    elif isinstance(item, dict | list):
        lines.append(f"{head} {'{}' if isinstance(item, dict) else '[]'}")
    elif isinstance(item, str) and "\n" in item and _can_be_literal(item):
        lines.extend(_literal(head, item, depth + 1))
    else:
        lines.extend(_folded(f"{head} ", _scalar(item), depth + 1))


def _folded(head: str, scalar: str, depth: int) -> list[str]:
    """A scalar on as many lines as it takes: after the width, a single space becomes a line break."""
    if len(head) + len(scalar) <= _WIDTH or " " not in scalar:
        return [head + scalar]
    lines: list[str] = []
    line = head
    for index, character in enumerate(scalar):
        single = character == " " and " " not in (scalar[index - 1], scalar[index + 1 : index + 2] or " ")
        # A quote does not count as the first or the last character of the text.
        inside = 1 < index < len(scalar) - 2 if scalar[0] in "'\"" else 0 < index < len(scalar) - 1
        if single and inside and len(line) > _WIDTH:
            lines.append(line)
            line = "  " * depth
        else:
            line += character
    return [*lines, line]


def _key(key: str) -> str:
    return _scalar(key)


def _scalar(value: Value) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    return number_text(value)


def _text(text: str) -> str:
    if resolve(text) != text or is_date(text):
        return _double(text)
    if text == "<<" or text in _OLD_BOOLEANS or _SEXAGESIMAL.fullmatch(text):
        return _single(text)
    if not all(_is_shown(character) for character in text):
        return _double(text)
    return text if _is_plain(text) else _single(text)


def _is_shown(character: str) -> bool:
    return character.isprintable() or character in _SHOWN


def _is_plain(text: str) -> bool:
    if text[0] in _INDICATORS or text[0] == " " or text[-1] == " ":
        return False
    if text[0] in "-?:" and (len(text) == 1 or text[1] == " "):
        return False
    if text.startswith(("---", "...")):
        return False
    return ": " not in text and " #" not in text and not text.endswith(":")


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _double(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"\\u00([01][0-9a-f])", lambda match: _NAMED.get(match[1], f"\\x{match[1].upper()}"), quoted)


def _can_be_literal(text: str) -> bool:
    if text.endswith(" "):
        return False
    return all(character in "\n\t" or _is_shown(character) for character in text)


def _literal(head: str, text: str, depth: int) -> list[str]:
    body = text.rstrip("\n")
    chomp = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") or not body else ""
    first = body.split("\n")[0] if body else ""
    indent = "2" if first[:1] == " " else ""
    margin = "  " * depth
    lines = [f"{head} |{indent}{chomp}"]
    lines += [margin + line if line else "" for line in body.split("\n")]
    if chomp == "+":
        lines += [""] * (len(text) - len(body) - 1)
    return lines
