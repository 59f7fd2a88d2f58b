"""Which of two versions is newer: the part of PEP 440 that releases of this project use."""

from __future__ import annotations

import re
from functools import total_ordering

from harmony_desktop.records import dataclass

_FORM = re.compile(
    r"v?(?P<release>\d{1,9}(?:\.\d{1,9}){0,5})"
    r"(?:[-_.]?(?P<pre>a|alpha|b|beta|c|rc|pre|preview)[-_.]?(?P<pre_number>\d{0,9}))?"
    r"(?:(?:[-_.]?post[-_.]?|-)(?P<post>\d{1,9}))?"
    r"(?:[-_.]?dev[-_.]?(?P<dev>\d{0,9}))?"
    r"(?:\+[a-z0-9._-]{1,64})?",
    re.IGNORECASE | re.ASCII,
)
_PRE = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_FINAL = 3


@total_ordering
@dataclass(frozen=True, slots=True)
class Version:
    """A version that can be compared; a local part ("+build5") counts for nothing.

    Attributes:
        text: As it was written.
        release: Its numbers, without zeros at the end.
        stage: Alpha, beta, candidate or final, with its number.
        after: What came after it, or before it: (number of the post-release, number of the development release).
    """

    text: str
    release: tuple[int, ...]
    stage: tuple[int, int]
    after: tuple[int, float]

    @property
    def is_prerelease(self) -> bool:
        """Whether it is one for those who try things out."""
        return self.stage[0] < _FINAL or self.after[1] != float("inf")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __lt__(self, other: Version) -> bool:
        return self._key < other._key

    def __str__(self) -> str:
        return self.text

    @property
    def _key(self) -> tuple[tuple[int, ...], tuple[int, int], tuple[int, float]]:
        # A development release of a final one ("1.0.dev1") comes before all its candidates.
        early = self.stage[0] == _FINAL and self.after[0] < 0 and self.after[1] != float("inf")
        return self.release, (-1, 0) if early else self.stage, self.after


def parse_version(text: str) -> Version | None:
    """Return a version, or None for what is none."""
    found = _FORM.fullmatch(text.strip())
    if found is None:
        return None
    numbers = [int(part) for part in found["release"].split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    stage = (_PRE[found["pre"].lower()], int(found["pre_number"] or 0)) if found["pre"] else (_FINAL, 0)
    post = int(found["post"]) if found["post"] is not None else -1
    dev = float("inf") if found["dev"] is None else float(found["dev"] or 0)
    return Version(text.strip().removeprefix("v"), tuple(numbers), stage, (post, dev))
