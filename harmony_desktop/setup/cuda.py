"""What the services' environment says of the graphics cards."""

from __future__ import annotations

from collections.abc import Iterable

from harmony_desktop.control.ports import Gpu

ARCH_LIST = "TORCH_CUDA_ARCH_LIST"


def arch_list(gpus: Iterable[Gpu]) -> str:
    """Return TORCH_CUDA_ARCH_LIST for the cards: their compute capabilities, each once, in order ("7.5;8.6")."""
    capabilities = {gpu.compute_capability for gpu in gpus if gpu.compute_capability}
    return ";".join(sorted(capabilities, key=lambda text: tuple(int(part) for part in text.split("."))))
