"""Whether the stack's folder lies where it can stay: not in a cloud's folder, nor on a network drive."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say


class FolderPlace:
    """The folder's place, as a hint."""

    id = "stack.place"
    title = say("Place of the stack folder")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Tell what speaks against it."""
        if not world.place:
            return ok(self, str(world.folder))
        advice = say("Move the folder, then prepare it there: harmony-desktop setup --folder NEW_PLACE")
        return hint(self, lines(world.place), advice)
