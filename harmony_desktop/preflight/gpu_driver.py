"""Whether the driver of the graphics card works on this computer."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import fail, hint, ok, sentences
from harmony_desktop.preflight.gpu_profile import asks_for_card
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

#: Faults that stand for "there is no card", which is nothing to complain about.
_NO_CARD = frozenset({"", "no-library"})


class GpuDriver:
    """Cards and driver on the host: missing, not running, another version than the library, a card that is lost."""

    id = "gpu.driver"
    title = say("Graphics card and driver")
    group = Group.CARD
    quick = False

    async def run(self, world: World) -> Finding:
        """Tell what the driver said."""
        gpus = world.looked().gpus
        if gpus.fault and gpus.advice:
            cause = sentences((gpus.reason,))
            needed = world.project is not None and asks_for_card(world.project)
            return fail(self, cause, gpus.advice) if needed else hint(self, cause, gpus.advice)
        if not gpus.gpus:
            return ok(self, sentences((gpus.reason or "No NVIDIA graphics card found",)))
        names = ", ".join(gpu.name for gpu in gpus.gpus)
        if not gpus.driver:
            return ok(self, say("{cards}.", cards=names))
        return ok(self, say("{cards}, driver {driver}.", cards=names, driver=gpus.driver))
