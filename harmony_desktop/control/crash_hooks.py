"""Where unexpected errors arrive: Python's hooks, the event loop's, and what code of ours catches as a last resort."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    import asyncio

    from harmony_desktop.control.crashes import CrashBook

#: Whose records are looked through for errors: ours, and those of the loops, which log what nobody else has taken.
_LOGGERS = ("harmony_desktop", "asyncio", "concurrent.futures", "qasync")
#: Ends that somebody wanted, or that a reader has gone: no faults.
_WANTED = (KeyboardInterrupt, SystemExit, GeneratorExit, BrokenPipeError)

_log = logging.getLogger(__name__)


class CrashHooks:
    """Leads every unexpected error into the book.

    PySide6 reports what is raised in a slot or in a virtual function (``paintEvent``) to ``sys.excepthook`` and goes
    on; without a window, what arrives there has ended the program.

    Args:
        book: Keeps them.
        fatal: Is told of an error that ends the program.

    Attributes:
        interrupted: Is called on Ctrl+C while the window is there; None where it is not.
    """

    def __init__(self, book: CrashBook, fatal: Callable[[BaseException], object]) -> None:
        self._book = book
        self._fatal = fatal
        self._caught = _Caught(book)
        self._before: tuple[Any, Any, Any] | None = None
        self.interrupted: Callable[[], object] | None = None

    def install(self) -> None:
        """Take the places of Python's own hooks, which would write secrets to stderr."""
        self._before = (sys.excepthook, threading.excepthook, sys.unraisablehook)
        sys.excepthook, threading.excepthook = self.uncaught, self.in_thread
        sys.unraisablehook = self.unraisable
        for name in _LOGGERS:
            logging.getLogger(name).addHandler(self._caught)

    def remove(self) -> None:
        """Put back what was there."""
        if self._before is not None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = self._before
            self._before = None
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(self._caught)

    def in_loop(self, _loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Take what a task, a callback or a transport of a loop has raised; made for ``set_exception_handler``."""
        error = context.get("exception")
        if error is None:
            _log.error("%s", context.get("message") or "The event loop complains")
        elif not _is_wanted(error):
            task = context.get("task") or context.get("future")
            name = task.get_name() if task is not None and hasattr(task, "get_name") else ""
            name = "" if name.startswith("Task-") else name  # a mere number
            self._book.take(error, say("in the task “{name}”", name=name) if name else say("in the event loop"))

    def uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Take what nobody has caught: ``sys.excepthook``."""
        if isinstance(error, KeyboardInterrupt) and self.interrupted is not None:
            self.interrupted()
        if _is_wanted(error):
            return
        if self.interrupted is not None:
            self._book.take(_with(error, trace), say("while the window was at work"))
            return
        self._book.take(_with(error, trace), say("that ended the program"), told=True)
        self._fatal(error)

    def in_thread(self, args: threading.ExceptHookArgs) -> None:
        """Take what has ended a thread: ``threading.excepthook``."""
        error = args.exc_value if args.exc_value is not None else args.exc_type()
        if not _is_wanted(error):
            name = args.thread.name if args.thread is not None else ""
            self._book.take(_with(error, args.exc_traceback), say("in the thread “{name}”", name=name))

    def unraisable(self, args: sys.UnraisableHookArgs) -> None:
        """Take what nobody could have caught: ``sys.unraisablehook``."""
        error = args.exc_value if args.exc_value is not None else args.exc_type()
        if not _is_wanted(error):
            # The name alone: the object may be half gone, and its words may need what is gone.
            name = getattr(args.object, "__qualname__", "") or type(args.object).__name__
            self._book.take(_with(error, args.exc_traceback), say("while {what} was cleared away", what=name))


class _Caught(logging.Handler):
    """Takes the errors that code of ours catches as its last resort, and logs."""

    def __init__(self, book: CrashBook) -> None:
        super().__init__(logging.ERROR)
        self._book = book

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record's error; those that the book itself logs are in it."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not record.name.startswith("harmony_desktop.control.crash"):
            self._book.take(error, record.getMessage(), logged=True)


def _with(error: BaseException, trace: TracebackType | None) -> BaseException:
    return error if error.__traceback__ is not None or trace is None else error.with_traceback(trace)


def _is_wanted(error: BaseException) -> bool:
    if isinstance(error, _WANTED):
        return True
    loop = sys.modules.get("asyncio")  # a call that has no loop loads none for this
    return loop is not None and isinstance(error, loop.CancelledError)
