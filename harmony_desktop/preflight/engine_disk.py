"""Whether there is room on the engine's own disk, where images, volumes and containers are kept."""

from __future__ import annotations

from harmony_desktop.control.disk_space import ADVICE, LOW, gigabytes
from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import fail, hint, ok
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say


class EngineDisk:
    """Free space on the disk of the engine."""

    id = "disk.engine"
    title = say("Disk of the engine")
    group = Group.ROOM
    quick = False

    async def run(self, world: World) -> Finding:
        """Compare with what the images take that are not here yet."""
        room = world.room
        if room is None:
            world.answering()
            world.loaded_project()
            raise CannotTellError("The engine could not be asked: see engine.reachable.")
        takes = f"images that are still to be fetched take about {gigabytes(room.needed)}" if room.needed else ""
        if room.space is None:
            raise CannotTellError(
                "The engine's disk cannot be seen from here: the engine runs on another machine, or in a virtual one."
                + (f" The {takes}." if takes else "")
            )
        found = f"{gigabytes(room.space.free)} are free on the engine's disk ({room.folder})"
        if room.space.free < LOW:
            return fail(self, f"{found}.", ADVICE)
        if room.needed > room.space.free:
            return hint(self, f"{found}, and the {takes}.", ADVICE)
        return ok(self, f"{found}.")
