"""The one way from English words to what is shown.

Every visible string of this room passes through ``tr`` or ``trn``; texts that come from the core pass through ``told``.
The translations are gettext catalogues (resources/translations); English needs none and loads none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from harmony_desktop.stack.words import Capital, Words


class Catalogue(Protocol):
    """What gettext's translations can do, as far as it is needed."""

    def gettext(self, message: str) -> str:
        """Return the translation, or the message itself."""
        ...

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for a number, or the English one."""
        ...


class _English:
    """The texts as they are."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n == 1 else msgid2


_ENGLISH = _English()
_catalogue: Catalogue = _ENGLISH


_decimal_point = "."


def use(catalogue: Catalogue | None, decimal_point: str = ".") -> None:
    """Say everything from now on in the language of a catalogue, or in English.

    Args:
        catalogue: The translations; None for English.
        decimal_point: What stands before the tenths in numbers that the core has put into its texts.
    """
    global _catalogue, _decimal_point
    _catalogue, _decimal_point = catalogue or _ENGLISH, decimal_point


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the user's language, with ``{name}`` replaced by the values."""
    translated = _catalogue.gettext(text) if text else ""
    return translated.format(**values) if values else translated


def trn(one: str, many: str, n: int, /, **values: object) -> str:
    """Return the form for a number.

    Args:
        one: English words for exactly one; may use ``{n}``.
        many: English words for any other number.
        n: The number, also the value of ``{n}``.
        values: Further values.
    """
    return _catalogue.ngettext(one, many, n).format(n=n, **values)


def told(text: str) -> str:
    """Return a text of the core in the user's language; what is not made of known words stays as it is."""
    if not text:
        return ""  # gettext would answer with the catalogue's own head
    if not isinstance(text, Words):
        # A constant text, or one that comes from elsewhere (an engine, a log): known or not.
        return _catalogue.gettext(text)
    if _catalogue is _ENGLISH and _decimal_point == ".":
        return str(text)
    values = {name: _told_value(value) for name, value in text.values.items()}
    template = (
        _catalogue.ngettext(text.template, text.plural, text.number)
        if text.plural
        else _catalogue.gettext(text.template)
    )
    filled = template.format_map(values) if values else template
    return capitalised(filled) if isinstance(text, Capital) else filled


def _told_value(value: object) -> object:
    if isinstance(value, str):
        return told(value)
    return _Fraction(value) if isinstance(value, float) else value


class _Fraction(float):
    """A number that is written with the user's decimal point, whatever the template asks for."""

    def __format__(self, form: str) -> str:
        return float.__format__(self, form).replace(".", _decimal_point)


def bare(text: str) -> str:
    """Return a text of the core without its full stop, to stand within a sentence."""
    return told(text).rstrip(".。")


def join_words(words: tuple[str, ...] | list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return tr("{first} and {last}", first=tr(", ").join(words[:-1]), last=words[-1])


#: What ``number_word`` says, each as a literal for the catalogue.
_NUMBERS: tuple[Callable[[], str], ...] = (
    lambda: tr("no"),
    lambda: tr("one"),
    lambda: tr("two"),
    lambda: tr("three"),
    lambda: tr("four"),
    lambda: tr("five"),
    lambda: tr("six"),
    lambda: tr("seven"),
    lambda: tr("eight"),
    lambda: tr("nine"),
    lambda: tr("ten"),
    lambda: tr("eleven"),
    lambda: tr("twelve"),
)


def number_word(n: int) -> str:
    """Return small numbers as words ("four"), others as digits."""
    return _NUMBERS[n]() if 0 <= n < len(_NUMBERS) else str(n)


def capitalised(text: str) -> str:
    """Return the text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]
