"""Puts together what becomes of unexpected errors: hooks, log, the words for a terminal, a desktop, a window.

A part of the composition root, as ``bootstrap``: nobody else imports it.
"""

# ruff: noqa: PLC0415 - as there: a call that goes well pays for none of it

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from harmony_desktop import __version__
from harmony_desktop.control.crash_hooks import CrashHooks
from harmony_desktop.control.crashes import CrashBook
from harmony_desktop.setup.own_log import OwnLog

if TYPE_CHECKING:
    import asyncio

    from harmony_desktop.control.masking import Masker
    from harmony_desktop.setup.native_crash import NativeCrash, NativeCrashes

_log = logging.getLogger(__name__)


class CrashWatch:
    """Watches over one run of the program.

    Args:
        mask: Returns a text without secrets.
        err: Where those read who called from a terminal; masks what is written.
        verbose: Whether they want to see all of it.
        window: Whether a window is meant to open.
    """

    def __init__(self, mask: Callable[[str], str], err: TextIO, *, verbose: bool, window: bool) -> None:
        self._mask = mask
        self._err = err
        self._verbose = verbose
        self._window = window
        self._last_time: NativeCrash | None = None
        self._native: NativeCrashes | None = None
        self.log = OwnLog(mask)
        self.book = CrashBook(self._anonymous, _about, self.log, str(self.log.file.parent))
        self.hooks = CrashHooks(self.book, self._end_of_program)

    def begin(self) -> None:
        """Keep the log, and take every error from now on."""
        self.log.begin(detailed=self._verbose)
        self.hooks.install()

    @contextlib.contextmanager
    def over_window(self, quit: Callable[[], object]) -> Iterator[None]:  # noqa: A002 - the word for it
        """Keep the program alive through errors while the block runs, and its crashes below Python for the next start.

        Args:
            quit: Ends the window in good order.
        """
        from harmony_desktop.setup.native_crash import NativeCrashes

        self._native = NativeCrashes(self.log.file.with_suffix(".crash"))
        self._last_time = self._native.begin()
        self.hooks.interrupted = quit
        try:
            yield
        finally:
            self.hooks.interrupted = None
            self.book.tell_by(None)
            self._native.end()
            self._native = None

    def over_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the errors of a loop, and tell of all from now on by it."""
        loop.set_exception_handler(self.hooks.in_loop)

        def later(delay: float, call: Callable[[], None]) -> None:
            loop.call_soon_threadsafe(loop.call_later, delay, call)

        self.book.tell_by(later)
        if self._last_time is not None:
            found, self._last_time = self._last_time, None
            self.book.take_last_time(found.title, found.trace, found.at)
        _log.info("The window is open: %s", "; ".join(_about()))

    def of_task(self, task: asyncio.Task[None]) -> None:
        """Take the error of a task that somebody holds to its end: else it would be told only then."""
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.hooks.in_loop(task.get_loop(), {"exception": error, "task": task})

    def qt_gives_up(self, reason: str) -> None:
        """Tell why Qt is about to end the process: on the desktop, or at the next start."""
        from harmony_desktop.cli.crash_words import qt_words

        if self._native is not None and self.hooks.interrupted is not None:
            self._native.note(f"Qt gave up: {reason}")
        _log.error("Qt gave up: %s", reason)
        if self._native is None or self.hooks.interrupted is None:
            self._say(*qt_words(reason))
            self.log.flush()
            self._err.flush()
            os._exit(1)  # Qt would leave a core file and a status that says nothing
        self.log.flush()

    def _end_of_program(self, error: BaseException) -> None:
        from harmony_desktop.cli.crash_words import crash_words, start_words

        if self._window:
            if self._verbose:
                self._err.write(crash_words(error, self.log.file, verbose=True))
            title, text = start_words(error)
            self._say(title, f"{text}\n\nThe details are in {self.log.file}.")
        else:
            self._err.write(crash_words(error, self.log.file, verbose=self._verbose))

    def _say(self, title: str, text: str) -> None:
        """Say it on stderr, and on the desktop to whoever did not start it from a terminal."""
        self._err.write(f"Error: {title}.\n{text}\n")
        if not self._err.isatty():
            from harmony_desktop.host.message_box import show_message

            show_message(self._anonymous(title), self._anonymous(text))

    def _anonymous(self, text: str) -> str:
        """Return a text without secrets, and without the user's name: it may be pasted where all can read it."""
        return self._identity.text(self._mask(text))

    @cached_property
    def _identity(self) -> Masker:
        from harmony_desktop.control.masking import Masker
        from harmony_desktop.engine.place import Place

        return Masker(str(Path.home()), Place.here(os.environ).user)


def _about() -> tuple[str, ...]:
    """Return what whoever helps asks first."""
    import platform

    qt = sys.modules.get("PySide6")  # only where there is a window anyway
    desktop = " ".join(filter(None, (os.environ.get(name) for name in ("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE"))))
    return (
        f"Harmony Desktop {__version__}",
        f"Python {platform.python_version()}" + (f", Qt {qt.__version__}" if qt is not None else ""),
        f"{platform.platform()} ({platform.machine()})" + (f", {desktop}" if desktop else ""),
    )
