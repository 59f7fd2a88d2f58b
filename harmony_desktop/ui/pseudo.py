"""A language that nobody speaks: accents on every letter, longer than English, in brackets.

What stays plain on screen was not translated, and what loses its brackets was cut off. ``HARMONY_LANGUAGE=pseudo``.
"""

from __future__ import annotations

import re

_PLAIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ACCENTED = "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž"
_TABLE = str.maketrans(_PLAIN, _ACCENTED)
#: Places of values, which stay as they are.
_PLACE = re.compile(r"(\{[^{}]*\})")
#: Besides the brackets, which take some of it on short texts.
_LONGER = 0.4


class PseudoCatalogue:
    """A catalogue that is made while it is read.

    Args:
        known: The texts that the catalogues of real languages translate. Others stay as they are, as they would in
            these: an engine's own words, and what was forgotten.
    """

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def gettext(self, message: str) -> str:
        """Return the message in disguise, if it is known."""
        return pseudo(message) if message in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for a number in disguise, if it is known."""
        return self.gettext(msgid1) if n == 1 else pseudo(msgid2) if msgid1 in self._known else msgid2


def pseudo(message: str) -> str:
    """Return a text in disguise: ``[!!Šţåŕţ~~!!]``."""
    parts = _PLACE.split(message)
    letters = sum(len(part) for part in parts[::2])
    if not any(character.isalpha() for part in parts[::2] for character in part):
        return message
    disguised = "".join(part if index % 2 else part.translate(_TABLE) for index, part in enumerate(parts))
    # In words, as real texts are: a line has to break somewhere.
    longer = "".join(" " if place % 6 == 5 else "~" for place in range(round(letters * _LONGER))).rstrip()
    return f"[!!{disguised}{longer}!!]"
