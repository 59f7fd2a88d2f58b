"""The meters of this machine; those of its cards on the library that plays NVML, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.host.meters import LocalMeters
from tests.lab.nvml_standin import GPU_IS_LOST, VERSION_MISMATCH, Card, Machine, NvmlStandIn

_ASK = """
import dataclasses, json
from harmony_desktop.host.meters import LocalMeters
meters = LocalMeters()
samples = [[dataclasses.asdict(gpu) for gpu in meters.sample("/").gpus] for _ in range(2)]
meters.close()
assert samples[0] == samples[1], samples
import pynvml
try:
    pynvml.nvmlSystemGetDriverVersion()
except pynvml.NVMLError as error:
    assert error.value != 0
else:
    raise AssertionError("NVML is still initialised")
print(json.dumps(samples[0]))
"""


def cards(nvml: NvmlStandIn, machine: Machine) -> list[dict[str, Any]]:
    nvml.describe(machine)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _ASK],
        env={**os.environ, **nvml.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


needs_library = pytest.mark.skipif(sys.platform != "linux", reason="the stand-in for NVML is a Linux library")


@needs_library
def test_a_card_tells_everything(nvml: NvmlStandIn) -> None:
    [card] = cards(nvml, Machine((Card(processes=((4242, 512),), id="GPU-0"),)))
    assert card == {
        "uuid": "GPU-0",
        "name": "NVIDIA GeForce RTX 4090",
        "busy": 12,
        "memory": 24564 << 20,
        "memory_used": 1203 << 20,
        "temperature": 41,
        "power": 58.0,
        "power_limit": 450.0,
        "processes": {"4242": 512 << 20},
        "index": 0,
    }


@needs_library
def test_a_card_that_tells_little(nvml: NvmlStandIn) -> None:
    [card] = cards(nvml, Machine((Card(memory=None, utilisation=None, temperature=None, power=None, id="GPU-0"),)))
    told = {key: value for key, value in card.items() if value not in (None, 0, {})}
    assert told == {"uuid": "GPU-0", "name": "NVIDIA GeForce RTX 4090"}


@needs_library
def test_a_lost_card_does_not_hide_the_others(nvml: NvmlStandIn) -> None:
    found = cards(nvml, Machine((Card("Lost", fault=GPU_IS_LOST), Card("Fine"))))
    assert [card["name"] for card in found] == ["Fine"]


@needs_library
def test_no_driver_no_cards(nvml: NvmlStandIn) -> None:
    assert cards(nvml, Machine(init=VERSION_MISMATCH)) == []


def test_the_computer(tmp_path: Path) -> None:
    meters = LocalMeters()
    sample = meters.sample(str(tmp_path / "not" / "there"))
    meters.close()
    assert 0 <= sample.cpu <= 100
    assert 0 < sample.memory_used < sample.memory
    assert 0 < sample.disk_free <= sample.disk
