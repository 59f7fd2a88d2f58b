"""The colours that programs give their lines, as this theme shows them: always readable (WCAG AA). No widgets."""

from __future__ import annotations

from typing import NamedTuple

from harmony_desktop.control.ansi import BOLD, DEFAULT, DIM, INVERSE, TRUE_COLOUR, Pen
from harmony_desktop.ui.theme import Colours, contrast, mixed

#: The contrast that text must have with what is behind it (WCAG 2.2, AA).
READABLE = 4.5
_STEPS = 16
_CUBE = (0, 95, 135, 175, 215, 255)


class Ink(NamedTuple):
    """What a pen becomes: the colour of the text, and of its ground ("" for the view's own)."""

    text: str
    ground: str


class PenColours:
    """Turns pens into colours of a scheme.

    Args:
        colours: The scheme.
    """

    def __init__(self, colours: Colours) -> None:
        c = self._colours = colours
        usual = (c.second, c.failed, c.ready, c.attention, c.services[6], c.services[4], c.services[3], c.text)
        self._palette = (*usual, *(mixed(c.text, colour, 0.25) for colour in usual))
        self._known: dict[Pen, Ink] = {}

    def ink(self, pen: Pen) -> Ink:
        """Return the colours of a pen."""
        if pen not in self._known:
            self._known[pen] = self._mix(pen)
        return self._known[pen]

    def _mix(self, pen: Pen) -> Ink:
        c = self._colours
        ink, ground = pen.ink, pen.ground
        if pen.flags & BOLD and 0 <= ink < 8:
            ink += 8  # as terminals do
        text = c.text if ink == DEFAULT else self._colour(ink)
        behind = "" if ground == DEFAULT else self._colour(ground)
        if pen.flags & INVERSE:
            text, behind = behind or c.sunken, text
        if pen.flags & DIM:
            text = mixed(text, behind or c.sunken, 0.6)
        return Ink(_readable(text, behind or c.sunken), behind)

    def _colour(self, number: int) -> str:
        if number >= TRUE_COLOUR:
            return f"#{number - TRUE_COLOUR:06x}"
        if number < 16:
            return self._palette[number]
        if number < 232:
            number -= 16
            return "#" + "".join(f"{_CUBE[number // place % 6]:02x}" for place in (36, 6, 1))
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3


def _readable(text: str, ground: str) -> str:
    """Return the colour, moved towards black or white as far as it must to be readable."""
    goal = max(("#000000", "#ffffff"), key=lambda end: contrast(end, ground))
    for step in range(_STEPS + 1):
        made = mixed(goal, text, step / _STEPS)
        if contrast(made, ground) >= READABLE:
            return made
    return goal
