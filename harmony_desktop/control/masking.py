"""Masks secrets in everything that leaves the panel: error texts, our own log, reports.

Three nets, each for what the others miss: what stands in a secret's place (by its name), what looks like a secret (by
its shape), and what was learned to be one, wherever and however encoded it turns up again.

Not masked: ``config``, whose job it is to show, and the services' logs as the user reads them (``logs``, the window's
log page), which are the services' own words.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from harmony_desktop.control.secret_names import is_chosen, is_secret
from harmony_desktop.control.secret_shapes import Span, harmless, hidden_part, spans

#: What stands in the place of a secret: legible, and harmless in YAML, JSON, shells and addresses.
MASK = "<masked>"

_ASSIGNED = re.compile(r"(?s)(--?)?([\w.\-]{1,128}+)=(.*)")
_FLAG = re.compile(r"--?[A-Za-z][\w.\-]{1,80}")
_RANDOM = re.compile(r"[A-Za-z0-9_\-+/=]{24,512}")
#: Keys within a secret section (``credentials: {…}``) whose values tell nothing.
_PLAIN_KEYS = frozenset({"type", "kind", "name", "user", "username", "url", "host", "port", "server", "registry"})
#: Users that say nothing of a person.
_COMMON_USERS = frozenset({"root", "user", "admin", "docker", "harmony", "nobody", "ubuntu", "debian", "app", "home"})
#: Characters from which on a learned secret is looked for anywhere; shorter ones only as words of their own.
_ANYWHERE = 8
_SHORTEST = 4


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
        if harmless(value) or len(value) < _SHORTEST or (value.isdigit() and len(value) < 6):
            return
        if len(value) < _ANYWHERE:
            for form in dict.fromkeys((value, urllib.parse.quote(value, safe=""))):
                self._words[form] = re.compile(rf"(?<![\w.-]){re.escape(form)}(?![\w-])")
        else:
            self._anywhere.update(dict.fromkeys(_forms(value)))
        if "\n" in value:
            for line in value.splitlines():
                if len(line.strip()) >= _ANYWHERE:
                    self._anywhere.update(dict.fromkeys(_forms(line.strip())))
        elif "\\n" in value and "PRIVATE KEY" in value:
            self.learn(value.replace("\\n", "\n"))
        for user_info in _passwords(value):
            self.learn(user_info)

    def learn_data(self, value: object) -> None:
        """Learn what stands in secrets' places of JSON-like data: a project, an inspection, a settings file."""

        def note(secret: str) -> str:
            self.learn(secret)
            self._learn_basic(secret)
            return secret

        def look(text: str) -> str:
            self.learn_text(text)
            return text

        _walk(value, note, look)

    def learn_text(self, text: str) -> None:
        """Learn what stands in secrets' places of a text, or looks like a secret."""
        for start, end in spans(text):
            self.learn(text[start:end])

    def learn_environment(self, variables: Mapping[str, str]) -> None:
        """Learn from variables: those of secret names, and values that nobody could have typed."""
        for name, value in variables.items():
            if is_secret(name):
                self.learn_data({name: value})
            elif _looks_random(value):
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
        """Return a text without secrets. Lines that were one text are best masked as one text."""
        masked = _masked(text, [*spans(text), *self._known(text)])
        for pattern, sign in self._identity:  # after the secrets: a name within one must not tear it apart
            masked = pattern.sub(sign, masked)
        return masked

    def data(self, value: object) -> Any:  # noqa: ANN401 - JSON-like data goes in, the same shape comes out
        """Return JSON-like data without secrets; keys and everything that is no secret stay."""
        return _walk(value, lambda _: MASK, self.text)

    def _known(self, text: str) -> Iterable[Span]:
        for value in self._anywhere:
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value)
                start = text.find(value, start + len(value))
        for value, pattern in self._words.items():
            if value in text:
                yield from (match.span() for match in pattern.finditer(text))


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


def _walk(
    value: Any,  # noqa: ANN401 - JSON-like
    secret: Callable[[str], str],
    plain: Callable[[str], str],
    *,
    hidden: bool = False,
    name: str = "",
) -> Any:  # noqa: ANN401 - JSON-like
    """Return data with each string passed on: to ``secret`` where it stands in a secret's place, else to ``plain``."""
    if isinstance(value, Mapping):
        pair = value.get("name") or value.get("key") or value.get("Name")
        paired = isinstance(pair, str) and is_secret(pair)
        made = {}
        for key, item in value.items():
            own = is_secret(str(key)) or (paired and str(key).lower() == "value")
            below = own or (hidden and str(key).lower() not in _PLAIN_KEYS)
            made[plain(key) if isinstance(key, str) else key] = _walk(
                item, secret, plain, hidden=below, name=str(key) if own else name
            )
        return made
    if isinstance(value, list | tuple):
        items = []
        for index, item in enumerate(value):
            before = value[index - 1] if index else None
            flagged = isinstance(before, str) and _FLAG.fullmatch(before) and is_secret(before)
            follows = bool(flagged) and isinstance(item, str) and not item.startswith("-")
            items.append(_walk(item, secret, plain, hidden=hidden or follows, name=name))
        return items
    if isinstance(value, str):
        return _string(value, secret, plain, hidden=hidden, chosen=is_chosen(name))
    if isinstance(value, int | float) and not isinstance(value, bool) and hidden and is_chosen(name):
        return secret(str(value))
    return value


def _string(
    value: str, secret: Callable[[str], str], plain: Callable[[str], str], *, hidden: bool, chosen: bool
) -> str:
    if hidden:
        if harmless(value, chosen=chosen):
            return value
        part = hidden_part(value)
        return value if part is None else value[: part[0]] + secret(value[part[0] : part[1]]) + value[part[1] :]
    assigned = _ASSIGNED.fullmatch(value)
    if assigned is None:
        return plain(value)
    dashes, name, rest = assigned[1] or "", assigned[2], assigned[3]
    if is_secret(name):
        return f"{dashes}{name}={_string(rest, secret, plain, hidden=True, chosen=is_chosen(name))}"
    if _looks_random(rest):
        return f"{dashes}{name}={secret(rest)}"
    return plain(value)


def _looks_random(value: str) -> bool:
    """Whether a variable's value is of a kind that only machines make, and that is no digest, path or number."""
    if not _RANDOM.fullmatch(value) or value.count("/") > 2:
        return False
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(sign) for sign in value) for kind in kinds)


def _forms(value: str) -> Iterable[str]:
    """Return a secret as it stands in files, addresses, logs and headers."""
    data = value.encode("utf-8", "surrogateescape")
    quoted = urllib.parse.quote(data, safe="")
    forms = {
        value,
        quoted,
        quoted.lower(),
        urllib.parse.quote(data, safe="/:@!$&'()*+,;=~"),
        urllib.parse.quote_plus(data),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(value))[3:-3],
        repr(value)[1:-1],
        value.replace("$", "$$"),
        value.replace("'", "''"),
        value.replace("'", "'\\''"),
        html.escape(value),
        data.hex(),
        data.hex().upper(),
    }
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= {_core(encode, data, offset) for offset in range(3)}
        # Twice, as Kubernetes and CI systems like to have it.
        forms.add(encode(encode(data)).decode("ascii").rstrip("="))
    return [form for form in forms if len(form) >= _ANYWHERE]


def _core(encode: Callable[[bytes], bytes], data: bytes, offset: int) -> str:
    """Return the part of a secret's base64 that is the same whatever stands before and behind it."""
    text = encode(b"\0" * offset + data).decode("ascii")
    skip = (offset * 8 + 5) // 6
    whole = (offset + len(data)) * 8 // 6
    return text[skip:whole]


def _passwords(value: str) -> Iterable[str]:
    """Return the password within an address, as it stands and decoded."""
    if "://" not in value or "@" not in value:
        return
    userinfo = value.partition("://")[2].rpartition("@")[0]
    password = userinfo.partition(":")[2]
    if password and "://" not in password:
        yield password
        yield urllib.parse.unquote(password)


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
