"""What is looked for in the log: plain text or a regular expression, and where it stands in a line. No widgets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from harmony_desktop.ui.i18n import tr

if TYPE_CHECKING:
    import regex

#: Characters of a pattern, beyond which compiling alone would take too long.
MAX_PATTERN = 1_000
#: Seconds that one line may take.
_LINE_LIMIT = 0.005
#: Lines that may take longer before the search gives up.
_PATIENCE = 5
#: Matches of one line that are painted.
MAX_SHOWN = 2_000


class QueryError(Exception):
    """A pattern that cannot be searched for; the text says why, for the user."""


class Options(NamedTuple):
    """How the text is meant."""

    regex: bool = False
    case: bool = False
    word: bool = False


class Found(NamedTuple):
    """A line with matches: its place in the chunk, and how many matches."""

    place: int
    matches: int


class Query:
    """A compiled search.

    Plain text is searched by ``re``, whose time grows with the text alone. What a user writes as a regular expression
    may take for ever (``(x+x+)+y``): for that there is the ``regex`` package, which can be given a time limit.

    Args:
        text: What was typed.
        options: How it is meant.

    Raises:
        QueryError: it is no pattern.
    """

    def __init__(self, text: str, options: Options = Options()) -> None:  # noqa: B008 - immutable
        self.text = text
        self.options = options
        self._slow = 0
        self._plain: re.Pattern[str] | None = None
        self._regex: regex.Pattern[str] | None = None
        # What is looked for where find() can do it, in small letters unless the case matters; "" elsewhere.
        self._simple = ""
        self._as_it_is = options.case or text.lower() == text.upper()
        if len(text) > MAX_PATTERN:
            raise QueryError(tr("Too long"))
        if options.regex and _SPECIAL.search(text):
            self._regex = _compiled(text, options)
        else:
            pattern = re.escape(text)
            if options.word:
                pattern = rf"(?<!\w){pattern}(?!\w)"
            elif text.isascii():
                self._simple = text if options.case else text.lower()
            self._plain = re.compile(pattern, 0 if options.case else re.IGNORECASE)

    @property
    def too_slow(self) -> bool:
        """Whether it was given up."""
        return self._slow >= _PATIENCE

    @property
    def is_plain(self) -> bool:
        """Whether it takes no longer than the text is long."""
        return self._plain is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the matches stand in a line, at most ``MAX_SHOWN``."""
        found: list[tuple[int, int]] = []
        for span in self._iterate(text):
            found.append(span)
            if len(found) == MAX_SHOWN:
                break
        return found

    def count(self, text: str) -> int:
        """Return how many matches a line has."""
        if self._regex is None or self._regex.groups or self.too_slow:
            return sum(1 for _ in self._iterate(text))
        try:  # the quick way, open to patterns without groups
            return sum(map(bool, self._regex.findall(text, timeout=_LINE_LIMIT)))
        except TimeoutError:
            self._slow += 1
            return 0

    def found_in(self, whole: str) -> list[Found]:
        """Return the lines with matches, quickly; only for a plain query.

        Args:
            whole: The lines, one below the other.
        """
        if self._plain is None:
            return [Found(place, count) for place, text in enumerate(whole.split("\n")) if (count := self.count(text))]
        found: list[Found] = []
        place = count = before = 0
        for start in self._starts(self._plain, whole):
            below = whole.count("\n", before, start)
            if below and count:
                found.append(Found(place, count))
                count = 0
            place, count, before = place + below, count + 1, start
        if count:
            found.append(Found(place, count))
        return found

    def _starts(self, pattern: re.Pattern[str], whole: str) -> Iterator[int]:
        """Yield where the matches begin. find() is ten times as quick as a pattern that does not mind the case.

        Letters beyond ASCII are left to the pattern: some of them are the same as others only for it.
        """
        if not self._simple or not whole.isascii():
            yield from (match.start() for match in pattern.finditer(whole))
            return
        text = whole if self._as_it_is else whole.lower()
        start = text.find(self._simple)
        while start >= 0:
            yield start
            start = text.find(self._simple, start + len(self._simple))

    def _iterate(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield the matches that are not empty; a line that takes too long has none more."""
        if self._plain is not None:
            for match in self._plain.finditer(text):
                yield match.span()
        elif self._regex is not None and not self.too_slow:
            try:
                for found in self._regex.finditer(text, timeout=_LINE_LIMIT):
                    if found.end() > found.start():
                        yield found.span()
            except TimeoutError:
                self._slow += 1


#: Without one of these a regular expression is plain text.
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]()|]")


def _compiled(text: str, options: Options) -> regex.Pattern[str]:
    import regex  # noqa: PLC0415 - only for those who write regular expressions

    pattern = rf"(?<!\w)(?:{text})(?!\w)" if options.word else text
    try:
        regex.compile(text)  # for its own sake: the frame of a whole word could mend a pattern that is broken
        return regex.compile(pattern, 0 if options.case else regex.IGNORECASE)
    except regex.error as error:
        raise QueryError(_plain_words(str(error))) from error
    except (RecursionError, OverflowError, MemoryError) as error:
        raise QueryError(tr("Too deeply nested")) from error


def _plain_words(message: str) -> str:
    """Return the library's English message as ours, where we know it."""
    known = (
        ("missing )", tr("A “(” is not closed")),
        ("unbalanced parenthesis", tr("A “)” is not opened")),
        ("unterminated character set", tr("A “[” is not closed")),
        ("bad character range", tr("A range in “[…]” runs backwards")),
        ("nothing to repeat", tr("Nothing stands before “*”, “+” or “?”")),
        ("multiple repeat", tr("Two repetitions follow one another")),
        ("min repeat greater than max repeat", tr("A repetition’s least is more than its most")),
        ("bad escape", tr("A “\\” stands before nothing that it can escape")),
    )
    for start, words in known:
        if message.startswith(start):
            return words
    return tr("Not a regular expression: {message}", message=message)
