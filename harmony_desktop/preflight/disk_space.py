"""Whether there is room on the disk."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import fail, hint, ok
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

#: Below this, services fail to write logs and caches.
LEAST = 2 * 10**9
#: Images (20 GB), their unpacking, and a first language model.
COMFORTABLE = 50 * 10**9


class DiskSpace:
    """Free space on the disk of the stack folder."""

    id = "disk.space"
    title = say("Disk of the stack folder")
    group = Group.ROOM
    quick = False

    async def run(self, world: World) -> Finding:
        """Compare with what is needed now, and with what images will take that are not here yet."""
        machine = world.looked().machine
        if not machine.disk_total:
            raise CannotTellError(f"The disk of {world.folder} does not tell.")
        found = f"{machine.disk_free / 10**9:.1f} GB are free on the disk of {world.folder}"
        if machine.disk_free < LEAST:
            return fail(self, f"{found}.", f"Make room: at least {LEAST // 10**9} GB.")
        images = world.observed.images if world.observed else {}
        missing = sum(image is None for image in images.values())
        if missing and machine.disk_free < COMFORTABLE:
            what = "an image has" if missing == 1 else f"{missing} images have"
            advice = f"{COMFORTABLE // 10**9} GB are comfortable for images and models."
            return hint(self, f"{found}, and {what} still to be fetched.", advice)
        return ok(self, f"{found}.")
