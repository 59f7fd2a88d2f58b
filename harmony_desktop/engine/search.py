"""A search for the engine in a thread of its own, which can be given up: an engine that is asked may be silent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmony_desktop.engine.docker_engine import DockerEngine
    from harmony_desktop.engine.transport import Connections


class Search:
    """One search. Its thread is a daemon: looking up the name of an engine's machine is what nobody can cut short.

    Args:
        loop: The loop of whoever waits for it.
        work: Searches.

    Attributes:
        found: The engine.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Callable[[Search], DockerEngine]) -> None:
        self.found: asyncio.Future[DockerEngine] = loop.create_future()
        self._loop = loop
        self._work = work
        self._lock = threading.Lock()
        self._connections: Connections | None = None
        self._ended = False
        threading.Thread(target=self._run, name="engine-search", daemon=True).start()

    @property
    def ended(self) -> bool:
        """Whether it was given up."""
        return self._ended

    def end(self) -> None:
        """Give it up: its connections end, and so does its thread."""
        with self._lock:
            self._ended = True
            if self._connections is not None:
                self._connections.close()

    def asking(self, connections: Connections) -> None:
        """Note the connections over which an engine is asked now."""
        with self._lock:
            self._connections = connections
            if self._ended:
                connections.close()

    def _run(self) -> None:
        try:
            engine = self._work(self)
        except BaseException as error:  # noqa: BLE001 - raised again in the loop's thread
            self._tell(partial(self._fail, error))
        else:
            self._tell(partial(self._succeed, engine))

    def _tell(self, call: Callable[[], None]) -> None:
        # The loop may have been closed: nobody is left to hear it.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call)

    def _fail(self, error: BaseException) -> None:
        if not self.found.done():
            self.found.set_exception(error)

    def _succeed(self, engine: DockerEngine) -> None:
        # An engine that nobody waits for any more has neither threads nor connections yet: it is simply dropped.
        if not self.found.done():
            self.found.set_result(engine)
