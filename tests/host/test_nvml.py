"""The real pynvml, in a process of its own, on the library that plays NVML and its faults."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.lab.nvml_standin import (
    DRIVER_NOT_LOADED,
    GPU_IS_LOST,
    LIBRARY_NOT_FOUND,
    UNKNOWN,
    VERSION_MISMATCH,
    Card,
    Machine,
    NvmlStandIn,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-in for NVML is a Linux library")

Ask = Callable[[Machine], dict[str, Any]]

NO_PERMISSION = 4
TIMEOUT = 10
RTX_4090 = Card(id="GPU-0")
RTX_2060 = Card("NVIDIA GeForce RTX 2060", memory=(6144, 0), capability="7.5", id="GPU-1")

#: Asks twice: the second answer shows that the first left the library as it found it. NVML itself tells whether every
#: initialisation was undone: a question that comes after the last one must find it uninitialised.
_ASK = """
import dataclasses, json
from harmony_desktop.host.local import LocalHost
reports = [dataclasses.asdict(LocalHost().gpus()) for _ in range(2)]
assert reports[0] == reports[1], reports
import pynvml
try:
    pynvml.nvmlSystemGetDriverVersion()
except pynvml.NVMLError as error:
    assert error.value != 0
else:
    raise AssertionError("NVML is still initialised")
print(json.dumps(reports[0]))
"""


def _run(environment: Mapping[str, str]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _ASK],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@pytest.fixture
def ask(nvml: NvmlStandIn) -> Ask:
    def report(machine: Machine) -> dict[str, Any]:
        nvml.describe(machine)
        return _run(nvml.environment)

    return report


def test_a_card_is_reported_with_all_that_is_shown_of_it(ask: Ask) -> None:
    report = ask(Machine((RTX_4090,), driver="580.65.06"))
    assert report["driver"] == "580.65.06"
    assert (report["fault"], report["reason"], report["advice"]) == ("", "", "")
    assert report["gpus"] == [
        {
            "index": 0,
            "name": "NVIDIA GeForce RTX 4090",
            "uuid": "GPU-0",
            "memory": 24564 << 20,
            "compute_capability": "8.9",
        }
    ]


def test_all_cards_are_listed(ask: Ask) -> None:
    report = ask(Machine((RTX_4090, RTX_2060, replace(RTX_2060, id="GPU-2"))))
    assert [(gpu["index"], gpu["uuid"], gpu["compute_capability"]) for gpu in report["gpus"]] == [
        (0, "GPU-0", "8.9"),
        (1, "GPU-1", "7.5"),
        (2, "GPU-2", "7.5"),
    ]


def test_a_lost_card_does_not_hide_the_others(ask: Ask) -> None:
    report = ask(Machine((RTX_4090, replace(RTX_2060, fault=GPU_IS_LOST), RTX_2060)))
    assert [gpu["index"] for gpu in report["gpus"]] == [0, 2]
    assert report["fault"] == "gpu-lost"
    assert report["reason"] == "NVIDIA graphics card 1 of 3 (counted from 0) has stopped answering"
    assert "Restart" in report["advice"]


def test_the_only_card_lost_leaves_none(ask: Ask) -> None:
    report = ask(Machine((replace(RTX_4090, fault=GPU_IS_LOST),)))
    assert report["gpus"] == []
    assert report["fault"] == "gpu-lost"
    assert report["reason"] == "The NVIDIA graphics card has stopped answering"


def test_a_card_with_an_unknown_error_does_not_hide_the_others(ask: Ask) -> None:
    report = ask(Machine((replace(RTX_4090, fault=UNKNOWN), RTX_2060)))
    assert [gpu["index"] for gpu in report["gpus"]] == [1]
    assert report["fault"] == "error"
    assert "Unknown Error" in report["reason"]


@pytest.mark.parametrize(
    ("code", "fault", "word"),
    [
        (DRIVER_NOT_LOADED, "no-driver", "not running"),
        (LIBRARY_NOT_FOUND, "no-library", "NVIDIA"),
        (GPU_IS_LOST, "gpu-lost", "stopped answering"),
        (VERSION_MISMATCH, "version-mismatch", "updated"),
        (NO_PERMISSION, "error", "not allowed"),
        (UNKNOWN, "error", "reports an error"),
        (TIMEOUT, "error", "reports an error"),
        (12345, "error", "reports an error"),
    ],
)
def test_every_fault_of_the_driver_ends_in_a_reason(ask: Ask, code: int, fault: str, word: str) -> None:
    report = ask(Machine(init=code))
    assert report["gpus"] == []
    assert report["fault"] == fault
    assert word in report["reason"]
    assert not report["reason"].endswith(".")


def test_a_file_that_is_no_library_is_no_card(tmp_path: Path) -> None:
    (tmp_path / "libnvidia-ml.so.1").write_text("not a library")
    report = _run({"LD_LIBRARY_PATH": str(tmp_path)})
    assert report["fault"] == "no-library"
    assert report["reason"]


def test_a_library_that_lacks_everything_is_an_error(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler, "the lab needs one as well"
    (tmp_path / "empty.c").write_text("int unused;\n")
    library = tmp_path / "libnvidia-ml.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, tmp_path / "empty.c"], check=True)
    assert _run({"LD_LIBRARY_PATH": str(tmp_path)})["fault"] == "error"


def test_what_a_card_does_not_report_is_left_empty(ask: Ask) -> None:
    report = ask(Machine((Card(memory=None, capability=None),)))
    assert report["fault"] == ""
    assert (report["gpus"][0]["memory"], report["gpus"][0]["compute_capability"]) == (0, "")


def test_a_name_that_cannot_be_read_is_replaced(nvml: NvmlStandIn, tmp_path: Path) -> None:
    description = Path(nvml.environment["NVML_STANDIN"])
    description.write_bytes(b"driver \xff\xfe\ncard \xff\xfe\nuuid GPU-0\n")
    report = _run(nvml.environment)
    assert (report["driver"], report["fault"]) == ("", "")
    assert report["gpus"][0]["name"] == "NVIDIA graphics card"


def test_a_driver_without_cards_says_so(ask: Ask) -> None:
    report = ask(Machine(()))
    assert (report["gpus"], report["fault"]) == ([], "")
    assert report["reason"] == "The NVIDIA driver is there, but it sees no graphics card"
