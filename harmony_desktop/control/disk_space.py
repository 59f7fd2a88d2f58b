"""Whether the images have room on the engine's own disk, asked before they are fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from harmony_desktop.control.ports import Engine, EngineInfo
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import capital, say

#: Bytes without which an engine cannot even note down what it fetches: such a disk is full.
LEAST = 2**20
#: Bytes below which a disk is told to be nearly full, whatever is about to be fetched.
LOW = 2**30

#: What helps against a disk that is full.
ADVICE = say(
    "Make room: “docker system df” shows what takes it, “docker image prune” removes images that nothing "
    "uses. Docker Desktop has the size of its disk in its settings."
)


@dataclass(frozen=True, slots=True)
class Space:
    """A disk: bytes that are free for the engine, and bytes in all."""

    free: int
    total: int


class SpaceLookup(Protocol):
    """Looks at disks of this machine. Runs in a thread."""

    def __call__(self, folder: str, machine: str) -> Space | None:
        """Return the space on the disk that holds a folder, or None where it cannot be seen from here.

        Args:
            folder: An absolute path as the engine knows it.
            machine: The name of the machine on which the engine runs, as that machine calls itself.
        """
        ...


@dataclass(frozen=True, slots=True)
class Room:
    """What is known of the room for images.

    Attributes:
        folder: Where the engine keeps its images, on its own machine.
        space: The disk, or None where it cannot be seen.
        needed: Bytes that the missing images take, about; 0 where nothing tells.
    """

    folder: str
    space: Space | None
    needed: int

    @property
    def warning(self) -> str:
        """What deserves a word before the download begins, or ""."""
        disk = (
            say("the disk of the Docker engine ({folder})", folder=self.folder)
            if self.folder
            else say("the disk of the Docker engine")
        )
        if self.space is None:
            if self.needed < LOW:
                return ""
            return say(
                "The images that are fetched now take about {needed}. {disk} cannot be seen from here: make "
                "sure that it has that much room.",
                needed=gigabytes(self.needed),
                disk=capital(disk),
            )
        free = gigabytes(self.space.free)
        if self.needed > self.space.free:
            return say(
                "The images that are fetched now take about {needed}, and {disk} has {free} left: the download may "
                "end for want of room.",
                needed=gigabytes(self.needed),
                disk=disk,
                free=free,
            )
        if self.space.free < LOW:
            return say("{disk} is nearly full: {free} are left.", disk=capital(disk), free=free)
        return ""


async def require_room(
    engine: Engine, project: Project, missing: Collection[str], lookup: SpaceLookup, warn: Callable[[str], None]
) -> None:
    """Tell when images may not fit on the engine's disk.

    Args:
        engine: The engine.
        project: The project, whose services tell how much their images take (``x-harmony``).
        missing: Those of the images that are about to be fetched that are not there yet.
        lookup: Looks at disks of this machine.
        warn: Hears what deserves a word.

    Raises:
        HarmonyError: there is no room at all for an image that is needed.
    """
    room = await look_for_room(engine, project, missing, lookup)
    if missing and room.space is not None and room.space.free < LEAST:
        raise HarmonyError(
            "The disk of the Docker engine is full",
            cause=say("No space is left on the disk of {folder}, where images are kept.", folder=room.folder),
            advice=ADVICE,
        )
    if room.warning:
        warn(room.warning)


async def look_for_room(engine: Engine, project: Project, missing: Collection[str], lookup: SpaceLookup) -> Room:
    """Return what is known of the room for images."""
    info = await engine.info()
    folder = _own_disk(info)
    space = await asyncio.to_thread(lookup, folder, info.name) if folder else None
    sizes: dict[str, int] = {}
    for service in project.services.values():
        image = service.image or ""
        if image in missing:
            sizes[image] = max(sizes.get(image, 0), service.presentation.image_size)
    return Room(info.root_dir, space, sum(sizes.values()))


def _own_disk(info: EngineInfo) -> str:
    """Return the engine's folder where the engine may share this machine's disks, or "".

    One that is reached over a network, or through a Windows pipe, runs elsewhere: on another machine, or in a machine
    of its own within this one.
    """
    return info.root_dir if info.address.startswith("unix://") else ""


def gigabytes(count: int) -> str:
    """Return bytes for people: "1.2 GB", "340 MB"."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
