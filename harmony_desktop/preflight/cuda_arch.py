"""TORCH_CUDA_ARCH_LIST: the compute capability of this computer's card, not that of somebody else's (trap 3)."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import SetVariables
from harmony_desktop.preflight.check import hint, lines, ok, repair
from harmony_desktop.preflight.gpu_profile import asks_for_card
from harmony_desktop.preflight.parsed import variables
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_NAME = "TORCH_CUDA_ARCH_LIST"


class CudaArch:
    """The variable in the env files, against what the driver reports."""

    id = "settings.cuda-arch"
    title = say("Compute capability in the settings")
    group = Group.SETTINGS
    quick = False

    async def run(self, world: World) -> Finding:
        """Compare; without a card, or on the processor, it does not matter."""
        project = world.local_project()
        have = {gpu.compute_capability for gpu in world.looked().gpus.gpus if gpu.compute_capability}
        if not have or not asks_for_card(project):
            return ok(self, say("It does not matter: the services run on the processor."))
        right = ";".join(sorted(have, key=lambda text: [int(part) for part in text.split(".")]))
        wrong = [
            (file, value)
            for file in world.texts_of(Kind.SERVICE_ENV, Kind.ENV)
            if (value := variables(world, file).get(_NAME)) is not None and not have <= _listed(value)
        ]
        if not wrong:
            return ok(self, right)
        causes = [
            say(
                "{file} says {value}, and this computer’s card has {right}.",
                file=world.name_of(file.path),
                value=value or "“”",
                right=right,
            )
            for file, value in wrong
        ]
        wishes = [SetVariables(file.path, ((_NAME, right),)) for file, _ in wrong]
        label = say("Set {name}={value}", name=_NAME, value=right)
        advice = say("Set {name}={value}.", name=_NAME, value=right)
        return hint(self, lines(causes), advice, repair(self, label, wishes))


def _listed(value: str) -> set[str]:
    return {part.removesuffix("+PTX") for part in value.replace(",", ";").replace(" ", ";").split(";") if part}
