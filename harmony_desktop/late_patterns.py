"""Regular expressions that are compiled when they are first used, rather than when their module is imported.

The standard library, requests, urllib3 and PyYAML compile more than a hundred of them at import: a tenth of what a
short call of the command line takes, for patterns of which it uses a few. What a thread imports inside of
:func:`compiled_later` gets stand-ins that become the real thing with the first search. The stand-ins serve whoever
calls their methods, which is what module-level patterns are made for; they are no ``re.Pattern`` for ``isinstance``,
and cannot be handed to the functions of :mod:`re`.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from typing import Any

_compile = re.compile
_lock = threading.Lock()
_users = 0
_inside = threading.local()
#: Characters of a pattern that is compiled at once.
_SHORT = 8


class LatePattern:
    """Stands for a pattern until one of its methods or attributes is asked for."""

    def __init__(self, pattern: Any, flags: int) -> None:  # noqa: ANN401 - text or bytes
        self._given: tuple[Any, int] = (pattern, flags)
        self._real: re.Pattern[Any] | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a pattern has
        if name.startswith("__"):
            raise AttributeError(name)  # what a pattern has not either
        if self._real is None:
            self._real = _compile(*self._given)
        found = getattr(self._real, name)
        setattr(self, name, found)  # the next time it is there
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return _compile, self._given

    def __repr__(self) -> str:
        return repr(_compile(*self._given))


def _late(pattern: Any, flags: int = 0) -> Any:  # noqa: ANN401 - as in re
    # Patterns of other threads may be a user's, who has to be told at once that they are wrong. Short ones cost little,
    # and docker-py hands one of those to re.split().
    late = getattr(_inside, "depth", 0) > 0 and isinstance(pattern, str | bytes) and len(pattern) > _SHORT
    return LatePattern(pattern, flags) if late else _compile(pattern, flags)


@contextlib.contextmanager
def compiled_later() -> Iterator[None]:
    """Let patterns that this thread compiles inside wait for their first use."""
    global _users  # noqa: PLW0603 - there is one re.compile
    with _lock:
        _users += 1
        re.compile = _late
    _inside.depth = getattr(_inside, "depth", 0) + 1
    try:
        yield
    finally:
        _inside.depth -= 1
        with _lock:
            _users -= 1
            if not _users:
                re.compile = _compile
