"""The ``.env`` format, as Compose reads it: quotes, escapes, comments, ``export``, several lines, variables."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from harmony_desktop.stack.errors import ComposeError, Location
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.interpolate import Lookup, substitute

_BLANKS = "\t\v\f\r \x85\xa0"
_KEY_CHARACTERS = frozenset("_.-[]")
_ESCAPE = re.compile(r'\\(?:[abcfnrtv$"\\]|0\d{0,3})')
_ESCAPED = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    '"': '"',
    "\\": "\\",
    "$": "$$",  # an escaped dollar starts no variable
}


def parse(
    text: str, lookup: Lookup, *, file: str = ".env", missing: Callable[[str], None] | None = None
) -> dict[str, str]:
    """The variables of an env file.

    Args:
        text: What the file holds.
        lookup: Values from outside; they go before those of the file where one line refers to a variable.
        file: Name of the file, for errors.
        missing: Is told each variable that is referred to and has no value.

    Raises:
        ComposeError: A line cannot be read; says which.
    """
    return _Parser(text.removeprefix("\ufeff"), lookup, file, missing).parse()


def parse_raw(text: str, lookup: Lookup, *, file: str = ".env") -> dict[str, str]:
    """The variables of an env file of ``format: raw``: one to a line, each value as it stands.

    Raises:
        ComposeError: A line has no name, or one with blanks in it.
    """
    values: dict[str, str] = {}
    for number, whole in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = whole.removesuffix("\r").lstrip()
        if not line or line.startswith("#"):
            continue
        key, sign, value = line.partition("=")
        if not key or any(character.isspace() for character in key):
            raise ComposeError(
                "A variable's name has a blank in it" if key else "A line has no variable's name",
                cause=f"The line reads {_shown(line)!r}.",
                advice="Write NAME=value, one to a line.",
                location=Location(file, number, 1),
            )
        found = value if sign else lookup(key)
        if found is not None:
            values[key] = found
    return values


def read(
    path: Path, lookup: Lookup, *, raw: bool = False, missing: Callable[[str], None] | None = None
) -> dict[str, str]:
    """The variables of the env file at ``path``.

    Raises:
        ComposeError: The file cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ComposeError(
            "The env file is not UTF-8 text",
            cause="Something in this line is written in another encoding, or is no text at all.",
            advice="Save the file as UTF-8, or mend the line.",
            location=Location(str(path), line, 1),
        ) from error
    except OSError as error:
        raise ComposeError(
            f"The env file {path} cannot be read",
            cause=error.strerror or str(error),
            advice="Ask for access to the file, or name another with --env-file."
            if isinstance(error, PermissionError)
            else "Create the file, or correct its path.",
        ) from error
    return parse_raw(text, lookup, file=str(path)) if raw else parse(text, lookup, file=str(path), missing=missing)


class _Parser:
    def __init__(self, text: str, lookup: Lookup, file: str, missing: Callable[[str], None] | None) -> None:
        self._text = text
        self._position = 0
        self._outside = lookup
        self._file = file
        self._missing = missing
        self._values: dict[str, str] = {}

    def parse(self) -> dict[str, str]:
        while self._skip_to_statement():
            key, inherited = self._key()
            if " " in key:
                raise self._fail("A variable's name has a space in it", f"The name reads {key!r}.")
            if inherited:
                if (value := self._outside(key)) is not None:
                    self._values[key] = value
            else:
                self._values[key] = self._value()
        return self._values

    def _fail(self, title: str, cause: str = "") -> ComposeError:
        line = self._text.count("\n", 0, self._position) + 1
        start = self._text.rfind("\n", 0, self._position) + 1
        location = Location(self._file, line, self._position - start + 1)
        return ComposeError(title, cause=cause, advice="Write NAME=value, one to a line.", location=location)

    def _skip_to_statement(self) -> bool:
        """Go to the next statement, over blank lines and comments; False at the end of the file."""
        text, size = self._text, len(self._text)
        while self._position < size:
            if text[self._position].isspace():
                self._position += 1
            elif text[self._position] == "#":
                end = text.find("\n", self._position)
                self._position = size if end < 0 else end
            else:
                return True
        return False

    def _skip_blanks(self) -> None:
        while self._position < len(self._text) and self._text[self._position] in _BLANKS:
            self._position += 1

    def _key(self) -> tuple[str, bool]:
        """A name up to its sign; True when no sign follows (the value is taken from outside)."""
        if export := re.compile(r"export\s+").match(self._text, self._position):
            self._position = export.end()
        start = self._position
        while self._position < len(self._text):
            character = self._text[self._position]
            if character in "=:\n":
                key = self._text[start : self._position].rstrip()
                self._position += 1
                if character != "\n":
                    self._skip_blanks()
                return key, character == "\n"
            if character not in _BLANKS and character not in _KEY_CHARACTERS and not character.isalnum():
                line = self._text[start:].split("\n", 1)[0]
                raise self._fail(f"A variable's name may not hold {character!r}", f"The line reads {_shown(line)!r}.")
            self._position += 1
        return self._end_of_file(start)

    def _end_of_file(self, start: int) -> tuple[str, bool]:
        # A last line without a sign and without a newline sets an empty name, as in the official tool.
        self._position = start
        return "", False

    def _value(self) -> str:
        quote = self._text[self._position : self._position + 1]
        if quote not in ("'", '"') or not quote:
            end = self._text.find("\n", self._position)
            end = len(self._text) if end < 0 else end
            line = self._text[self._position : end]
            self._position = min(end + 1, len(self._text))
            return self._expand(line.split(" #", 1)[0].rstrip())
        value = self._quoted(quote)
        return self._expand(_ESCAPE.sub(_unescape, value)) if quote == '"' else value

    def _quoted(self, quote: str) -> str:
        characters: list[str] = []
        index = self._position + 1
        while index < len(self._text):
            character = self._text[index]
            if character == "\\" and index + 1 < len(self._text):
                following = self._text[index + 1]
                characters.append(following if following == quote else character + following)
                index += 2
                continue
            if character == quote:
                self._position = index + 1
                return "".join(characters)
            characters.append(character)
            index += 1
        raise self._fail("A quote is not closed")

    def _expand(self, value: str) -> str:
        def lookup(name: str) -> str | None:
            outside = self._outside(name)
            return self._values.get(name) if outside is None else outside

        try:
            return substitute(value, lookup, self._missing)
        except Fault as fault:
            raise self._fail(fault.title, fault.cause) from fault


def _shown(line: str) -> str:
    """A line as an error may show it: never the value, which may be a secret."""
    name, sign, _ = line.partition("=")
    return name + sign + ("…" if sign else "")


def _unescape(match: re.Match[str]) -> str:
    sequence = match.group()[1:]
    if sequence[0] != "0":
        return _ESCAPED.get(sequence, match.group())
    octal = sequence[1:]
    if len(octal) == 3 and set(octal) <= set("01234567") and int(octal, 8) < 256:
        return chr(int(octal, 8))
    return "\\" + octal


def merged(environment: Mapping[str, str], *others: Mapping[str, str]) -> dict[str, str]:
    """All variables of several environments; the first that has one wins."""
    result = dict(environment)
    for other in others:
        for key, value in other.items():
            result.setdefault(key, value)
    return result
