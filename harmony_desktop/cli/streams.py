"""Standard output and standard error as they may be: closed, full, without a reader, or too narrow for a letter.

What a call does never depends on whether somebody reads how it goes: progress that cannot be written is dropped.
Results that cannot be written are the call's fault, told as any other.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say


def make_ready(platform: str = sys.platform) -> None:
    """Make the standard streams such that results and words can be written to them whole.

    On Windows, what is sent to a file or another program is encoded as the system's language has it, which few readers
    expect and JSON forbids: there it is UTF-8, as everywhere else. A console takes all letters anyhow.

    Args:
        platform: ``sys.platform``.
    """
    open_missing()
    for stream in (sys.stdout, sys.stderr) if platform == "win32" else ():
        if isinstance(stream, io.TextIOWrapper) and not stream.isatty():
            stream.reconfigure(encoding="utf-8")


def open_missing() -> None:
    """Put the null device in the place of standard streams that are closed.

    Otherwise the next file or socket that is opened gets their numbers, and what is meant for them goes there.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - stays open to the end


def discard(stream: TextIO) -> None:
    """Send what waits in a stream, and all that comes, to the null device: else Python complains at its exit."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


class ResultStream:
    """Standard output: what cannot be written is a fault of the call.

    A reader that has gone (as in "| head") is none: BrokenPipeError goes through.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO) -> None:
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            # A letter that the terminal's encoding lacks (a file's name, a service's words) is written as its number.
            stream.reconfigure(errors="backslashreplace")
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text. Raises HarmonyError."""
        try:
            return self._stream.write(text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._fault(error) from error

    def writelines(self, lines: Iterable[str]) -> None:
        """Write lines. Raises HarmonyError."""
        self.write("".join(lines))

    def flush(self) -> None:
        """Pass on what waits. Raises HarmonyError."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise self._fault(error) from error

    def isatty(self) -> bool:
        """Whether a person reads it on a terminal."""
        return self._stream.isatty()

    def fileno(self) -> int:
        """Return the number of the file beneath."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:
        """The encoding of the stream beneath."""
        return self._stream.encoding

    def _fault(self, error: OSError) -> HarmonyError:
        discard(self._stream)
        return HarmonyError(
            "The result cannot be written",
            cause=say("Standard output: {error}", error=error.strerror or str(error)),
            advice="Look where the output of this call is sent, and whether there is room.",
        )
