"""Whether the card is of a generation that the services' images were built for."""

from __future__ import annotations

from collections.abc import Iterator

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.ports import Gpu
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

#: Compute capabilities that PyTorch's builds for CUDA 12 run on: from Maxwell on; Blackwell came with CUDA 12.8.
_OLDEST, _NEWEST = (5, 0), (9, 0)


class GpuGeneration:
    """The card's compute capability, as a hint: only a try tells what an image can do."""

    id = "gpu.generation"
    title = say("Generation of the graphics card")
    group = Group.CARD
    quick = False

    async def run(self, world: World) -> Finding:
        """Compare with what the images are usually built for."""
        gpus = [gpu for gpu in world.looked().gpus.gpus if _numbers(gpu)]
        if not gpus:
            return ok(self, say("There is no card to judge."))
        found = list(_outside(gpus))
        if not found:
            known = ", ".join(f"{gpu.name}: {gpu.compute_capability}" for gpu in gpus)
            return ok(self, say("Compute capability {known}.", known=known))
        causes, advice = zip(*found, strict=True)
        return hint(self, lines(causes), lines(dict.fromkeys(advice)))


def _outside(gpus: list[Gpu]) -> Iterator[tuple[str, str]]:
    for gpu in gpus:
        values = {"card": gpu.name, "capability": gpu.compute_capability}
        if _numbers(gpu) < _OLDEST:
            yield (
                say("{card} (compute capability {capability}) is older than what the images compute on.", **values),
                say("Run on the processor: harmony-desktop setup --hardware cpu"),
            )
        elif _numbers(gpu) > _NEWEST:
            yield (
                say("{card} (compute capability {capability}) is newer than what older images know.", **values),
                say("If a service says “no kernel image is available”, fetch newer images: harmony-desktop update"),
            )


def _numbers(gpu: Gpu) -> tuple[int, ...]:
    return tuple(int(part) for part in gpu.compute_capability.split(".") if part.isdigit())
