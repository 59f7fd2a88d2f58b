"""Whether the engine can hand out a GPU: proved, and nothing left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import GpuAbility
from harmony_desktop.engine import gpu
from harmony_desktop.engine.gpu import LABEL, PURPOSE

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab


def left_behind(lab: Lab) -> list[str]:
    names = lab.docker("images", "--format", "{{.Repository}}").stdout.split()
    containers = lab.docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}={PURPOSE}").stdout.split()
    return [name for name in names if PURPOSE in name] + containers


@pytest.mark.both_engines
async def test_an_engine_without_the_toolkit(clean_engine: Lab, engine: Engine) -> None:
    proof = await engine.prove_gpu()
    assert proof.ability is GpuAbility.NO
    assert "nvidia" in proof.reason
    assert left_behind(clean_engine) == []


@pytest.mark.both_engines
async def test_an_engine_with_the_toolkit(gpu_engine: Lab, engine: Engine) -> None:
    proof = await engine.prove_gpu()
    assert (proof.ability, proof.reason) == (GpuAbility.YES, "")
    assert left_behind(gpu_engine) == []


async def test_what_an_interrupted_proof_left_behind_is_cleaned_up(
    clean_engine: Lab, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = clean_engine
    lab.run(["sh", "-c", f"tar -c -T /dev/null | docker import - harmony-desktop/{PURPOSE}:old"])
    lab.docker("create", "--label", f"{LABEL}={PURPOSE}", f"harmony-desktop/{PURPOSE}:old", "/nothing")
    assert len(left_behind(lab)) == 2
    await engine.prove_gpu()
    assert len(left_behind(lab)) == 2, "another proof may be using them"
    monkeypatch.setattr(gpu, "LEFTOVER_AGE", 0.0)
    await engine.prove_gpu()
    assert left_behind(lab) == []


async def test_two_proofs_at_a_time(gpu_engine: Lab, engine: Engine) -> None:
    proofs = await asyncio.gather(engine.prove_gpu(), engine.prove_gpu())
    assert [proof.ability for proof in proofs] == [GpuAbility.YES, GpuAbility.YES]
