"""``doctor --fix`` on a terminal: it shows, it asks, and only "y" is yes."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from harmony_desktop.cli.doctor import run
from harmony_desktop.cli.parser import build_parser
from tests.control.test_checkup_desk import ScriptedDoctor


class Terminal(io.StringIO):
    """A terminal on which somebody types."""

    def isatty(self) -> bool:
        return True


@dataclass
class Around:
    """What the command needs of its surroundings."""

    made: ScriptedDoctor = field(default_factory=ScriptedDoctor)
    out: io.StringIO = field(default_factory=io.StringIO)
    err: io.StringIO = field(default_factory=io.StringIO)

    def doctor(self, *_options: object) -> ScriptedDoctor:
        self.made.gate.set()
        return self.made

    def mask(self, text: str) -> str:
        return text.replace("s3cret", "•••")


async def call(around: Any, *args: str) -> int:
    return await run(build_parser("doctor").parse_args(["doctor", *args]), around)


@pytest.mark.parametrize(
    ("typed", "done"), [("y\n", True), ("Yes\n", True), ("n\n", False), ("\n", False), ("", False)]
)
async def test_only_yes_is_yes(typed: str, done: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    around = Around()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert await call(around, "--fix") == int(not done)
    assert ("mend" in around.made.calls) is done
    assert "+B=1" in around.out.getvalue()
    assert "s3cret" not in around.out.getvalue() + around.err.getvalue()
    assert "Do this repair? [y/N] " in around.err.getvalue()
    assert ("Nothing was done" in around.err.getvalue()) is not done


async def test_with_json_only_the_findings_go_to_stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    around = Around()
    assert await call(around, "--fix", "--yes", "--format", "json") == 0
    assert around.out.getvalue().startswith("[\n")
    assert "+B=1" in around.err.getvalue()
