"""What was proved before: that this engine, with this driver, can hand a graphics card to a container.

The proof starts a container and takes a second or more; its answer changes only with the engine or the driver.
"""

from __future__ import annotations

import json
from pathlib import Path

import platformdirs

from harmony_desktop.control.files import write_atomic
from harmony_desktop.control.ports import GpuAbility, GpuProof

#: Engines come and go (Docker Desktop makes a new one at each reset): only the latest are kept.
_LIMIT = 16


def default_file() -> Path:
    """Return where proofs are kept: a cache, which may be deleted at any time."""
    return Path(platformdirs.user_cache_dir("harmony-desktop", appauthor=False)) / "gpu-proofs.json"


class ProofMemory:
    """Remembers that a card could be used. Never fails: what cannot be read or written is asked again.

    Only a yes is remembered. A no ends when the user sets up the NVIDIA Container Toolkit, which leaves engine and
    driver as they were; remembered, it would outlive its cause.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or default_file()

    def recall(self, engine_id: str, driver: str) -> GpuProof | None:
        """Return the remembered proof, or None when it has to be made."""
        return GpuProof(GpuAbility.YES) if _key(engine_id, driver) in self._read() else None

    def remember(self, engine_id: str, driver: str, proof: GpuProof) -> None:
        """Keep a proof; anything but a yes makes an earlier one void."""
        keys = [key for key in self._read() if key != _key(engine_id, driver)]
        if proof.ability is GpuAbility.YES and engine_id and driver:
            keys.append(_key(engine_id, driver))
        self._write(keys[-_LIMIT:])

    def _read(self) -> list[str]:
        try:
            content = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return []
        usable = content.get("usable") if isinstance(content, dict) else None
        return [key for key in usable if isinstance(key, str)] if isinstance(usable, list) else []

    def _write(self, keys: list[str]) -> None:
        if keys == self._read():
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(self._file, json.dumps({"usable": keys}, indent=2).encode() + b"\n")
        except OSError:
            return  # a cache that cannot be written costs a second at the next start, no more


def _key(engine_id: str, driver: str) -> str:
    return f"{engine_id} {driver}"
