"""A merge of three texts: what the user has, what ships now, and what both come from. Pure.

The algorithm is that of diff3: stretches that all three share hold the texts together; between them, a change that
only one side made is taken, and what both sides changed differently is left to be chosen. It works on whole lines.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from harmony_desktop.records import dataclass

_NOTHING_CHOSEN: Mapping[int, Choice] = {}
#: How a conflict that nobody has decided is written, as many tools know it.
MARKS = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")


class Choice(enum.StrEnum):
    """What becomes of a hunk."""

    MINE = "mine"
    NEW = "new"
    BOTH = "both"
    """Mine, then the new lines."""


class Kind(enum.StrEnum):
    """Who changed a hunk."""

    SAME = "same"
    """Nobody."""
    MINE = "mine"
    """Only the user."""
    NEW = "new"
    """Only what ships."""
    ALIKE = "alike"
    """Both, in the same way."""
    CONFLICT = "conflict"
    """Both, in different ways; or it cannot be told who, because what both come from is not known."""


#: What a hunk becomes unless somebody says otherwise.
_BY_ITSELF = {Kind.SAME: Choice.MINE, Kind.MINE: Choice.MINE, Kind.NEW: Choice.NEW, Kind.ALIKE: Choice.MINE}


@dataclass(frozen=True, slots=True)
class Hunk:
    """A stretch of lines.

    Attributes:
        kind: Who changed it.
        base: Its lines in what both come from; none where that is not known.
        mine: Its lines in what the user has.
        new: Its lines in what ships now.
        line: The first of its lines in what the user has, from 1.
        new_line: The first of its lines in what ships now, from 1.
    """

    kind: Kind
    base: tuple[str, ...]
    mine: tuple[str, ...]
    new: tuple[str, ...]
    line: int
    new_line: int

    def lines(self, choice: Choice) -> tuple[str, ...]:
        """Return its lines after a choice."""
        if choice is Choice.BOTH:
            return (*self.mine, *self.new)
        return self.mine if choice is Choice.MINE else self.new


@dataclass(frozen=True, slots=True)
class Merge:
    """Three texts, hunk by hunk.

    Attributes:
        hunks: All of them, in the order of the text.
        has_base: Whether what both come from is known.
    """

    hunks: tuple[Hunk, ...]
    has_base: bool

    @property
    def changes(self) -> tuple[int, ...]:
        """The numbers of the hunks that somebody changed."""
        return tuple(number for number, hunk in enumerate(self.hunks) if hunk.kind is not Kind.SAME)

    @property
    def conflicts(self) -> tuple[int, ...]:
        """The numbers of the hunks that have to be chosen."""
        return tuple(number for number, hunk in enumerate(self.hunks) if hunk.kind is Kind.CONFLICT)

    def undecided(self, choices: Mapping[int, Choice] = _NOTHING_CHOSEN) -> tuple[int, ...]:
        """Return the conflicts that nobody has chosen."""
        return tuple(number for number in self.conflicts if number not in choices)

    def text(self, choices: Mapping[int, Choice] = _NOTHING_CHOSEN, *, labels: tuple[str, str] = ("", "")) -> str:
        """Return the result; what is undecided stands between marks.

        Args:
            choices: What was chosen, by the number of the hunk.
            labels: What to call the user's lines and the new ones behind the marks.
        """
        lines: list[str] = []
        for number, hunk in enumerate(self.hunks):
            choice = choices.get(number) or _BY_ITSELF.get(hunk.kind)
            lines += hunk.lines(choice) if choice is not None else self._marked(hunk, labels)
        return "\n".join(lines)

    def _marked(self, hunk: Hunk, labels: tuple[str, str]) -> Iterator[str]:
        mine, base, middle, new = MARKS
        yield f"{mine} {labels[0]}".rstrip()
        yield from hunk.mine
        if self.has_base:
            yield base
            yield from hunk.base
        yield middle
        yield from hunk.new
        yield f"{new} {labels[1]}".rstrip()


def merge(base: str | None, mine: str, new: str) -> Merge:
    r"""Merge three texts.

    Args:
        base: What both come from; None where it is not known: then every difference has to be chosen.
        mine: What the user has.
        new: What ships now. Lines end with ``\n`` in all three.
    """
    ours, theirs = mine.split("\n"), new.split("\n")
    found = _two(ours, theirs) if base is None else _three(base.split("\n"), ours, theirs)
    return Merge(tuple(_placed(found)), base is not None)


def is_marked(text: str) -> bool:
    """Return whether a text has a conflict that nobody has decided."""
    lines = text.split("\n")
    return all(any(line == mark or line.startswith(f"{mark} ") for line in lines) for mark in (MARKS[0], MARKS[-1]))


#: Kind, and the lines of the base, of the user and of what ships.
_Raw = tuple[Kind, Sequence[str], Sequence[str], Sequence[str]]


def _placed(found: Iterator[_Raw]) -> Iterator[Hunk]:
    line = new_line = 1
    for kind, base, mine, new in found:
        yield Hunk(kind, tuple(base), tuple(mine), tuple(new), line, new_line)
        line, new_line = line + len(mine), new_line + len(new)


def _two(mine: Sequence[str], new: Sequence[str]) -> Iterator[_Raw]:
    for tag, start, end, new_start, new_end in SequenceMatcher(None, mine, new, autojunk=False).get_opcodes():
        kind = Kind.SAME if tag == "equal" else Kind.CONFLICT
        yield kind, (), mine[start:end], new[new_start:new_end]


def _three(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> Iterator[_Raw]:
    at = (0, 0, 0)
    for begin, length in _shared(base, mine, new):
        stretches = [lines[start:stop] for lines, start, stop in zip((base, mine, new), at, begin, strict=True)]
        yield from _between(*stretches)
        if length:
            kept = base[begin[0] : begin[0] + length]
            yield Kind.SAME, kept, kept, kept
        at = (begin[0] + length, begin[1] + length, begin[2] + length)


def _shared(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> Iterator[tuple[tuple[int, int, int], int]]:
    """Yield where stretches begin that all three share, and their length; the end of all is the last one."""
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    theirs = SequenceMatcher(None, base, new, autojunk=False).get_matching_blocks()
    first = second = 0
    while first < len(ours) and second < len(theirs):
        left, right = ours[first], theirs[second]
        start, end = max(left.a, right.a), min(left.a + left.size, right.a + right.size)
        if start < end:
            yield (start, left.b + start - left.a, right.b + start - right.a), end - start
        if left.a + left.size < right.a + right.size:
            first += 1
        else:
            second += 1
    yield (len(base), len(mine), len(new)), 0


def _between(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> Iterator[_Raw]:
    """Yield what stands between two shared stretches."""
    if mine == new:
        if mine != base:
            yield Kind.ALIKE, base, mine, new
        elif mine:
            yield Kind.SAME, base, mine, new
    elif mine == base:
        yield Kind.NEW, base, mine, new
    elif new == base:
        yield Kind.MINE, base, mine, new
    else:
        yield from _conflict(base, mine, new)


def _conflict(base: Sequence[str], mine: Sequence[str], new: Sequence[str]) -> Iterator[_Raw]:
    """Yield a conflict without the lines at its edges that both sides wrote alike."""
    shorter = min(len(mine), len(new))
    head = next((n for n in range(shorter) if mine[n] != new[n]), shorter)
    rest = shorter - head
    tail = next((n for n in range(rest) if mine[-1 - n] != new[-1 - n]), rest)
    if head:
        yield Kind.ALIKE, (), mine[:head], new[:head]
    yield Kind.CONFLICT, base, mine[head : len(mine) - tail], new[head : len(new) - tail]
    if tail:
        yield Kind.ALIKE, (), mine[len(mine) - tail :], new[len(new) - tail :]
