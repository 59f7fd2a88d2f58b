"""Before a container is created: the files that it mounts exist.

Docker makes a folder, owned by root, of a bind mount's source that is missing, even where a file is meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

from harmony_desktop.control.ports import Engine
from harmony_desktop.control.readiness import LOCAL_ADDRESS, engine_host
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


async def require_files(engine: Engine, project: Project, services: Collection[str]) -> None:
    """Check the mounted files of services that are about to be created.

    Raises:
        HarmonyError: a file is missing. What an engine on another computer has cannot be seen from here.
    """
    missing = await asyncio.to_thread(_missing, project, services)
    if not missing or engine_host((await engine.info()).address) != LOCAL_ADDRESS:
        return
    path, title = missing[0]
    others = say(" So are: {names}.", names=", ".join((str(other) for other, _ in missing[1:]))) if missing[1:] else ""
    raise HarmonyError(
        say("{path} is missing", path=path.name),
        cause=say(
            "{title} expects the file {path}; Docker would make a folder of it.{others}",
            title=title,
            path=path,
            others=others,
        ),
        advice="Put it back, or run “harmony-desktop setup” again: it makes what is missing and touches nothing else.",
    )


def _missing(project: Project, services: Collection[str]) -> list[tuple[Path, str]]:
    found: dict[Path, str] = {}
    for service, mount in binds(project):
        path = Path(mount.source)
        if service.name in services and wants_file(mount) and not path.exists():
            found[path] = service.title
    return list(found.items())
