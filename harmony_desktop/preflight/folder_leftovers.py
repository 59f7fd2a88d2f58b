"""Whether half-written files are left in the folder."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

#: What ``write_atomic`` writes to before the file gets its name.
_TEMPORARY = re.compile(r"\..+\.(\d+)-[0-9a-f]{8}\.tmp")


class FolderLeftovers:
    """Temporary files of a program that was ended while it wrote. The stack's lock is never left: its end frees it."""

    id = "stack.leftovers"
    title = say("Half-written files")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Look in the folder and one level below."""
        found = await asyncio.to_thread(lambda: sorted(_left(world.folder)))
        if not found:
            return ok(self, say("None."))
        return hint(
            self,
            lines(say("{file} is left of a program that was ended while it wrote.", file=file) for file in found),
            say("The files themselves are whole: these can be removed."),
        )


def _left(folder: Path) -> Iterator[str]:
    for pattern in (".*.tmp", "*/.*.tmp"):
        for file in folder.glob(pattern):
            match = _TEMPORARY.fullmatch(file.name)
            if match and not Path("/proc", match[1]).exists():
                yield file.relative_to(folder).as_posix()
