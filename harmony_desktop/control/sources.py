"""Before a container is created or started: the files that it mounts exist, and are files.

Docker makes a folder, owned by root, of a bind mount's source that is missing, even where a file is meant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

from harmony_desktop.control.engine_address import LOCAL_ADDRESS, engine_host
from harmony_desktop.control.ports import Engine
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


async def require_files(engine: Engine, project: Project, services: Collection[str]) -> None:
    """Check the mounted files of services that are about to be created or started.

    Raises:
        HarmonyError: a file is missing, or a folder. What an engine on another computer has cannot be seen from here.
    """
    missing, folders = await asyncio.to_thread(_wanting, project, services)
    if not (missing or folders) or engine_host((await engine.info()).address) != LOCAL_ADDRESS:
        return
    if folders:
        path, title = folders[0]
        raise HarmonyError(
            say("{path} is a folder", path=path.name),
            cause=say(
                "{title} expects the file {path}. Docker makes a folder of a file that is missing.",
                title=title,
                path=path,
            ),
            advice="Remove the folder and put the file back, or run “harmony-desktop setup” again, which does that.",
        )
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


def _wanting(project: Project, services: Collection[str]) -> tuple[list[tuple[Path, str]], list[tuple[Path, str]]]:
    """Return the files that are missing, and those that are folders, each with the title of who mounts it."""
    missing: dict[Path, str] = {}
    folders: dict[Path, str] = {}
    for service, mount in binds(project):
        if service.name not in services or not wants_file(mount):
            continue
        path = Path(mount.source)
        try:
            if not path.exists():
                missing[path] = service.title
            elif path.is_dir() and not any(path.iterdir()):
                # Somebody may mean a folder that is called so, and then there is something in it.
                folders[path] = service.title
        except OSError:
            continue  # this user may not look there; the engine may
    return list(missing.items()), list(folders.items())
