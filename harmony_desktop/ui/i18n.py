"""The one way from English words to what is shown.

Every visible string of this room passes through ``tr`` or ``trn``; texts that come from the core pass through ``told``.
The translations are gettext catalogues (resources/translations); English needs none and loads none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from harmony_desktop.stack.words import Words


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


def use(catalogue: Catalogue | None) -> None:
    """Say everything from now on in the language of a catalogue, or in English."""
    global _catalogue  # noqa: PLW0603 - the one language of the process
    _catalogue = catalogue or _ENGLISH


def tr(text: str, **values: object) -> str:
    """Return ``text`` in the user's language, with ``{name}`` replaced by the values."""
    translated = _catalogue.gettext(text) if text else ""
    return translated.format(**values) if values else translated


def trn(one: str, many: str, n: int, **values: object) -> str:
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
    if _catalogue is _ENGLISH or not text:
        return str(text)
    if not isinstance(text, Words):
        # A constant text, or one that comes from elsewhere (an engine, a log): known or not.
        return _catalogue.gettext(text)
    values: Mapping[str, object] = {
        name: told(value) if isinstance(value, str) else value for name, value in text.values.items()
    }
    template = (
        _catalogue.ngettext(text.template, text.plural, text.number)
        if text.plural
        else _catalogue.gettext(text.template)
    )
    return template.format_map(values) if values else template


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
