from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.control.ports import GpuAbility, GpuProof
from harmony_desktop.host.memory import ProofMemory

YES = GpuProof(GpuAbility.YES)
NO = GpuProof(GpuAbility.NO, "could not select device driver")


def test_a_yes_is_remembered_for_this_engine_and_this_driver(tmp_path: Path) -> None:
    file = tmp_path / "cache" / "proofs.json"
    ProofMemory(file).remember("ENGINE", "580.65", YES)
    memory = ProofMemory(file)
    assert memory.recall("ENGINE", "580.65") == YES
    assert memory.recall("ENGINE", "590.10") is None
    assert memory.recall("OTHER", "580.65") is None


def test_a_no_is_asked_again_and_ends_a_yes(tmp_path: Path) -> None:
    memory = ProofMemory(tmp_path / "proofs.json")
    memory.remember("ENGINE", "580.65", YES)
    memory.remember("ENGINE", "580.65", NO)
    assert memory.recall("ENGINE", "580.65") is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"usable": 3}', '{"usable": [1, null]}'])
def test_a_damaged_memory_is_an_empty_one(tmp_path: Path, content: str) -> None:
    file = tmp_path / "proofs.json"
    file.write_text(content)
    memory = ProofMemory(file)
    assert memory.recall("ENGINE", "580.65") is None
    memory.remember("ENGINE", "580.65", YES)
    assert memory.recall("ENGINE", "580.65") == YES


def test_a_memory_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    memory = ProofMemory(tmp_path / "file" / "proofs.json")
    memory.remember("ENGINE", "580.65", YES)
    assert memory.recall("ENGINE", "580.65") is None


def test_only_the_latest_engines_are_kept(tmp_path: Path) -> None:
    memory = ProofMemory(tmp_path / "proofs.json")
    for number in range(40):
        memory.remember(f"ENGINE{number}", "580.65", YES)
    assert memory.recall("ENGINE39", "580.65") == YES
    assert memory.recall("ENGINE0", "580.65") is None
