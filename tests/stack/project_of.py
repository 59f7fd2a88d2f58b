"""Projects from a text, for tests that look at one thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project


def project_of(
    folder: Path,
    text: str | bytes,
    *,
    environ: Mapping[str, str] | None = None,
    profiles: Sequence[str] = (),
    scale: Mapping[str, int] | None = None,
) -> Project:
    """Write ``compose.yaml`` into a folder and load it."""
    (folder / "compose.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_project(environ=environ or {}, cwd=folder, profiles=profiles, scale=scale)
