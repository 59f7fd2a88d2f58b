"""How the parts of the loader report what is wrong: by the path of a key, which the loader turns into a place."""

from __future__ import annotations

from typing import TypeAlias

#: Keys and list indices from the top of a compose file down to a value.
Path: TypeAlias = tuple[str | int, ...]


class Fault(Exception):  # noqa: N818 - not an error that leaves this room: the loader makes it a ComposeError
    """Something is wrong at a path of the compose model.

    Args:
        title: What is wrong, one short sentence without a final full stop.
        path: Where in the model.
        cause: Why, in plain words.
        advice: What the user can do about it.
    """

    def __init__(self, title: str, path: Path = (), *, cause: str = "", advice: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.path = path
        self.cause = cause
        self.advice = advice

    def below(self, *keys: str | int) -> Fault:
        """The same fault, seen from further up: ``keys`` lead to where it was found."""
        self.path = (*keys, *self.path)
        return self


def dotted(path: Path) -> str:
    """The path as people write it: ``services.web.ports[0]``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text or "the file"
