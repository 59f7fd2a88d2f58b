"""Desktop entries as the Desktop Entry Specification has them: enough to write one of ours, and to read it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

_GROUP = "[Desktop Entry]"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@")
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def exec_line(argv: Iterable[str]) -> str:
    """Return the value of ``Exec`` for a command: quoted where it must be, ``%`` doubled, and escaped as a string."""
    return " ".join(_argument(word) for word in argv)


def _argument(word: str) -> str:
    doubled = word.replace("%", "%%")
    if word and all(sign in _PLAIN or ord(sign) > 127 for sign in word):
        return doubled
    quoted = "".join(f"\\{sign}" if sign in '"`$\\' else sign for sign in doubled)
    # The quoting comes first, the escaping of all strings on top: a backslash becomes four.
    return escaped(f'"{quoted}"')


def escaped(text: str) -> str:
    """Return a text as the value of a key of the type string."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def unescaped(value: str) -> str:
    """Return the text of a value of the type string."""
    found: list[str] = []
    signs = iter(value)
    for sign in signs:
        if sign != "\\":
            found.append(sign)
            continue
        following = next(signs, "")
        found.append(_ESCAPES.get(following, f"\\{following}"))
    return "".join(found)


def command_of(value: str) -> tuple[str, ...]:
    """Return the command of an ``Exec`` line, without its field codes."""
    words: list[str] = []
    word: list[str] | None = None
    quoted = False
    signs = iter(unescaped(value))
    for sign in signs:
        if quoted and sign == "\\":
            (word := word if word is not None else []).append(next(signs, ""))
        elif sign == '"':
            quoted = not quoted
            word = word if word is not None else []
        elif sign == " " and not quoted:
            if word is not None:
                words.append("".join(word))
            word = None
        elif sign == "%":
            code = next(signs, "")
            if code == "%":
                (word := word if word is not None else []).append("%")
        else:
            (word := word if word is not None else []).append(sign)
    if word is not None:
        words.append("".join(word))
    return tuple(words)


def read_entry(text: str) -> Mapping[str, str]:
    """Return the keys of a desktop entry's main group, with their values as they stand there."""
    found: dict[str, str] = {}
    inside = False
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            inside = stripped == _GROUP
        elif inside and "=" in stripped and not stripped.startswith("#"):
            key, _, value = stripped.partition("=")
            found.setdefault(key.strip(), value.strip())
    return found


def render_entry(values: Sequence[tuple[str, str]]) -> str:
    """Return the text of a desktop entry."""
    return "\n".join([_GROUP, *(f"{key}={value}" for key, value in values), ""])
