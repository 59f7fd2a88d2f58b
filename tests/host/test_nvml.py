"""The real pynvml, in a process of its own, on a library that plays NVML and its faults."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-in for NVML is a Linux library")

Ask = Callable[..., dict[str, Any]]

_ASK = """
import dataclasses, json
from harmony_desktop.host.local import LocalHost
print(json.dumps(dataclasses.asdict(LocalHost().gpus())))
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("nvml")
    source = Path(__file__).with_name("nvml_standin.c")
    target = folder / "libnvidia-ml.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-Werror", "-o", target, source], check=True)
    return folder


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
def ask(library: Path) -> Ask:
    return lambda **settings: _run({"LD_LIBRARY_PATH": str(library), **settings})


def test_a_card_is_reported_with_all_that_is_shown_of_it(ask: Ask) -> None:
    report = ask()
    assert report["driver"] == "580.65.06"
    assert (report["fault"], report["reason"], report["advice"]) == ("", "", "")
    assert report["gpus"] == [
        {
            "index": 0,
            "name": "NVIDIA GeForce RTX 4090",
            "uuid": "GPU-00000000",
            "memory": 24 << 30,
            "compute_capability": "8.9",
        }
    ]


def test_all_cards_are_listed(ask: Ask) -> None:
    assert [(gpu["index"], gpu["compute_capability"]) for gpu in ask(NVML_CARDS="3")["gpus"]] == [
        (0, "8.9"),
        (1, "7.5"),
        (2, "7.5"),
    ]


def test_a_lost_card_does_not_hide_the_others(ask: Ask) -> None:
    report = ask(NVML_CARDS="3", NVML_LOST="1")
    assert [gpu["index"] for gpu in report["gpus"]] == [0, 2]
    assert report["fault"] == "gpu-lost"
    assert report["reason"] == "NVIDIA graphics card 1 of 3 (counted from 0) has stopped answering"
    assert "Restart" in report["advice"]


def test_the_only_card_lost_leaves_none(ask: Ask) -> None:
    report = ask(NVML_LOST="0")
    assert report["gpus"] == []
    assert report["fault"] == "gpu-lost"
    assert report["reason"] == "The NVIDIA graphics card has stopped answering"


def test_a_card_with_an_unknown_error_keeps_the_drivers_words(ask: Ask) -> None:
    report = ask(NVML_CARDS="2", NVML_BROKEN="0")
    assert [gpu["index"] for gpu in report["gpus"]] == [1]
    assert report["fault"] == "error"
    assert "Unknown Error" in report["reason"]


@pytest.mark.parametrize(
    ("code", "fault", "word"),
    [
        ("9", "no-driver", "not running"),
        ("12", "no-library", "NVIDIA"),
        ("15", "gpu-lost", "stopped answering"),
        ("18", "version-mismatch", "updated"),
        ("4", "error", "not allowed"),
        ("999", "error", "reports an error"),
        ("10", "error", "reports an error"),
    ],
)
@pytest.mark.parametrize("call", ["NVML_INIT", "NVML_COUNT"])
def test_every_fault_of_the_driver_ends_in_a_reason(ask: Ask, call: str, code: str, fault: str, word: str) -> None:
    report = ask(**{call: code})
    assert report["gpus"] == []
    assert report["fault"] == fault
    assert word in report["reason"]
    assert not report["reason"].endswith(".")


def test_no_library_is_no_card(tmp_path: Path) -> None:
    (tmp_path / "libnvidia-ml.so.1").write_text("not a library")
    report = _run({"LD_LIBRARY_PATH": str(tmp_path)})
    assert report["fault"] == "no-library"
    assert report["reason"]


def test_a_library_that_lacks_everything_is_an_error(library: Path, tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    assert compiler
    (tmp_path / "empty.c").write_text("int unused;\n")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", tmp_path / "libnvidia-ml.so.1", tmp_path / "empty.c"], check=True
    )
    assert _run({"LD_LIBRARY_PATH": str(tmp_path)})["fault"] == "error"


def test_what_a_card_does_not_report_is_left_empty(ask: Ask) -> None:
    report = ask(NVML_BARE="1")
    assert report["fault"] == ""
    assert (report["gpus"][0]["memory"], report["gpus"][0]["compute_capability"]) == (0, "")


def test_a_name_that_cannot_be_read_is_replaced(ask: Ask) -> None:
    assert ask(NVML_GARBAGE="1")["gpus"][0]["name"] == "NVIDIA graphics card"


def test_a_driver_without_cards_says_so(ask: Ask) -> None:
    report = ask(NVML_CARDS="0")
    assert (report["gpus"], report["fault"]) == ([], "")
    assert report["reason"] == "The NVIDIA driver is there, but it sees no graphics card"


@pytest.mark.parametrize("settings", [{}, {"NVML_COUNT": "999"}, {"NVML_LOST": "0"}, {"NVML_INIT": "18"}])
def test_the_library_is_left_as_it_was_found(ask: Ask, tmp_path: Path, settings: dict[str, str]) -> None:
    journal = tmp_path / "journal"
    journal.touch()
    ask(NVML_JOURNAL=str(journal), **settings)
    lines = journal.read_text().split()
    assert lines.count("init") == lines.count("shutdown")
