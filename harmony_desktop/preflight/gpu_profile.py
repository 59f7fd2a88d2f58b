"""Whether the stack's files fit the graphics cards."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.machine import MachineLook
from harmony_desktop.control.ports import GpuAbility
from harmony_desktop.preflight.check import fail, hint, ok, sentences, unknown
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

_ASKS = "The stack’s files ask for a graphics card."
_TO_PROCESSOR = "Or run on the processor: harmony-desktop setup --hardware cpu"
_ONLY_PROCESSOR = "Run on the processor: harmony-desktop setup --hardware cpu"
_TO_CARD = "Use it: harmony-desktop setup --hardware nvidia"


class GpuProfile:
    """Cards, driver and the engine's proof, against what the files ask for."""

    id = "gpu.profile"
    title = say("What the services compute on")
    group = Group.CARD
    quick = False

    async def run(self, world: World) -> Finding:
        """Judge the files as they are; a better profile that is not used is a hint."""
        project = world.local_project()
        look = world.looked()
        if asks_for_card(project):
            return self._with_card(look, _TO_PROCESSOR if world.profile else "")
        if not world.profile:
            return ok(self, "The files ask for no graphics card.")
        return self._without_card(look)

    def _with_card(self, look: MachineLook, way_out: str) -> Finding:
        gpus = look.gpus
        if not gpus.gpus:
            reason = gpus.reason or "No NVIDIA graphics card found"
            otherwise = way_out if gpus.advice or not way_out else _ONLY_PROCESSOR
            return fail(self, sentences((_ASKS, reason)), f"{sentences((gpus.advice,))} {otherwise}".strip())
        proof = look.proof
        if proof is None or proof.ability is GpuAbility.UNKNOWN:
            reason = proof.reason if proof else ""
            return unknown(self, sentences((_ASKS, "Whether Docker can use it was not proven", reason)))
        if proof.ability is GpuAbility.NO:
            cause = sentences((_ASKS, "Docker cannot use it", proof.reason))
            return fail(self, cause, f"{look.choice.advice} {way_out}".strip())
        if gpus.fault:
            return hint(self, sentences((gpus.reason,)), gpus.advice)
        return ok(self, "The services run on the graphics card: " + ", ".join(gpu.name for gpu in gpus.gpus) + ".")

    def _without_card(self, look: MachineLook) -> Finding:
        gpus = look.gpus
        if gpus.fault and gpus.advice:
            return hint(self, sentences((gpus.reason,)), gpus.advice)
        if not gpus.gpus:
            return ok(self, sentences(("The services run on the processor", gpus.reason)))
        reasons = sentences(look.choice.reasons)
        if look.choice.profile == "nvidia":
            return hint(self, f"The services run on the processor, but: {reasons}", _TO_CARD)
        if look.choice.automatic and look.choice.advice:
            return hint(self, reasons, look.choice.advice)
        return ok(self, reasons or "The services run on the processor.")


def asks_for_card(project: Project) -> bool:
    """Return whether a service reserves an NVIDIA card."""
    requests = (request for service in project.services.values() for request in service.gpus)
    return any(request.driver == "nvidia" or "gpu" in request.capabilities for request in requests)
