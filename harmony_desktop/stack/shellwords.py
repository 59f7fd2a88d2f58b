"""Command lines into words, as Compose splits a ``command`` or ``entrypoint`` that is one string.

This is not a shell's grammar, and not ``shlex`` either: an unquoted ``;``, ``&``, ``|``, ``<`` or ``>`` ends the
command, and what comes after it is lost.
"""

from __future__ import annotations

_ENDS = frozenset(";&|<>")
_BLANKS = frozenset(" \t\r\n")


def split(line: str) -> list[str]:
    """The words of a command line.

    Raises:
        ValueError: A quote is not closed, or a parenthesis stands where none may.
    """
    return _Splitter(line).words()


class _Splitter:
    """Reads one character after the other; four kinds of quotes, and an escape."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._words: list[str] = []
        self._word = ""
        self._started = False
        self._escaped = self._single = self._double = self._back = self._dollar = False

    def words(self) -> list[str]:
        for character in self._line:
            if self._escaped:
                self._word += {"n": "\n", "t": "\t"}.get(character, character)
                self._escaped, self._started = False, True
            elif character == "\\":
                self._backslash()
            elif character in _BLANKS:
                self._blank(character)
            elif character in "\"'":
                self._quote(character)
            elif character in _ENDS and not self._inside:
                # "2>file": the number belongs to the redirection, not to the command.
                self._started = self._started and not (character == ">" and self._word[:1].isdecimal())
                break
            else:
                self._other(character)
        if self._started:
            self._finish()
        if self._escaped or self._inside:
            raise ValueError("a quote or a parenthesis is not closed")
        return self._words

    @property
    def _inside(self) -> bool:
        return self._single or self._double or self._back or self._dollar

    def _finish(self) -> None:
        self._words.append(self._word)
        self._word, self._started = "", False

    def _add(self, character: str) -> None:
        self._word += character
        self._started = True

    def _backslash(self) -> None:
        if self._single:
            self._word += "\\"
        else:
            self._escaped = True

    def _blank(self, character: str) -> None:
        if self._inside:
            self._word += character
        elif self._started:
            self._finish()

    def _quote(self, character: str) -> None:
        other = self._single if character == '"' else self._double
        if other or self._dollar:
            self._add(character)
        elif character == '"':
            self._started = self._started or self._double
            self._double = not self._double
        else:
            self._started = self._started or self._single
            self._single = not self._single

    def _other(self, character: str) -> None:
        if character == "`" and not (self._single or self._double or self._dollar):
            self._back = not self._back
        elif character == ")" and not (self._single or self._double or self._back):
            self._dollar = not self._dollar
        elif character == "(" and not (self._single or self._double or self._back):
            if self._dollar or not self._word.endswith("$"):
                raise ValueError("a parenthesis stands outside quotes")
            self._dollar = True
            self._word += character
            return
        self._add(character)
