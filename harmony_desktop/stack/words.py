"""English words that remember what they were made of, so that the window can say them in the user's language.

The rooms below the window speak English: their texts go to scripts, logs and reports as they are. Where a text reaches
the window as well, it is made by ``say``, and the window looks up its template, not the finished sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Self


class Words(str):
    """A text with its template and values; in every other way the English text itself.

    Attributes:
        template: The English text with ``{name}`` for each value; the key of the translations.
        values: What stands in these places; may be Words in turn.
        plural: Another template for any number but one, or "".
        number: The number that chooses between the two.
    """

    template: str
    values: Mapping[str, object]
    plural: str
    number: int

    __slots__ = ("number", "plural", "template", "values")

    def __new__(cls, template: str, values: Mapping[str, object], plural: str = "", number: int = 1) -> Self:
        """Fill the template in English."""
        chosen = plural if plural and number != 1 else template
        made = super().__new__(cls, chosen.format_map(values) if values else chosen)
        made.template, made.values, made.plural, made.number = template, values, plural, number
        return made

    def mapped(self, change: Callable[[str], str]) -> Self:
        """Return the same words with every text in their places changed, and those of Words in turn."""
        values = {name: _mapped(value, change) for name, value in self.values.items()}
        return type(self)(self.template, values, self.plural, self.number)

    def __reduce__(self) -> tuple[type[Self], tuple[str, Mapping[str, object], str, int]]:
        """Let it be copied and sent with what it was made of."""
        return type(self), (self.template, dict(self.values), self.plural, self.number)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, Words):
        return value.mapped(change) if value.values else value
    if isinstance(value, PurePath | BaseException):
        return change(str(value))
    return change(value) if isinstance(value, str) else value


def say(template: str, /, **values: object) -> Words:
    """Return words for people.

    Args:
        template: English, with ``{name}`` for each value. A literal: the catalogue is made of the literals in the code.
        values: What stands in these places.
    """
    return Words(template, values)


def say_number(one: str, many: str, n: int, /, **values: object) -> Words:
    """Return words that depend on a number, which is ``{n}`` in them."""
    return Words(one, {"n": n, **values}, many, n)


class Capital(Words):
    """Words that begin with a capital letter, in whatever language."""

    __slots__ = ()

    def __new__(cls, template: str, values: Mapping[str, object], plural: str = "", number: int = 1) -> Self:
        """Fill the template in English."""
        filled = super().__new__(cls, template, values, plural, number)
        made = str.__new__(cls, f"{filled[:1].upper()}{filled[1:]}")
        made.template, made.values, made.plural, made.number = template, values, plural, number
        return made


def capital(text: str) -> str:
    """Return a text with a capital letter at its beginning."""
    return Capital("{text}", {"text": text}) if text else text


def unstopped(text: str) -> str:
    """Return a text without a full stop at its end, to stand within a sentence; Words of ours have none there."""
    return text.rstrip(".") if text.endswith(".") else text


def enumerated(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(parts) < 2:
        return "".join(parts) if not parts else parts[0]
    return say("{first} and {last}", first=joined(parts[:-1], ", "), last=parts[-1])


def joined(parts: Iterable[str], separator: str = " ") -> Words:
    """Return several texts as one; each is translated by itself, empty ones are left out."""
    kept = {f"part{index}": part for index, part in enumerate(part for part in parts if part)}
    return Words(separator.join(f"{{{name}}}" for name in kept), kept)
