"""Looks at the machine and picks the profile: cards, driver, and what the engine can do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harmony_desktop.control.ports import (
    Engine,
    EngineError,
    EngineInfo,
    GpuAbility,
    GpuProof,
    GpuReport,
    Host,
    MachineReport,
    ProofMemory,
)
from harmony_desktop.control.state import HardwareState
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: Picks a profile from the cards, the engine's proof (None while unknown), the user's wish, and the machine.
Picker = Callable[[GpuReport, GpuProof | None, str, MachineReport], HardwareState]

#: Seconds that a driver may take to answer; a wedged one never does.
DRIVER_TIME_LIMIT = 10.0


@dataclass(frozen=True, slots=True)
class MachineLook:
    """What was found, and the choice that follows from it."""

    gpus: GpuReport
    proof: GpuProof | None
    machine: MachineReport
    choice: HardwareState


@dataclass(frozen=True, slots=True)
class MachineScout:
    """Looks at cards and engine together.

    Args:
        host: The machine.
        picker: Picks the profile.
        memory: Remembers proofs.
    """

    host: Host
    picker: Picker
    memory: ProofMemory

    async def look(
        self, folder: str, wanted: str, engine: Engine | None, info: EngineInfo | None, *, fresh: bool = False
    ) -> MachineLook:
        """Look at the machine; the engine is asked for a proof only where there are cards.

        Args:
            folder: The folder whose disk is of interest.
            wanted: "auto", "cpu" or "nvidia".
            engine: The engine, None while there is none.
            info: What the engine says of itself.
            fresh: Do not trust a remembered proof.
        """
        gpus, machine = await asyncio.gather(self._gpus(), asyncio.to_thread(self.host.machine, folder))
        proof = None
        if gpus.gpus and engine is not None and info is not None:
            proof = await self._proof(engine, info, gpus.driver, fresh=fresh)
        return MachineLook(gpus, proof, machine, self.picker(gpus, proof, wanted, machine))

    async def _gpus(self) -> GpuReport:
        try:
            async with asyncio.timeout(DRIVER_TIME_LIMIT):
                return await asyncio.to_thread(self.host.gpus)
        except TimeoutError:
            return GpuReport(
                fault="error",
                reason=say("The NVIDIA driver does not answer."),
                advice="Restart the computer; the CPU profile works meanwhile.",
            )

    async def _proof(self, engine: Engine, info: EngineInfo, driver: str, *, fresh: bool) -> GpuProof:
        remembered = None if fresh else await asyncio.to_thread(self.memory.recall, info.id, driver)
        # A refusal is worth another try: the toolkit may have been installed meanwhile.
        if remembered is not None and remembered.ability is GpuAbility.YES:
            return remembered
        try:
            proof = await engine.prove_gpu()
        except EngineError as error:
            return GpuProof(GpuAbility.UNKNOWN, error.cause or error.title)
        if proof.ability is not GpuAbility.UNKNOWN:
            await asyncio.to_thread(self.memory.remember, info.id, driver, proof)
        return proof
