"""The short forms of mounts and devices: ``./data:/data:ro``, ``/dev/a:/dev/b:rwm``."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from harmony_desktop.stack.faults import Fault

_PROPAGATIONS = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
_LABELS = ("z", "Z")


def clean(path: str) -> str:
    """A path without ``.``, ``..`` and doubled slashes; an empty one stays empty."""
    if not path:
        return ""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def is_windows_absolute(path: str) -> bool:
    r"""Whether the path is ``C:\x``, ``C:/x`` or ``\\server\share``."""
    return bool(re.match(r"[a-zA-Z]:[\\/]", path)) or path.startswith("\\\\")


def parse_volume(spec: str) -> dict[str, Any]:
    """The long form of a volume's short form.

    Raises:
        Fault: It has an empty section, or too many.
    """
    if not spec:
        raise Fault("A volume may not be empty")
    if len(spec) <= 2:
        return {"type": "volume", "target": spec}
    sections = _sections(spec)
    if "" in sections:
        raise Fault(f"The volume {spec!r} has an empty section between its colons")
    if len(sections) > 3:
        raise Fault(f"The volume {spec!r} has too many colons", advice="Use the long form for such paths.")
    volume: dict[str, Any] = {"type": "volume"}
    if len(sections) > 1:
        volume["source"] = sections[0]
    volume["target"] = sections[1 if len(sections) > 1 else 0]
    options = sections[2].split(",") if len(sections) > 2 else []
    _apply(volume, options)
    kind = "bind" if _is_path(volume.get("source", "")) else "volume"
    volume["type"] = kind
    volume.setdefault(kind, {})
    return volume


def _sections(spec: str) -> list[str]:
    """The parts between colons; one letter before a colon is a Windows drive."""
    sections, current = [], ""
    for character in spec:
        if character == ":" and not (len(current) == 1 and current.isalpha()):
            sections.append(current)
            current = ""
        else:
            current += character
    return [*sections, current]


def _apply(volume: dict[str, Any], options: list[str]) -> None:
    for option in options:
        if option in ("ro", "rw"):
            volume["read_only"] = option == "ro"
        elif option == "nocopy":
            volume["volume"] = {"nocopy": True}
        elif option in _PROPAGATIONS:
            volume.setdefault("bind", {})["propagation"] = option
        elif option in _LABELS:
            volume.setdefault("bind", {})["selinux"] = option
        # Others are passed over, as the official tool does: ":delegated", ":consistent" and their like.


def _is_path(source: str) -> bool:
    if source[:1] in (".", "/", "~") and source:
        return True
    return source.startswith("\\\\") or (len(source) > 1 and source[0].isalpha() and source[1] == ":")


def parse_device(spec: str) -> dict[str, Any]:
    """The long form of a device's short form.

    Raises:
        Fault: It has too many sections.
    """
    parts = spec.split(":")
    if len(parts) > 3:
        raise Fault(
            f"The device {spec!r} has too many colons", advice="Use the long form: source, target, permissions."
        )
    source, target, permissions = (*parts, "", "")[:3]
    return {"source": source, "target": target or source, "permissions": permissions if len(parts) == 3 else "rwm"}
