"""A Windows that the installer is tried on: wine's, with a screen of its own, below build/windows."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bundling.wine import Wine

ROOT = Path(__file__).parents[2]
WORK = ROOT / "build" / "windows"
#: Seconds. Unpacking 75 MB takes long on a busy machine.
PATIENCE = 240


class Windows(AbstractContextManager["Windows"]):
    """Wine's Windows with a screen; all that it starts ends with it."""

    def __init__(self) -> None:
        self.wine = Wine(WORK / "wine")
        self.drive = self.wine.prefix / "drive_c"
        (self.user,) = (self.drive / "users").glob("[!P]*")  # all but "Public"
        self.folder = self.user / "AppData" / "Local" / "Programs" / "Harmony"
        self.start_menu = self.user / "AppData" / "Roaming" / "Microsoft" / "Windows" / "Start Menu" / "Programs"
        self._display = ""
        self._screen: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x900x24", "-nolisten", "tcp"]
        self._screen.append(subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL))
        os.close(writing)
        with os.fdopen(reading) as told:
            self._display = f":{told.readline().strip()}"
        self._screen.append(subprocess.Popen(["openbox"], env=self.environment, stderr=subprocess.DEVNULL))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wine.end()
        for process in reversed(self._screen):
            process.terminate()
            process.wait(20)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its programs."""
        return {**self.wine.environment, "DISPLAY": self._display}

    def begin(self, *command: str | Path, said: IO[bytes] | int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        """Start a program of Windows."""
        words = ["wine", *map(str, command)]
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT, env=self.environment
        )

    def run(self, *command: str | Path) -> tuple[int, str]:
        """Run a program of Windows to its end; return its status and what it said."""
        with self.begin(*command) as process:
            out, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, out.decode("utf-8", "replace")

    def registry(self, key: str) -> dict[str, str]:
        """Return the values of a key of the user's registry; none if it is not there."""
        status, told = self.run("reg", "query", f"HKCU\\{key}")
        if status:
            return {}
        rows = (re.match(r"\s+(.+?)\s+REG_\w+\s+(.*)", line) for line in told.splitlines())
        return {row[1]: row[2].strip() for row in rows if row}

    def titles(self) -> list[str]:
        """Return the titles of all windows on the screen."""
        command = ["xdotool", "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"]
        told = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        return told.stdout.splitlines()

    def colours(self) -> int:
        """Return how many colours the screen shows: few until a window is painted."""
        command = ["import", "-window", "root", "-format", "%k", "info:"]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return int(done.stdout)

    def picture(self, name: str) -> None:
        """Keep a picture of the screen, for whoever looks."""
        file = WORK / f"{name}.png"
        subprocess.run(["import", "-window", "root", str(file)], env=self.environment, check=True)


def until(holds: Callable[[], bool]) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.2)
