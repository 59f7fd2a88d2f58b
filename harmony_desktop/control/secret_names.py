"""Which names stand before a secret: of variables, keys, headers, flags and query parameters. Pure.

A name counts by its words (``OPENAI_API_KEY``, ``apiKey`` and ``--api-key`` all read "api key"), so that neither
``tokenizer`` nor ``max_tokens`` nor ``harmony-user.key`` (a file's name) is taken for one.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

#: What a person chose, however plain it looks: numbers are masked as well.
_CHOSEN = frozenset({"password", "passwords", "passwd", "passphrase", "pwd", "pass", "pw", "secret", "secrets"})
#: What a machine made: never a small number, never a switch.
_MADE = frozenset(
    {
        *(
            "token",
            "tokens",
            "apikey",
            "apikeys",
            "credential",
            "credentials",
            "cred",
            "creds",
            "auth",
            "authorization",
        ),
        *("basicauth", "bearer", "cookie", "cookies", "jwt", "session", "signature", "sig", "webhook", "xauth"),
    }
)
#: Endings of words that are written in one (``identitytoken``, ``PGPASSWORD``, ``clientsecret``).
_ENDINGS = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey", "privatekey"),
    *("secretkey", "authkey", "credentials"),
)
#: What stands before "key" where the key is none to hide.
_OPEN_KEYS = frozenset(
    {
        *("public", "primary", "foreign", "sort", "partition", "cache", "hot", "short", "cut", "map", "index", "group"),
        *("config", "object", "dict", "json", "lookup", "unique", "host", "row", "column", "unknown", "missing", "no"),
        *("duplicate", "the", "a", "any", "this", "label", "query", "value", "sandbox", "kv", "num", "n", "past"),
    }
)
#: A last word that says that a name is *about* a secret: its place, its size, what kind it is.
_ABOUT = frozenset(
    {
        *("file", "files", "path", "paths", "dir", "folder", "url", "uri", "host", "endpoint", "name", "names", "type"),
        *("kind", "count", "length", "len", "limit", "size", "max", "min", "ttl", "expiry", "expires", "expiration"),
        *("in", "at", "timeout", "enabled", "disabled", "required", "policy", "method", "mode", "provider", "store"),
        *(
            "helper",
            "helpers",
            "version",
            "algorithm",
            "format",
            "usage",
            "rate",
            "budget",
            "bus",
            "address",
            "manager",
        ),
        *(
            "class",
            "desktop",
            "seat",
            "vtnr",
            "seconds",
            "sock",
            "pid",
            "agent",
            "issuer",
            "audience",
            "scope",
            "scopes",
            "realm",
            "domain",
        ),
        *("parallel", "per", "second", "window", "position", "index", "json", "yaml", "yml", "txt", "pem", "key_id"),
    }
)
#: A section of compose files, and the working directory.
_ELSE = frozenset({("secrets",), ("pwd",), ("oldpwd",)})
_DESKTOPS = frozenset({"xdg", "desktop", "dbus", "gnome", "kde"})
#: Tokens of a language model, which every log of one is full of.
_LANGUAGE = frozenset(
    {
        *(
            "max",
            "min",
            "num",
            "n",
            "new",
            "stop",
            "special",
            "total",
            "prompt",
            "completion",
            "input",
            "output",
            "out",
        ),
        *("context", "pad", "eos", "bos", "unk", "sep", "mask", "ban", "banned", "custom", "skip", "per", "generated"),
        *(
            "cached",
            "reasoning",
            "vocab",
            "added",
            "add",
            "first",
            "last",
            "next",
            "image",
            "start",
            "end",
            "evaluated",
        ),
        *("predicted", "batch", "by", "of", "invalid", "unexpected", "unknown", "begin"),
    }
)


@lru_cache(maxsize=4096)
def words_of(name: str) -> tuple[str, ...]:
    """Return a name's words in small letters: ``("openai", "api", "key")``."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=4096)
def is_secret(name: str) -> bool:
    """Whether the value of this name is a secret."""
    words = tuple(word for word in words_of(name) if not word.isdigit())
    if not words:
        return False
    last = words[-1]
    if last in _ABOUT or words in _ELSE or ("session" in words and _DESKTOPS & set(words)):
        return False
    if last in {"token", "tokens"} and _LANGUAGE & set(words[:-1]):
        return False
    if last in {"key", "keys"}:
        return _is_key(name, words)
    if last == "id":
        return words[-2:-1] in {("session",), ("key",)}
    return any(word in _CHOSEN or word in _MADE or word.endswith(_ENDINGS) for word in words)


def is_chosen(name: str) -> bool:
    """Whether a secret of this name was chosen by a person, and may look like anything."""
    return any(word in _CHOSEN or word.endswith(("password", "passwd", "passphrase")) for word in words_of(name))


def _is_key(name: str, words: tuple[str, ...]) -> bool:
    if len(words) == 1 or name.lower().endswith(".key"):
        return False  # a mere key of a mapping; a file
    return words[-2] not in _OPEN_KEYS
