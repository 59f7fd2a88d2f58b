"""Whether something half-done is left of an operation that was ended."""

from __future__ import annotations

import re

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

#: A container that is being made anew has its final name behind its own short ID until the old one is gone.
_HALF_DONE = re.compile(r"[0-9a-f]{12}_.+|.+_unfinished(?:_.*)?")


class EngineLeftovers:
    """Containers of a recreation that was interrupted; the next start settles them."""

    id = "engine.leftovers"
    title = say("Interrupted operations")
    group = Group.ENGINE
    quick = True

    async def run(self, world: World) -> Finding:
        """Look for temporary names among the project's containers."""
        world.loaded_project()
        if world.observed is None:
            raise CannotTellError(say("The engine could not be asked: see engine.reachable."))
        found = [item.name for item in world.observed.containers if item.replaces or _HALF_DONE.fullmatch(item.name)]
        if not found:
            return ok(self, say("No container is left of an interrupted operation."))
        causes = [say("{name} is left of an operation that was interrupted.", name=name) for name in found]
        return hint(self, lines(causes), say("The next start settles it: harmony-desktop up"))
