"""The engine's own disk is full: a real engine over a small file system, which somebody filled."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stack import Stack
from tests.lab.lab import Lab


@pytest.fixture
def small_disk(clean_engine: Lab) -> Iterator[Path]:
    """The engine starts anew over an empty disk of 160 MiB."""
    engine = clean_engine.engine
    data = engine.folder / "data"
    engine.kill()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(data)], check=True)
    try:
        engine.start()
        yield data
    finally:
        engine.kill()
        subprocess.run(["umount", "--lazy", str(data)], check=True)
        engine.start()


def fill(disk: Path) -> Path:
    """Leave no room on a disk."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        while True:
            try:
                file.write(b"\0" * 65_536)
                file.flush()
            except OSError:
                return filler


def test_a_full_disk(small_disk: Path, stack: Stack) -> None:
    filler = fill(small_disk)
    for argv in (("pull",), ("up",)):
        said = stack.call(*argv)
        assert said.status == 1, said
        assert "Error: " in said.err
        assert "The disk of the Docker engine is full" in said.err
        assert "Traceback" not in said.err
    filler.unlink()
    assert stack.call("up", "--wait").status == 0
    whole = stack.shape()
    filler = fill(small_disk)
    stack.next_round(2)
    said = stack.call("up")
    assert said.status in {0, 1}, said
    assert stack.call("ps").status == 0
    filler.unlink()
    assert stack.call("up", "--wait").status == 0
    assert stack.shape()["containers"].keys() == whole["containers"].keys()
    assert {round_ for _, round_ in stack.containers().values()} == {"2", ""}
