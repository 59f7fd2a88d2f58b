"""Whether files that containers expect are files."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import MakeFile
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.preflight.check import fail, lines, ok, repair
from harmony_desktop.preflight.mounts import look_at
from harmony_desktop.preflight.world import World
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


@dataclass(frozen=True, slots=True)
class _Wrong:
    """A source that is no file: missing, an empty folder, or a folder with something in it."""

    path: Path
    title: str
    folder: bool
    full: bool = False

    @property
    def words(self) -> str:
        values = {"path": self.path, "service": self.title}
        if self.full:
            return say("{path} is a folder with something in it, and {service} expects a file.", **values)
        if self.folder:
            return say("{path} is an empty folder, and {service} expects a file.", **values)
        return say("{path} is missing; Docker would make a folder of it, and {service} expects a file.", **values)


class FileMounts:
    """Bind mounts of files. The engine makes a folder, root's, of a source that is missing."""

    id = "stack.file-mounts"
    title = say("Mounted files")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Look at the source of each mount whose target is named like a file."""
        project = world.local_project()
        count, wrong = await asyncio.to_thread(_sort, project)
        if not wrong:
            return ok(self, say("{count} of {count} are there.", count=count))
        wishes = [
            MakeFile(item.path, content)
            for item in wrong
            if not item.full and (content := world.stock(item.path)) is not None
        ]
        label = say("Make {files}", files=", ".join(world.name_of(wish.path) for wish in wishes))
        mendable = {wish.path for wish in wishes}
        advice = lines(_advice([item for item in wrong if item.path not in mendable], mendable=bool(wishes)))
        return fail(self, lines(item.words for item in wrong), advice, repair(self, label, wishes))


def _advice(left: list[_Wrong], *, mendable: bool) -> Iterator[str]:
    """Yield what to do; only what is known to the panel can be made anew by it."""
    if mendable:
        yield say("It can be repaired: the file is made, in the place of an empty folder if there is one.")
    if any(item.full for item in left):
        yield say("Look at what is in the folder, and move it elsewhere; then check again.")
    if any(not item.full for item in left):
        yield say("Put the file there before the stack is started; remove an empty folder in its place.")


def _sort(project: Project) -> tuple[int, list[_Wrong]]:
    """Return how many sources were looked at, and those that are no files."""
    wrong: dict[Path, _Wrong] = {}
    seen = set()
    for service, mount in binds(project):
        if not wants_file(mount):
            continue
        path = Path(mount.source)
        seen.add(path)
        found = look_at(path)
        if found is None:
            wrong[path] = _Wrong(path, service.title, folder=False)
        elif stat.S_ISDIR(found.st_mode):
            wrong[path] = _Wrong(path, service.title, folder=True, full=_holds_something(path))
    return len(seen), list(wrong.values())


def _holds_something(folder: Path) -> bool:
    """Whether a folder is not empty; one that cannot be looked into, or is a link, counts as such."""
    try:
        return folder.is_symlink() or any(folder.iterdir())
    except OSError:
        return True
