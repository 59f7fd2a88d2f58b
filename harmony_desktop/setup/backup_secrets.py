"""Takes tokens, keys and passwords out of configuration files, so that a backup can be handed on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from harmony_desktop.control.config_files import Syntax
from harmony_desktop.control.findings import Severity
from harmony_desktop.control.secret_names import is_secret
from harmony_desktop.control.secret_places import placed
from harmony_desktop.control.secret_shapes import shaped
from harmony_desktop.control.secret_values import is_reference
from harmony_desktop.setup.config_check import check_syntax
from harmony_desktop.setup.config_stack import syntax_of
from harmony_desktop.setup.envfile import EnvFile

_ASSIGNED = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=", re.MULTILINE | re.ASCII)


class NotEmptiedError(Exception):
    """The secrets of a file cannot be taken out without breaking it."""


def emptied(path: str, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """Return a configuration file without its secrets, and the names of the variables that were emptied.

    A variable becomes a comment that shows its name: one that is set to nothing means something else to some programs.

    Raises:
        NotEmptiedError: The file is no text, or would no longer be well-formed.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise NotEmptiedError from error
    syntax = syntax_of(Path(path.removesuffix(".new"))) or Syntax.TEXT
    names: tuple[str, ...] = ()
    if syntax is Syntax.DOTENV:
        text, names = _without_values(text)
    text = _without_spans(text, names)
    if text.encode() == content:
        return content, ()
    before = _errors(path, syntax, content.decode())
    if _errors(path, syntax, text) > before:
        raise NotEmptiedError
    return text.encode(), names


def filled(content: bytes, names: tuple[str, ...], here: bytes) -> bytes:
    """Return a file of variables with those that were emptied as the folder's own file has them."""
    known = EnvFile(here)
    for name in names:
        if not known.value(name):
            continue
        place = re.search(rf"^#{re.escape(name)}=(?=[ \t\r\n]|\Z)".encode(), content, re.MULTILINE)
        if place is not None:
            made = f"{name}={known.raw(name)}".encode("utf-8", "surrogateescape")
            content = content[: place.start()] + made + content[place.end() :]
    return content


def has_secrets(files: Mapping[str, bytes]) -> bool:
    """Return whether one of these files holds a secret."""
    for path, content in files.items():
        try:
            if emptied(path, content)[0] != content:
                return True
        except NotEmptiedError:
            return True
    return False


def _without_values(text: str) -> tuple[str, tuple[str, ...]]:
    env = EnvFile(text.encode())
    found = (name for name in _ASSIGNED.findall(text) if is_secret(name))
    names = tuple(dict.fromkeys(name for name in found if (value := env.value(name)) and not is_reference(value)))
    for name in names:
        env.set(name, "")
    text = bytes(env).decode()
    for name in names:
        line = rf"^[ \t]*(?:export[ \t]+)?{re.escape(name)}[ \t]*=[ \t]*(?:''|\"\")?(?=[ \t#\r\n]|\Z)"
        text = re.sub(line, f"#{name}=", text, flags=re.MULTILINE)
    return text, names


def _without_spans(text: str, emptied_names: tuple[str, ...]) -> str:
    """Return a text without what looks like a secret, or stands behind a name that says so."""
    # What follows a variable that was emptied is a comment, and no value.
    done = [span for name in emptied_names for span in _rest_of_line(text, f"#{name}=")]
    told = [span for span in placed(text) if not any(first <= span[0] and span[1] <= last for first, last in done)]
    spans = sorted((start, end) for start, end in (*told, *shaped(text)) if end > start)
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if end <= position:
            continue
        parts.append(text[position : max(start, position)])
        position = end
    return "".join([*parts, text[position:]])


def _rest_of_line(text: str, begin: str) -> Iterator[tuple[int, int]]:
    for match in re.finditer(rf"^{re.escape(begin)}[^\n]*", text, re.MULTILINE):
        yield match.span()


def _errors(path: str, syntax: Syntax, text: str) -> int:
    return sum(1 for one in check_syntax(Path(path), syntax, text) if one.severity is Severity.ERROR)
