"""Masks secrets in everything that leaves the panel: error texts, our own log, reports.

Three nets, each for what the others miss: what stands in a secret's place (by its name), what looks like a secret (by
its shape), and what was learned to be one, wherever and however encoded it turns up again.

Not masked: ``config``, whose job it is to show, and the services' logs as the user reads them (``logs``, the window's
log page), which are the services' own words.
"""

from __future__ import annotations

import base64
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from harmony_desktop.control.secret_data import DataWalk, looks_random
from harmony_desktop.control.secret_forms import SHORTEST, forms, passwords
from harmony_desktop.control.secret_names import is_secret
from harmony_desktop.control.secret_places import placed
from harmony_desktop.control.secret_shapes import shaped
from harmony_desktop.control.secret_values import Span, harmless
from harmony_desktop.stack.words import Words

#: What stands in the place of a secret: legible, and harmless in YAML, JSON, shells and addresses.
MASK = "<masked>"

#: Users that say nothing of a person.
_COMMON_USERS = frozenset({"root", "user", "admin", "docker", "harmony", "nobody", "ubuntu", "debian", "app", "home"})
#: Characters of the shortest secret that is looked for; below ``SHORTEST`` only as a word of its own.
_LEAST = 4


class Masker:
    """Knows secrets, and masks them; grows wiser while it lives.

    Args:
        home: The user's home folder, shown as ``~``; "" leaves paths as they are.
        user: The user's name, shown as ``<user>``; "" leaves it.
    """

    def __init__(self, home: str = "", user: str = "") -> None:
        self._anywhere: dict[str, None] = {}
        self._words: dict[str, re.Pattern[str]] = {}
        self._identity = _identity(home, user)

    # Learning

    def learn(self, value: str) -> None:
        """Take a value for a secret from now on, in every encoding that is usual in logs and files."""
        value = value.strip()
        if harmless(value) or len(value) < _LEAST or (value.isdigit() and len(value) < 6):
            return
        if len(value) < SHORTEST:
            for form in dict.fromkeys((value, urllib.parse.quote(value, safe=""))):
                self._words[form] = re.compile(rf"(?<![\w.-]){re.escape(form)}(?![\w-])")
        else:
            self._anywhere.update(dict.fromkeys(forms(value)))
        if "\n" in value:
            for line in value.splitlines():
                if len(line.strip()) >= SHORTEST:
                    self._anywhere.update(dict.fromkeys(forms(line.strip())))
        elif "\\n" in value and "PRIVATE KEY" in value:
            self.learn(value.replace("\\n", "\n"))
        for user_info in passwords(value):
            self.learn(user_info)

    def learn_data(self, value: object, *, references: bool = False) -> None:
        """Learn what stands in secrets' places of JSON-like data: a project, an inspection, a settings file.

        Args:
            value: The data.
            references: Whether ``${TOKEN}`` in it refers to a variable, as in a compose file before it is resolved.
        """

        def note(secret: str) -> str:
            self.learn(secret)
            self._learn_basic(secret)
            return secret

        def look(text: str) -> str:
            self.learn_text(text)
            return text

        DataWalk(note, look, references).walk(value)

    def learn_text(self, text: str) -> None:
        """Learn what stands in secrets' places of a text, or looks like a secret.

        Mere words are hidden where they stand, and not learned: "invalid token: unexpected end" is no place of one.
        """
        for start, end in _spans(text):
            if not text[start:end].isalpha():
                self.learn(text[start:end])

    def learn_environment(self, variables: Mapping[str, str]) -> None:
        """Learn from variables: those of secret names, and values that nobody could have typed."""
        for name, value in variables.items():
            if is_secret(name):
                self.learn_data({name: value})
            elif looks_random(value):
                self.learn(value)
            else:
                self.learn_text(value)

    def _learn_basic(self, secret: str) -> None:
        """Learn the password within ``user:password`` in base64, as Docker keeps it."""
        if len(secret) % 4 or len(secret) < 8:
            return
        try:
            name, sign, password = base64.b64decode(secret, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return
        if sign and name.isprintable():
            self.learn(password)

    # Masking

    def text(self, text: str) -> str:
        """Return a text without secrets. Lines that were one text are best masked as one text.

        Words stay words, as long as all that is secret stands in their values.
        """
        if isinstance(text, Words):
            words = text.mapped(self._text)
            whole = self._text(text)
            return words if words == whole else whole
        return self._text(text)

    def _text(self, text: str) -> str:
        masked = _masked(text, [*_spans(text), *self._known(text)])
        for pattern, sign in self._identity:  # after the secrets: a name within one must not tear it apart
            masked = pattern.sub(sign, masked)
        return masked

    def data(self, value: object) -> Any:  # noqa: ANN401 - JSON-like data goes in, the same shape comes out
        """Return JSON-like data without secrets; keys and everything that is no secret stay."""
        return DataWalk(lambda _: MASK, self.text).walk(value)

    def _known(self, text: str) -> Iterable[Span]:
        for value in self._anywhere:
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value)
                start = text.find(value, start + len(value))
        for value, pattern in self._words.items():
            if value in text:
                yield from (match.span() for match in pattern.finditer(text))


def _spans(text: str) -> list[Span]:
    return [*shaped(text), *placed(text)]


def _masked(text: str, found: list[Span]) -> str:
    if not found:
        return text
    pieces: list[str] = []
    position = 0
    for start, end in _merged(found):
        pieces += [text[position:start], MASK]
        position = end
    return "".join([*pieces, text[position:]])


def _merged(found: list[Span]) -> list[Span]:
    """Return spans in order, those that overlap or touch as one."""
    merged: list[Span] = []
    for start, end in sorted(span for span in found if span[1] > span[0]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _identity(home: str, user: str) -> list[tuple[re.Pattern[str], str]]:
    patterns = []
    bare = home.rstrip("/\\")
    if len(bare) > 1:
        forms = {bare, bare.replace("\\", "/"), bare.replace("\\", "\\\\"), urllib.parse.quote(bare)}
        either = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
        patterns.append((re.compile(rf"(?<![\w.-])(?:{either})(?![\w.-])", re.IGNORECASE if "\\" in bare else 0), "~"))
    if len(user) >= 3 and user.lower() not in _COMMON_USERS:
        patterns.append((re.compile(rf"(?<![A-Za-z0-9]){re.escape(user)}(?![A-Za-z0-9])"), "<user>"))
    return patterns
