"""Whether the engine may use enough of this computer's memory, and whether there are cores enough."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import hint, ok
from harmony_desktop.preflight.gpu_profile import asks_for_card
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_GIB = 2**30
#: Below this share of the computer's memory, the engine's virtual machine is told.
_SHARE = 0.6
#: An engine that has this much has enough for the services' usual models.
_PLENTY = 24 * _GIB
#: Cores that the stack's guide recommends, with a graphics card and without.
_CORES_WITH_CARD, _CORES = 4, 8


class EngineMemory:
    """The memory of the engine against the computer's: Docker Desktop has a limit of its own."""

    id = "memory.engine"
    title = say("Memory of the engine")
    group = Group.ROOM
    quick = False

    async def run(self, world: World) -> Finding:
        """Compare the two."""
        info, machine = world.answering(), world.looked().machine
        has = f"{info.memory / _GIB:.1f}"
        desktop = "Docker Desktop" in info.operating_system
        if not desktop or not machine.memory or info.memory >= min(machine.memory * _SHARE, _PLENTY):
            return ok(self, say("Docker has {memory} GiB.", memory=has))
        cause = say(
            "Docker Desktop may use {memory} of this computer’s {whole} GiB.",
            memory=has,
            whole=f"{machine.memory / _GIB:.1f}",
        )
        advice = (
            say("Raise it in .wslconfig in your Windows home folder: [wsl2], memory=…; then “wsl --shutdown”.")
            if machine.system == "Windows"
            else say("Raise it in Docker Desktop: Settings, Resources, Memory.")
        )
        return hint(self, cause, advice)


class EngineCores:
    """The engine's processor cores."""

    id = "engine.cores"
    title = say("Processor cores")
    group = Group.ROOM
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare with what is recommended."""
        info = world.answering()
        project = world.loaded_project()
        wanted = _CORES_WITH_CARD if asks_for_card(project) else _CORES
        if not world.profile or info.cpus >= wanted:
            return ok(self, say("Docker has {cores}.", cores=info.cpus))
        cause = say("Docker has {cores}; {wanted} are recommended.", cores=info.cpus, wanted=wanted)
        return hint(self, cause, say("It works with fewer, but answers take longer: choose small models."))
