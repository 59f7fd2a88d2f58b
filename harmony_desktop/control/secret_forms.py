"""How a secret may be written: in files, addresses, logs, headers. Pure."""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable, Iterable

#: What ``html.escape`` does; the module would bring a table of all names of characters.
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
#: Characters of the shortest form that is worth looking for anywhere.
SHORTEST = 8


def forms(value: str) -> Iterable[str]:
    """Return a secret as it stands in files, addresses, logs and headers."""
    data = value.encode("utf-8", "surrogateescape")
    quoted = urllib.parse.quote(data, safe="")
    found = {
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
        value.translate(_MARKUP),
        data.hex(),
        data.hex().upper(),
    }
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        found |= {_core(encode, data, offset) for offset in range(3)}
        # Twice, as Kubernetes and CI systems like to have it.
        found.add(encode(encode(data)).decode("ascii").rstrip("="))
    return [form for form in found if len(form) >= SHORTEST]


def _core(encode: Callable[[bytes], bytes], data: bytes, offset: int) -> str:
    """Return the part of a secret's base64 that is the same whatever stands before and behind it."""
    text = encode(b"\0" * offset + data).decode("ascii")
    skip = (offset * 8 + 5) // 6
    whole = (offset + len(data)) * 8 // 6
    return text[skip:whole]


def passwords(value: str) -> Iterable[str]:
    """Return the password within an address, as it stands and decoded."""
    if "://" not in value or "@" not in value:
        return
    userinfo = value.partition("://")[2].rpartition("@")[0]
    password = userinfo.partition(":")[2]
    if password and "://" not in password:
        yield password
        yield urllib.parse.unquote(password)
