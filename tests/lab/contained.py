"""A process of the lab, with all that it starts, in a namespace that ends with it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab.errors import LabError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SUPERVISOR = Path(__file__).with_name("supervisor.py")


class Contained:
    """A command under `supervisor.py`. It ends with this object's `end`, or with this process, whatever ends that.

    Args:
        argv: The command.
        log: Takes its standard output and error.
        env: Its environment.
        grace: Seconds that it gets between SIGTERM and force when this process ends.
    """

    def __init__(
        self, argv: Sequence[str], log: Path, env: Mapping[str, str] | None = None, grace: float = 5.0
    ) -> None:
        self.name = Path(argv[0]).name
        self.log = log
        unshare = ["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount", "--mount-proc"]
        supervise = [sys.executable, "-I", "-S", str(SUPERVISOR), f"{grace:g}"]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*unshare, *supervise, *argv],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=dict(os.environ if env is None else env),
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether the command has not ended."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raises LabError, with the end of the log, when the command has ended by itself."""
        if not self.running:
            raise LabError(f"{self.name} ended with {self._process.returncode}:\n{self.tail()}")

    def tail(self, lines: int = 25) -> str:
        """The last lines of the command's log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def signal(self, name: str) -> None:
        """Sends a signal ("TERM", "KILL", "STOP" or "CONT") to the command itself."""
        if self._process.stdin is not None and self.running:
            with contextlib.suppress(BrokenPipeError):  # it ended just now
                os.write(self._process.stdin.fileno(), f"{name}\n".encode())

    def wait(self, seconds: float = 30.0) -> int:
        """Waits for the command's end and returns its exit status."""
        return self._process.wait(seconds)

    def end(self, *, force: bool = False) -> None:
        """Ends the command and everything that it started, at once with `force`. Does nothing when it has ended."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            if force:
                self.signal("END")
            self._process.stdin.close()
        self._process.wait(30)
