"""Writes lines to a log file that several programs share: in a thread, bounded, and never in anybody's way."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

#: Bytes after which a file becomes the first of the old ones, and how many old ones are kept.
SIZE, OLD_FILES = 1024 * 1024, 3
#: Lines that may wait to be written; what comes on top is counted and dropped.
_MOST_WAITING = 5000
#: Lines that are remembered, for a report of a crash.
_TAIL = 40
#: Seconds that an end of the program waits for the disk.
_PATIENCE = 2.0


def rotated(file: Path, number: int) -> Path:
    """Return the name of an old file; 1 is the newest of them."""
    return file.with_name(f"{file.stem}.{number}{file.suffix}")


class LogWriter:
    """Appends lines to a file. What cannot be written is dropped: the panel works on a full or read-only disk.

    Nothing is opened and no thread begins before the first line. The file is opened for each line: another program (the
    window, a call of the command line) may have made it an old one meanwhile, and Windows renames no open file.

    Args:
        file: The file.
        mask: Returns a text without secrets; is called in the writer's thread.
        size: Bytes after which a new file begins.
        old_files: How many old ones are kept.
    """

    def __init__(self, file: Path, mask: Callable[[str], str], *, size: int = SIZE, old_files: int = OLD_FILES) -> None:
        self._file = file
        self._mask = mask
        self._size = size
        self._old_files = old_files
        self._waiting: queue.SimpleQueue[str | threading.Event] = queue.SimpleQueue()
        self._dropped = 0
        self._thread: threading.Thread | None = None
        self._beginning = threading.Lock()
        self._tail: deque[str] = deque(maxlen=_TAIL)

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, masked, whether or not they could be written."""
        return tuple(self._tail)

    def put(self, text: str) -> None:
        """Let a text be written, from any thread; returns at once."""
        if self._waiting.qsize() >= _MOST_WAITING:
            self._dropped += 1
            return
        self._waiting.put(text)
        if not self._runs():
            self._work_off()

    def flush(self, patience: float = _PATIENCE) -> None:
        """Wait until all is written that has come so far.

        Args:
            patience: Seconds; a disk that hangs holds nobody up for longer.
        """
        if self._thread is None or not self._thread.is_alive():
            self._work_off()
            return
        done = threading.Event()
        self._waiting.put(done)
        done.wait(patience)

    def close(self) -> None:
        """Write what waits, and end the thread; a line that comes later begins a new one."""
        thread = self._thread
        if thread is not None and thread.is_alive():
            end = _End()
            self._waiting.put(end)
            thread.join(_PATIENCE)
        self._thread = None

    def _runs(self) -> bool:
        """Begin the thread where there is none; at the very end of a program there can be none."""
        with self._beginning:
            if self._thread is None or not self._thread.is_alive():
                thread = threading.Thread(target=self._run, name="own log", daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # "can't create new thread at interpreter shutdown"
                    return False
                self._thread = thread
        return True

    def _run(self) -> None:
        while True:
            taken = self._waiting.get()
            if isinstance(taken, threading.Event):
                taken.set()
                if isinstance(taken, _End):
                    return
            else:
                self._write(taken)

    def _work_off(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                taken = self._waiting.get_nowait()
                if isinstance(taken, threading.Event):
                    taken.set()
                else:
                    self._write(taken)

    def _write(self, text: str) -> None:
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            text = f"{text}\n    ({dropped} records were dropped: they came too fast)"
        masked = self._mask(text)
        self._tail.append(masked)
        with contextlib.suppress(OSError):
            self._append(f"{masked}\n".encode("utf-8", "backslashreplace"))

    def _append(self, line: bytes) -> None:
        file = self._file
        file.parent.mkdir(parents=True, exist_ok=True)
        # A full disk may still let the old ones move, and it must not keep the new line from being tried.
        with contextlib.suppress(OSError):
            if file.stat().st_size + len(line) > self._size:
                self._rotate(len(line))
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            os.write(handle, line)  # at once: lines of two programs do not mix
        finally:
            os.close(handle)

    def _rotate(self, coming: int) -> None:
        """Make the file an old one, unless another program does so at this moment or has just done it."""
        with _locked(self._file.with_suffix(".lock")) as mine:
            if not mine or self._file.stat().st_size + coming <= self._size:
                return
            for number in range(self._old_files, 1, -1):
                with contextlib.suppress(FileNotFoundError):
                    rotated(self._file, number - 1).replace(rotated(self._file, number))
            self._file.replace(rotated(self._file, 1))


class _End(threading.Event):
    """Ends the thread."""


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Hold a lock of the operating system while the block runs; yields False at once where another program has it."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        try:
            if os.name == "nt":
                msvcrt = import_module("msvcrt")
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            else:
                fcntl = import_module("fcntl")
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
