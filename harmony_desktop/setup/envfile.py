"""Edits of .env files that leave everything else as it is: comments, order, quotes, line ends, a byte order mark.

Reading for interpolation is the work of ``stack/dotenv.py``; here a file is lines, of which one may change.
"""

from __future__ import annotations

import re

_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_.]*)\s*[=:][ \t]*(?P<rest>.*)$", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z0-9_./:;,@%+=~-]+")
_BOM = "\ufeff"


def quote(value: str) -> str:
    r"""Return a value as it has to stand in a .env file so that Docker Compose reads exactly that value.

    Plain values stand bare. Single quotes keep backslashes, dollars and hashes as they are, so that a Windows path
    survives (within double quotes ``\n`` and ``\t`` would become a line end and a tab). Only what they cannot hold, a
    single quote or a final backslash, is written with double quotes and escapes.

    Raises:
        ValueError: The value holds a line end.
    """
    if "\n" in value or "\r" in value:
        msg = "a value of an .env file cannot hold a line end"
        raise ValueError(msg)
    if _PLAIN.fullmatch(value):
        return value
    if "'" not in value and not value.endswith("\\"):
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


class EnvFile:
    """The lines of a .env file, and the few edits that the set-up makes."""

    def __init__(self, content: bytes) -> None:
        # Bytes that are no UTF-8 come back as they were.
        self._lines = content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
        self._lines = _rejoin(self._lines)

    def __bytes__(self) -> bytes:
        return "".join(self._lines).encode("utf-8", "surrogateescape")

    def raw(self, name: str) -> str | None:
        """Return the value of a variable as it is written, quotes and all, or None where it is not set."""
        found = self._find(name)
        return None if found is None else _split_value(found[1])[0]

    def value(self, name: str) -> str | None:
        """Return the value of a variable without its quotes (nothing is interpolated), or None."""
        raw = self.raw(name)
        return None if raw is None else _unquote(raw)

    def set(self, name: str, value: str) -> None:
        """Set a variable.

        The last line that sets it changes (it is the one that counts), and keeps the comment behind its value. Where
        there is none, the new line follows the comment that shows its default (``#NAME=…``), or stands at the end.
        """
        if self.value(name) == value:
            return
        found = self._find(name)
        if found is not None:
            index, rest = found
            line = self._lines[index]
            tail = _split_value(rest)[1]
            start = len(line) - len(rest)
            blank = " " if tail.startswith("#") else ""
            self._lines[index] = line[:start] + quote(value) + blank + tail
            return
        shown = re.compile(rf"^{_BOM}?\s*#\s*(?:export\s+)?{re.escape(name)}\s*=")
        matches = [index for index, line in enumerate(self._lines) if shown.match(line)]
        place = matches[-1] + 1 if matches else len(self._lines)
        end = self._line_end()
        if place and not self._lines[place - 1].endswith(("\n", "\r")):
            self._lines[place - 1] += end
        self._lines.insert(place, f"{name}={quote(value)}{end}")

    def unset(self, name: str) -> None:
        """Take out the lines that set a variable. A value of several lines is left as it is."""
        while (found := self._find(name)) is not None:
            index, rest = found
            if rest[:1] in {"'", '"'} and not _closes(rest[1:], rest[0]):
                return
            del self._lines[index]

    def _find(self, name: str) -> tuple[int, str] | None:
        """Return index and text behind the equals sign of the last assignment, or None."""
        found = None
        open_quote = ""
        for index, line in enumerate(self._lines):
            if open_quote:
                # Within a quoted value of several lines nothing is an assignment.
                open_quote = "" if _closes(line, open_quote) else open_quote
                continue
            match = _ASSIGNMENT.match(line.removeprefix(_BOM))
            if match is None:
                continue
            rest = match["rest"]
            if rest[:1] in {"'", '"'} and not _closes(rest[1:], rest[0]):
                open_quote = rest[0]
            if match["name"] == name:
                found = (index, rest) if not open_quote else None
        return found

    def _line_end(self) -> str:
        """Return the line end that the file has, by its first line."""
        first = self._lines[0] if self._lines else ""
        return "\r\n" if first.endswith("\r\n") else "\n"


def _rejoin(lines: list[str]) -> list[str]:
    """Undo the splitting at signs that end a line in Unicode, but not in an .env file."""
    joined: list[str] = []
    for line in lines:
        if joined and not joined[-1].endswith("\n"):
            joined[-1] += line
        else:
            joined.append(line)
    return joined


def _closes(text: str, quote_sign: str) -> bool:
    return _closing(text, quote_sign) >= 0


def _closing(text: str, quote_sign: str) -> int:
    """Return where an unescaped quote stands, or -1."""
    escaped = False
    for index, sign in enumerate(text):
        if escaped:
            escaped = False
        elif sign == "\\":
            escaped = True
        elif sign == quote_sign:
            return index
    return -1


def _split_value(rest: str) -> tuple[str, str]:
    """Return a value as written, and what follows it on its line: blanks, a comment, the line end."""
    if rest[:1] in {"'", '"'}:
        end = _closing(rest[1:], rest[0]) + 2
        return rest[:end], rest[end:]
    body = rest.rstrip("\r\n")
    comment = re.search(r"\s+#|^#", body)
    value = (body[: comment.start()] if comment else body).rstrip()
    return value, rest[len(value) :]


def _unquote(raw: str) -> str:
    if len(raw) < 2 or raw[0] not in {"'", '"'} or raw[-1] != raw[0]:
        return raw
    inner = raw[1:-1]
    if raw[0] == "'":
        return inner.replace("\\'", "'")
    return re.sub(r"\\([\\\"$])", r"\1", inner)
