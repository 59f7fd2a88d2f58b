"""Crashes below Python (a fault in Qt, in a driver): written down while they happen, read at the next start."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from harmony_desktop.records import dataclass

#: Bytes of an earlier crash that are read.
_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class NativeCrash:
    """What an earlier run wrote while it crashed.

    Attributes:
        title: Its first line.
        trace: All of it.
        at: When.
    """

    title: str
    trace: str
    at: datetime


class NativeCrashes:
    """Lets Python write its threads' calls into a file when the process crashes.

    All windows share the file: each appends to it, and who reads it empties it.

    Args:
        file: The file.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stream: IO[bytes] | None = None

    def begin(self) -> NativeCrash | None:
        """Return what an earlier run has left, once, and write down what happens from now on."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        except OSError:  # a folder that nobody may write in: then nothing is told
            return None
        self._stream = os.fdopen(handle, "r+b", buffering=0)
        found = _read(self._stream)
        faulthandler.enable(self._stream)
        return found

    def note(self, text: str) -> None:
        """Write down why the process is about to crash, where somebody still can say so."""
        if self._stream is not None:
            with contextlib.suppress(OSError):
                self._stream.write(f"{text}\n".encode("utf-8", "backslashreplace"))

    def end(self) -> None:
        """The process ends in good order."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        faulthandler.disable()
        if sys.platform == "win32":
            # Windows tells faults there that a program outlives; this one has.
            with contextlib.suppress(OSError):
                stream.truncate(0)
        stream.close()


def _read(stream: IO[bytes]) -> NativeCrash | None:
    """Read and empty the file."""
    with contextlib.suppress(OSError):
        status = os.fstat(stream.fileno())
        if not status.st_size:
            return None
        stream.seek(0)
        text = stream.read(_MOST).decode("utf-8", "replace").strip()
        stream.truncate(0)
        if text:
            return NativeCrash(text.splitlines()[0], text, datetime.fromtimestamp(status.st_mtime, UTC).astimezone())
    return None
