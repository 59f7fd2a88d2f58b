"""The one way from English words to what is shown.

Every visible string of this room passes through ``tr`` or ``trn``; a translation is a Qt catalogue with one context.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

CONTEXT = "Harmony"


def tr(text: str, **values: object) -> str:
    """Return ``text`` in the user's language, with ``{name}`` replaced by the values."""
    translated = QCoreApplication.translate(CONTEXT, text)
    return translated.format(**values) if values else translated


def trn(one: str, many: str, n: int, **values: object) -> str:
    """Return the form for a number.

    Args:
        one: English words for exactly one; may use ``{n}``.
        many: English words for any other number; the key of the translations, which bring their own plural forms.
        n: The number, also the value of ``{n}``.
        values: Further values.
    """
    translated = QCoreApplication.translate(CONTEXT, many, None, n)
    if translated == many and n == 1:
        translated = one
    return translated.format(n=n, **values)


def join_words(words: tuple[str, ...] | list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return tr("{first} and {last}", first=", ".join(words[:-1]), last=words[-1])


_SMALL_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def number_word(n: int) -> str:
    """Return small numbers as words ("four"), others as digits."""
    return tr(_SMALL_NUMBERS[n]) if 0 <= n < len(_SMALL_NUMBERS) else str(n)


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
