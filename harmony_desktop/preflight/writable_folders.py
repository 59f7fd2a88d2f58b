"""Whether containers may write to the folders that are mounted into them."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.control.repairs import HandOver, OpenFolder, Wish
from harmony_desktop.plan.observed import Image
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.preflight.check import fail, hint, lines, ok, repair
from harmony_desktop.preflight.mounts import look_at
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, Service
from harmony_desktop.stack.words import say, say_number

_USER = re.compile(r"(\d+)(?::(\d+))?")
_WRITE_AND_ENTER = 0o3
_OWNER = 0o700


@dataclass(frozen=True, slots=True)
class Writer:
    """Who a container runs as; ``gid`` is None where only the image knows the group."""

    uid: int
    gid: int | None


class WritableFolders:
    """Bind mounts of folders, on Linux. Docker Desktop maps owners by itself."""

    id = "stack.folders-writable"
    title = say("Mounted folders")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare owner and mode of each folder with the user of its service."""
        project = world.local_project()
        if sys.platform != "linux" or (world.info and "Docker Desktop" in world.info.operating_system):
            return ok(self, say("Docker Desktop takes care of it."))
        _require_plain_owners(world.info)
        images = world.observed.images if world.observed else {}
        closed, untold = await asyncio.to_thread(_sort, project, images)
        if closed:
            wishes = [wish for item in closed if (wish := item.wish(images)) is not None]
            label = say_number("Open the folder to its service", "Open {n} folders to their services", len(wishes))
            advice: list[str] = [_BY_REPAIR] if wishes else []
            if len(wishes) < len(closed):
                advice.append(_BY_HAND)
            return fail(self, lines(item.words for item in closed), lines(advice), repair(self, label, wishes))
        if untold:
            return hint(self, lines(untold), say("If a service complains that it may not write, look at this folder."))
        return ok(self, say("By owner and mode, all of them."))


_BY_REPAIR = say(
    "It can be repaired: one of your folders is opened for every user of this computer, one of root’s is handed over "
    "to the service. It is shown before."
)
_BY_HAND = say(
    "Make what is missing; give each folder to that user (sudo chown), or open it for all (chmod a+rwx). Folders "
    "of root can be handed over once the service’s image is here."
)


@dataclass(frozen=True, slots=True)
class _Closed:
    """A folder that its service may not write to; ``found`` is None for one that is missing."""

    path: Path
    service: Service
    writer: Writer
    found: os.stat_result | None

    @property
    def words(self) -> str:
        values = {"path": self.path, "service": self.service.title, "user": self.writer.uid}
        if self.found is None:
            return say(
                "{path} is missing: Docker would make it as root’s, and {service} runs as user {user}.", **values
            )
        mode = f"{stat.S_IMODE(self.found.st_mode):03o}"
        return say(
            "{path} belongs to user {owner} (mode {mode}), and {service} runs as user {user}.",
            **values,
            owner=self.found.st_uid,
            mode=mode,
        )

    def wish(self, images: Mapping[str, Image | None]) -> Wish | None:
        """Return what would help: what one's own rights allow, else a container that hands root's folder over."""
        mine = os.geteuid() if sys.platform != "win32" else -1
        if self.found is None:
            parent = next(folder for folder in self.path.parents if folder.exists())
            able = os.access(parent, os.W_OK | os.X_OK)
            return OpenFolder(self.path, self.writer.uid, self.writer.gid) if able else None
        if mine in {0, self.found.st_uid}:
            return OpenFolder(self.path, self.writer.uid, self.writer.gid)
        image = self.service.image or ""
        if self.path.is_symlink() or images.get(image) is None or self.found.st_mode & _OWNER != _OWNER:
            return None
        owner = f"{self.writer.uid}" if self.writer.gid is None else f"{self.writer.uid}:{self.writer.gid}"
        return HandOver(self.path, owner, image)


def _require_plain_owners(info: EngineInfo | None) -> None:
    """Refuse an engine without root: its containers' users are others than their numbers say."""
    if info and (info.rootless or "/run/user/" in info.address):
        raise CannotTellError(say("The engine runs without root, and maps users by its own table."))


def _sort(project: Project, images: Mapping[str, Image | None]) -> tuple[list[_Closed], list[str]]:
    """Return what is closed to its service, and what cannot be told."""
    closed: dict[Path, _Closed] = {}
    untold: list[str] = []
    for service, mount in binds(project):
        if mount.read_only or wants_file(mount):
            continue
        writer = writer_of(service, images)
        path = Path(mount.source)
        found = look_at(path)
        if (writer and writer.uid == 0) or (found and not stat.S_ISDIR(found.st_mode)):
            continue
        if found and stat.S_IMODE(found.st_mode) & _WRITE_AND_ENTER == _WRITE_AND_ENTER:
            continue
        if writer is None:
            untold.append(
                say("{path}: which user {service} runs as is not known yet.", path=path, service=service.title)
            )
        elif found is None or not may_write(writer, found):
            closed[path] = _Closed(path, service, writer, found)
    return list(closed.values()), untold


def writer_of(service: Service, images: Mapping[str, Image | None]) -> Writer | None:
    """Return who the service runs as, or None where only a name is known or the image is not here."""
    user = str(service.spec.get("user") or "")
    if not user:
        image = images.get(service.image or "")
        if image is None:
            return None
        user = image.user or "0"
    if user.partition(":")[0] == "root":
        return Writer(0, 0)
    numbers = _USER.fullmatch(user)
    return Writer(int(numbers[1]), int(numbers[2]) if numbers[2] else None) if numbers else None


def may_write(writer: Writer, found: os.stat_result) -> bool:
    """Return whether owner and mode let the user make files in a folder; the first class that fits decides."""
    shift = 6 if found.st_uid == writer.uid else 3 if found.st_gid == writer.gid else 0
    return found.st_mode >> shift & _WRITE_AND_ENTER == _WRITE_AND_ENTER
