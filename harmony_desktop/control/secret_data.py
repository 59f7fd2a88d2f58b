"""Where secrets stand in JSON-like data: told by keys, by ``NAME=value`` in lists, by the flag before an item. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from harmony_desktop.control.secret_names import is_chosen, is_secret
from harmony_desktop.control.secret_values import harmless, hidden_part
from harmony_desktop.records import dataclass

_ASSIGNED = re.compile(r"(?s)(--?)?([\w.\-]{1,128}+)=(.*+)")
_FLAG = re.compile(r"--?[A-Za-z][\w.\-]{1,80}")
_RANDOM = re.compile(r"[A-Za-z0-9_\-+/=]{24,512}")
#: Keys within a secret section (``credentials: {…}``) whose values tell nothing.
_PLAIN_KEYS = frozenset({"type", "kind", "name", "user", "username", "url", "host", "port", "server", "registry"})


@dataclass(frozen=True, slots=True)
class DataWalk:
    """Goes through data and returns it anew.

    Args:
        secret: Is given each secret; returns what stands in its place.
        plain: Is given every other string, keys included; returns what stands in its place.
        references: Whether ``${TOKEN}`` refers to a variable (compose files) rather than being a value (all else).
    """

    secret: Callable[[str], str]
    plain: Callable[[str], str]
    references: bool = False

    def walk(self, value: object) -> Any:  # noqa: ANN401 - JSON-like data goes in, the same shape comes out
        """Return the data with its strings replaced."""
        return self._walk(value, hidden=False, name="")

    def _walk(self, value: object, *, hidden: bool, name: str) -> Any:  # noqa: ANN401
        if isinstance(value, Mapping):
            return self._mapping(value, hidden=hidden, name=name)
        if isinstance(value, list | tuple):
            return [
                self._walk(item, hidden=hidden or _follows_flag(value, index), name=name)
                for index, item in enumerate(value)
            ]
        if isinstance(value, str):
            return self._hidden(value, name) if hidden else self._shown(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and hidden and is_chosen(name):
            return self.secret(str(value))
        return value

    def _mapping(self, value: Mapping[Any, Any], *, hidden: bool, name: str) -> dict[Any, Any]:
        label = value.get("name") or value.get("key") or value.get("Name")
        labelled = isinstance(label, str) and is_secret(label)  # {"name": "API_KEY", "value": "…"}
        made = {}
        for key, item in value.items():
            own = is_secret(str(key)) or (labelled and str(key).lower() == "value")
            below = own or (hidden and str(key).lower() not in _PLAIN_KEYS)
            shown = self.plain(key) if isinstance(key, str) else key
            made[shown] = self._walk(item, hidden=below, name=str(key) if own else name)
        return made

    def _hidden(self, value: str, name: str) -> str:
        if harmless(value, chosen=is_chosen(name)):
            return value
        if not self.references:
            return self.secret(value)
        part = hidden_part(value)
        return value if part is None else value[: part[0]] + self.secret(value[part[0] : part[1]]) + value[part[1] :]

    def _shown(self, value: str) -> str:
        assigned = _ASSIGNED.fullmatch(value)
        if assigned is None:
            return self.plain(value)
        dashes, name, rest = assigned[1] or "", assigned[2], assigned[3]
        if is_secret(name):
            return f"{dashes}{name}={self._hidden(rest, name)}"
        return f"{dashes}{name}={self.secret(rest)}" if looks_random(rest) else self.plain(value)


def looks_random(value: str) -> bool:
    """Whether a variable's value is of a kind that only machines make, and that is no digest, path or number."""
    if not _RANDOM.fullmatch(value) or value.count("/") > 2:
        return False
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(sign) for sign in value) for kind in kinds)


def _follows_flag(items: list[Any] | tuple[Any, ...], index: int) -> bool:
    """Whether an item is the value of a secret's flag (``["--api-key", "…"]``)."""
    before, item = items[index - 1] if index else None, items[index]
    if not isinstance(before, str) or not isinstance(item, str) or item.startswith("-"):
        return False
    return bool(_FLAG.fullmatch(before)) and is_secret(before)
