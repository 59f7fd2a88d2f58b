"""English words that remember what they were made of, so that the window can say them in the user's language.

The rooms below the window speak English: their texts go to scripts, logs and reports as they are. Where a text reaches
the window as well, it is made by ``say``, and the window looks up its template, not the finished sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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

    def mapped(self, change: Callable[[str], str]) -> Words:
        """Return the same words with every text in their places changed, and those of Words in turn."""
        return Words(self.template, {name: _mapped(value, change) for name, value in self.values.items()}, *self._rest)

    @property
    def _rest(self) -> tuple[str, int]:
        return self.plural, self.number

    def __reduce__(self) -> tuple[type[Words], tuple[str, Mapping[str, object], str, int]]:
        """Let it be copied and sent with what it was made of."""
        return Words, (self.template, dict(self.values), self.plural, self.number)


def _mapped(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, Words):
        return value.mapped(change) if value.values else value
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


def joined(parts: Iterable[str], separator: str = " ") -> Words:
    """Return several texts as one; each is translated by itself, empty ones are left out."""
    kept = {f"part{index}": part for index, part in enumerate(part for part in parts if part)}
    return Words(separator.join(f"{{{name}}}" for name in kept), kept)
