"""The lock of the packaging environment, as another system than this one needs it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>[^\\]+?))? \\$")
_MARKER = re.compile(r"sys_platform == '(?P<platform>\w+)'")


@dataclass(frozen=True, slots=True)
class Locked:
    """A package with its version.

    Attributes:
        name: Its name.
        version: Its version.
        platform: The ``sys.platform`` that it is for, or "" for all.
        hashes: The options that name the hashes of its files.
    """

    name: str
    version: str
    platform: str
    hashes: tuple[str, ...]

    @property
    def requirement(self) -> str:
        """What pip is asked for, without the condition."""
        return " ".join((f"{self.name}=={self.version}", *self.hashes))


def read(lock: str) -> list[Locked]:
    """Return the entries of a lock that ``uv pip compile --generate-hashes`` wrote.

    Raises:
        ValueError: An entry has a condition that is not about the system.
    """
    entries: list[Locked] = []
    for line in lock.splitlines():
        found = _ENTRY.match(line)
        if found:
            marker = found["marker"]
            platform = _MARKER.fullmatch(marker) if marker else None
            if marker and not platform:
                raise ValueError(f"the lock has a condition of a kind that is not known here: {line}")
            entries.append(Locked(found["name"], found["version"], platform["platform"] if platform else "", ()))
        elif line.strip().startswith("--hash=") and entries:
            last = entries[-1]
            hashes = (*last.hashes, line.strip().removesuffix("\\").strip())
            entries[-1] = Locked(last.name, last.version, last.platform, hashes)
    return entries


def requirements(lock: str, platform: str) -> str:
    """Return the lock for one system, without conditions: pip judges those by the system that it runs on.

    Args:
        lock: The lock.
        platform: ``sys.platform`` of the system that is meant.
    """
    wanted = [entry for entry in read(lock) if entry.platform in {"", platform}]
    return "".join(f"{entry.requirement}\n" for entry in wanted)
