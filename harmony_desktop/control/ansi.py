"""From a raw log line to plain text and the colours that its escape sequences ask for. Pure functions.

What comes out can be painted safely: no control characters, no marks that turn the direction of the text, no endless
heaps of combining signs, tabs as spaces.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple

#: Characters of one line that are kept.
MAX_LENGTH = 131_072
#: What stands at the end of a line that was cut.
CUT = " …"
#: Colour sequences of one line that are read; the rest is only taken out.
_MAX_SEQUENCES = 4_096
#: Combining or invisible signs that may follow one another.
_MAX_MARKS = 8
_TAB = 8

DEFAULT = -1
"""The colour that the view has anyway."""
TRUE_COLOUR = 1 << 24
"""Added to a colour that is given as 0xRRGGBB; smaller numbers are places in the palette of 256."""

BOLD, DIM, ITALIC, UNDERLINE, INVERSE, STRIKE = (1 << bit for bit in range(6))


class Pen(NamedTuple):
    """How characters look.

    Attributes:
        ink: Colour of the text (see ``DEFAULT`` and ``TRUE_COLOUR``).
        ground: Colour behind it.
        flags: ``BOLD``, ``DIM``, … together.
    """

    ink: int = DEFAULT
    ground: int = DEFAULT
    flags: int = 0


PLAIN = Pen()


class Span(NamedTuple):
    """A part of a line that does not look plain: from one column up to another."""

    start: int
    end: int
    pen: Pen


_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)([0-?]*)[ -/]*([@-~])"  # CSI: colours, cursor movements
    r"|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC: titles, links
    r"|(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])[^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # strings for devices
    r"|\x1b[ -/]*[0-~]?"
)


def parse(raw: str) -> tuple[str, tuple[Span, ...]]:
    """Return what a terminal would show of a line in the end, and where it is not plain."""
    if raw.isprintable() and raw.isascii() and len(raw) <= MAX_LENGTH:
        return raw, ()
    cut = len(raw) > MAX_LENGTH
    if cut:
        raw = raw[:MAX_LENGTH]
    spans: tuple[Span, ...] = ()
    if "\r" in raw:
        raw = _last_shown(raw)
    if "\x1b" in raw or "\x9b" in raw or "\x9d" in raw or "\x90" in raw:
        text, spans = _coloured(raw)
    else:
        text = _printable(raw, 0)
    if len(text) > MAX_LENGTH:  # tabs make lines longer
        text, cut = text[:MAX_LENGTH], True
        spans = tuple(span for span in spans if span.end <= MAX_LENGTH)
    return (text + CUT if cut else text), spans


def clean(raw: str) -> str:
    """Return the plain text of a raw line."""
    return parse(raw)[0]


def _last_shown(raw: str) -> str:
    """Return what stands after the last carriage return that something follows."""
    shown = [part for part in raw.split("\r") if part]
    return shown[-1] if shown else ""


def _coloured(raw: str) -> tuple[str, tuple[Span, ...]]:
    parts: list[str] = []
    spans: list[Span] = []
    pen = PLAIN
    length = position = 0
    for count, found in enumerate(_ESCAPES.finditer(raw)):
        if count == _MAX_SEQUENCES:
            raw = raw[:position] + _ESCAPES.sub("", raw[position:])
            break
        length = _put(raw[position : found.start()], pen, parts, spans, length)
        position = found.end()
        if found[2] == "m":
            pen = _next_pen(pen, found[1])
    _put(raw[position:], pen, parts, spans, length)
    return "".join(parts), tuple(spans)


def _put(piece: str, pen: Pen, parts: list[str], spans: list[Span], length: int) -> int:
    """Add a piece of text in one pen and return the length of the line so far."""
    if not piece:
        return length
    piece = _printable(piece, length)
    parts.append(piece)
    end = length + len(piece)
    if pen != PLAIN and piece:
        if spans and spans[-1].end == length and spans[-1].pen == pen:
            spans[-1] = Span(spans[-1].start, end, pen)
        else:
            spans.append(Span(length, end, pen))
    return end


_FLAGS_ON = {1: BOLD, 2: DIM, 3: ITALIC, 4: UNDERLINE, 7: INVERSE, 9: STRIKE, 21: UNDERLINE}
_FLAGS_OFF = {22: BOLD | DIM, 23: ITALIC, 24: UNDERLINE, 27: INVERSE, 29: STRIKE}

_INKS = {39: DEFAULT, **{30 + n: n for n in range(8)}, **{90 + n: 8 + n for n in range(8)}}
_GROUNDS = {code + 10: colour for code, colour in _INKS.items()}


@lru_cache(maxsize=1024)
def _next_pen(pen: Pen, parameters: str) -> Pen:
    """Return the pen after a sequence "select graphic rendition" (ECMA-48, and the 256 and true colours of xterm)."""
    codes = [int(code) if code.isdecimal() and len(code) < 6 else 0 for code in re.split("[;:]", parameters)]
    index = 0
    while index < len(codes):
        code = codes[index]
        index += 1
        if code == 0:
            pen = PLAIN
        elif code in _FLAGS_ON:
            pen = pen._replace(flags=pen.flags | _FLAGS_ON[code])
        elif code in _FLAGS_OFF:
            pen = pen._replace(flags=pen.flags & ~_FLAGS_OFF[code])
        elif code in _INKS:
            pen = pen._replace(ink=_INKS[code])
        elif code in _GROUNDS:
            pen = pen._replace(ground=_GROUNDS[code])
        elif code in {38, 48}:
            colour, used = _extended(codes[index:])
            index += used
            if colour is not None:
                pen = pen._replace(ink=colour) if code == 38 else pen._replace(ground=colour)
    return pen


def _extended(codes: list[int]) -> tuple[int | None, int]:
    """Return the colour that ``5;N`` or ``2;R;G;B`` means, and how many numbers it took."""
    if len(codes) >= 2 and codes[0] == 5:
        return (codes[1] if codes[1] < 256 else None), 2
    if len(codes) >= 4 and codes[0] == 2:
        red, green, blue = (min(code, 255) for code in codes[1:4])
        return TRUE_COLOUR | red << 16 | green << 8 | blue, 4
    return None, len(codes)


# Signs that must not be painted as they are


class _Signs(dict[int, int | None]):
    """The table for ``str.translate``; what a sign becomes is found out once."""

    def __missing__(self, code: int) -> int | None:
        self[code] = made = _shown_as(code)
        return made


def _shown_as(code: int) -> int | None:
    if code in _KEPT:
        return code
    kind = unicodedata.category(chr(code))
    if kind in {"Cc", "Cs", "Co", "Cn"}:
        return ord("\N{REPLACEMENT CHARACTER}")
    if kind in {"Cf", "Zl", "Zp"}:  # marks of direction, byte order, soft hyphens, line separators
        return None
    return ord(" ") if kind == "Zs" else code


#: Parts of emoji and of several scripts.
_JOINERS = frozenset({0x200C, 0x200D})
#: Tabs are expanded later.
_KEPT = _JOINERS | {0x09}
_SIGNS = _Signs()


def _printable(text: str, column: int) -> str:
    if not text.isprintable():
        text = text.translate(_SIGNS)
        if "\t" in text:
            shift = column % _TAB
            text = (" " * shift + text).expandtabs(_TAB)[shift:]
    return text if text.isascii() else _heaps().sub(r"\1", text)


@cache
def _heaps() -> re.Pattern[str]:
    """Return a pattern of heaps: more combining or invisible signs in a row than any language needs.

    Only those of the basic plane (and the selectors of variants): for a set of these, ``re`` has a quick way.
    """
    ranges: list[str] = []
    first = last = 0
    for code in range(0x300, 0x10000):
        if code not in _JOINERS and unicodedata.category(chr(code)) not in {"Mn", "Me", "Mc"}:
            continue
        if code != last + 1:
            if first:
                ranges.append(f"{chr(first)}-{chr(last)}")
            first = code
        last = code
    ranges += [f"{chr(first)}-{chr(last)}", "\U000e0100-\U000e01ef"]
    marks = "[" + "".join(ranges) + "]"
    return re.compile(f"({marks}{{{_MAX_MARKS}}}){marks}+")
