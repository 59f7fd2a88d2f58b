"""The variables that the set-up fills into shipped files, and into those that somebody edited."""

from __future__ import annotations

from collections.abc import Mapping

from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.manifest import Entry


def fill(content: bytes, values: Mapping[str, str]) -> bytes:
    """Return the content with the variables set; untouched where there are none (it may be no .env file at all)."""
    if not values:
        return content
    env = EnvFile(content)
    for name, value in values.items():
        env.set(name, value)
    return bytes(env)


def filled_in(entry: Entry) -> dict[str, str]:
    """Return the variables that the set-up has filled in, without their quotes."""
    return {name: EnvFile(f"{name}={raw}".encode()).value(name) or "" for name, raw in entry.values.items()}


def as_written(content: bytes, names: Mapping[str, str]) -> dict[str, str]:
    """Return the variables as they are written."""
    env = EnvFile(content)
    return {name: env.raw(name) or "" for name in names}


def filled(content: bytes, entry: Entry) -> bytes:
    """Return what ships with the variables that the set-up filled into the file of an entry."""
    return fill(content, filled_in(entry))
