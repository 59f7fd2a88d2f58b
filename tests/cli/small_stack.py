"""A stack of two services in a folder of its own; most calls are made in this process, for speed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.main import run
from harmony_desktop.cli.parser import build_parser, find_command
from tests.cli.publisher import Publisher

LINK, SPEECH = "link", "speech"
_FILE = """
name: harmony
services:
  link:
    image: harmonyai/harmony-link:latest
    pull_policy: missing
    ports: ["127.0.0.1:28080:28080"]
    restart: on-failure:5
    stop_grace_period: 1s
    x-harmony:
      title: Harmony Link
      probes: [{port: 28080, http: /, good: []}]
      uses: [{service: speech, for: speech}]
  speech:
    image: harmonyai/harmonyspeech-engine-cpu:latest
    pull_policy: missing
    ports: ["127.0.0.1:12080:12080"]
    restart: on-failure:5
    stop_grace_period: 1s
    x-harmony:
      title: Speech Engine
      probes: [{port: 12080, http: /health}]
"""


@dataclass(frozen=True)
class Said:
    """What a call came to."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class SmallStack:
    """The stack, and the command line for it.

    Args:
        folder: Where its file is.
        publisher: Who publishes its images.
    """

    folder: Path
    publisher: Publisher

    def __post_init__(self) -> None:
        self.write()

    def write(self, **changes: str) -> None:
        """Write the compose file, with words replaced."""
        text = _FILE
        for before, after in changes.items():
            text = text.replace(before, after)
        (self.folder / "compose.yaml").write_text(text)

    def __call__(self, *argv: str, check: bool = True) -> Said:
        """Make a call; ``check`` makes a failure an AssertionError with all that was said."""
        out, err = io.StringIO(), io.StringIO()
        line = self._line(*argv)
        status = run(build_parser(find_command(line)).parse_args(line), AppEnvironment(out, err))
        assert status == 0 or not check, f"{' '.join(argv)} ended with {status}:\n{out.getvalue()}{err.getvalue()}"
        return Said(status, out.getvalue(), err.getvalue())

    def json(self, *argv: str) -> Any:
        """Make a call with ``--format json`` and return what it printed."""
        return json.loads(self(*argv, "--format", "json").stdout)

    def stages(self) -> dict[str, str]:
        """The stage of each service that has a container."""
        return {row["service"]: row["stage"] for row in self.json("ps")}

    def kill_when(self, moment: str, *argv: str) -> None:
        """Make a call as a process of its own; end it with SIGKILL at the first line that begins with some words."""
        process = subprocess.Popen(
            [sys.executable, "-m", "harmony_desktop", *self._line(*argv)],
            cwd=self.folder,
            env={name: value for name, value in os.environ.items() if not name.startswith("DOCKER_")},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        seen = []
        with process:
            for line in process.stderr:
                seen.append(line)
                if line.startswith(moment):
                    process.send_signal(signal.SIGKILL)
                    break
        assert process.returncode == -signal.SIGKILL, "".join(seen)

    def official_agrees(self) -> None:
        """The official ``up`` finds everything as it should be, and makes nothing anew."""
        before = self.publisher.ids()
        told = self.publisher.lab.compose("up", "-d", cwd=self.folder).stderr
        assert told.count("Running") == len(before), told
        assert self.publisher.ids() == before

    def _line(self, *argv: str) -> list[str]:
        return ["-f", str(self.folder / "compose.yaml"), "-H", self.publisher.lab.engine.host, *argv]
