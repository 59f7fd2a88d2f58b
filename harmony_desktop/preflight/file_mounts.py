"""Whether files that containers expect are files."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

from harmony_desktop.control.doctor import Finding
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.preflight.check import fail, ok
from harmony_desktop.preflight.mounts import look_at
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.project import Project


class FileMounts:
    """Bind mounts of files. The engine makes a folder, root's, of a source that is missing."""

    id = "stack.file-mounts"
    title = "Mounted files are files"

    async def run(self, world: World) -> Finding:
        """Look at the source of each mount whose target is named like a file."""
        project = world.local_project()
        count, folders, missing = await asyncio.to_thread(_sort, project)
        causes = [f"{path} is a folder, and {title} expects a file." for path, title in folders.items()]
        causes += [
            f"{path} is missing; Docker would make a folder of it, and {title} expects a file."
            for path, title in missing.items()
        ]
        if not causes:
            return ok(self, f"{count} of {count} are there.")
        return fail(self, "\n".join(causes), _advice(folders=bool(folders), ours=bool(world.profile)))


def _advice(*, folders: bool, ours: bool) -> str:
    """Return what to do; only the stack folder's own files can be made anew by the panel."""
    way = "run: harmony-desktop setup" if ours else "put the file there before the stack is started."
    if folders:
        return f"Remove the folder if it is empty (it may belong to root), or move it elsewhere. Then {way}"
    return way[0].upper() + way[1:]


def _sort(project: Project) -> tuple[int, dict[Path, str], dict[Path, str]]:
    """Return how many sources were looked at, the folders and the missing ones, each with its service's title."""
    folders: dict[Path, str] = {}
    missing: dict[Path, str] = {}
    seen = set()
    for service, mount in binds(project):
        if not wants_file(mount):
            continue
        path = Path(mount.source)
        seen.add(path)
        found = look_at(path)
        if found is None:
            missing[path] = service.title
        elif stat.S_ISDIR(found.st_mode):
            folders[path] = service.title
    return len(seen), folders, missing
