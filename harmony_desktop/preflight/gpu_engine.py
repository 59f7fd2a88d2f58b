"""Whether the engine can hand the graphics card to a container: proven, not guessed."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.ports import GpuAbility
from harmony_desktop.preflight.check import fail, hint, lines, ok
from harmony_desktop.preflight.gpu_profile import asks_for_card
from harmony_desktop.preflight.toolkit_help import toolkit_advice
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

_DESKTOP = say(
    "Update Docker Desktop and the NVIDIA driver, and let Docker Desktop use WSL 2: it brings the NVIDIA Container "
    "Toolkit with it."
)


class GpuEngine:
    """The proof of the engine, and what is missing: the toolkit itself, or only its setting up."""

    id = "gpu.engine"
    title = say("Docker and the graphics card")
    group = Group.CARD
    quick = False

    async def run(self, world: World) -> Finding:
        """Tell what a container with a device request came to."""
        look = world.looked()
        if not look.gpus.gpus:
            return ok(self, say("There is no card to hand out."))
        info = world.answering()
        if look.proof is None or look.proof.ability is GpuAbility.UNKNOWN:
            reason = look.proof.reason if look.proof else ""
            raise CannotTellError(lines((say("Whether Docker can use the card was not proven."), reason)))
        if look.proof.ability is GpuAbility.YES:
            return ok(self, say("A container got it."))
        desktop = "Docker Desktop" in info.operating_system
        installed = bool(world.toolkit) or "nvidia" in info.runtimes
        if desktop:
            cause: str = say("Docker Desktop cannot hand the card to containers.")
            advice: str = _DESKTOP
        else:
            cause = (
                say("The NVIDIA Container Toolkit is installed, but not set up for Docker.")
                if installed
                else say("The NVIDIA Container Toolkit is missing.")
            )
            advice = toolkit_advice(world.system, installed=installed, rootless=info.rootless)
        cause = lines((cause, look.proof.reason))
        needed = world.project is not None and asks_for_card(world.project)
        return fail(self, cause, advice) if needed else hint(self, cause, advice)
