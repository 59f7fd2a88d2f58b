"""Finds the engine that answers. Imports docker-py only when asked to, for that takes longer than the first paint."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from harmony_desktop.control.ports import EngineError, EngineStatus, EngineUnavailableError
from harmony_desktop.engine import config_file, discover
from harmony_desktop.engine.discover import Attempt, Candidate, Place

if TYPE_CHECKING:
    from harmony_desktop.engine.docker_engine import DockerEngine
    from harmony_desktop.engine.transport import Connections

#: Seconds that an engine may take to tell its version.
ANSWER_LIMIT = 10.0
#: The oldest version of the API that is spoken (docker-py's own limit), and the newest that this room was tested with:
#: an engine that knows more is asked in the tested one, as long as it still answers to it.
OLDEST_API = "1.24"
NEWEST_API = "1.51"


class DockerConnector:
    """Finds and connects; implements ``control.ports.Connector``.

    Args:
        host: Address that the caller names, or "".
        context: Docker context that the caller names, or "".
        environ: The environment, where DOCKER_HOST and its like stand; by default the process's own.
        place: The machine and the user; by default this machine and this user.
    """

    def __init__(
        self,
        *,
        host: str = "",
        context: str = "",
        environ: Mapping[str, str] | None = None,
        place: Place | None = None,
    ) -> None:
        self._host = host
        self._context = context
        self._place = place or Place.here(os.environ if environ is None else environ)

    async def connect(self) -> DockerEngine:
        """Return an engine that answered. Raises EngineUnavailableError, whose ``state`` tells what is wrong."""
        search = _Search(asyncio.get_running_loop(), self._search)
        try:
            return await search.found
        except asyncio.CancelledError:
            search.end()
            raise

    def _search(self, search: _Search) -> DockerEngine:
        place = self._place
        config = config_file.load(place.config_folder)
        found = discover.candidates(place, config, host=self._host, context=self._context)
        attempts: list[Attempt] = []
        for candidate in found:
            answer = _try(candidate, config, place, search)
            if not isinstance(answer, Attempt):
                return answer
            attempts.append(answer)
        raise discover.no_engine(place, tuple(attempts))


class _Search:
    """A search in a thread of its own, which can be given up: an engine that is asked may be silent for long.

    The thread is a daemon: looking up the name of an engine's machine is the one thing that nobody can cut short.

    Args:
        loop: The loop of whoever waits for it.
        work: Searches.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Callable[[_Search], DockerEngine]) -> None:
        self.found: asyncio.Future[DockerEngine] = loop.create_future()
        self._loop = loop
        self._work = work
        self._lock = threading.Lock()
        self._connections: Connections | None = None
        self._ended = False
        threading.Thread(target=self._run, name="engine-search", daemon=True).start()

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


def _try(
    candidate: Candidate, config: config_file.DockerConfig, place: Place, search: _Search
) -> DockerEngine | Attempt:
    """Ask a candidate for its version, and agree on that of the API."""
    from harmony_desktop.engine.client import GRACE, Client, Endpoint  # noqa: PLC0415 - imports docker-py
    from harmony_desktop.engine.docker_engine import DockerEngine  # noqa: PLC0415
    from harmony_desktop.engine.faults import plain, root_cause  # noqa: PLC0415
    from harmony_desktop.engine.transport import Connections  # noqa: PLC0415

    endpoint = Endpoint(candidate.address, context=candidate.context, tls=candidate.tls)
    connections = Connections()
    search.asking(connections)
    client = Client(endpoint, connections)
    # The limit of a call counts from one piece of an answer to the next: one that trickles in is ended from outside.
    overdue = threading.Timer(ANSWER_LIMIT + GRACE, client.interrupt)
    overdue.daemon = True
    overdue.start()
    try:
        with client.calling("ask the engine for its version", ANSWER_LIMIT):
            version = client.version(api_version=False)
    except EngineUnavailableError as error:
        cause = root_cause(error.__cause__ or error)
        status = discover.status_of(cause, installed=discover.seems_installed(place))
        return Attempt(candidate, status, plain(cause))
    except EngineError as error:
        # It talks HTTP but refuses even its version: Docker Desktop does so until its machine is up.
        starting = error.status >= 500
        return Attempt(candidate, EngineStatus.STARTING if starting else EngineStatus.UNREACHABLE, error.cause)
    finally:
        overdue.cancel()
        client.close()
    api_version = negotiated(str(version.get("ApiVersion") or ""), str(version.get("MinAPIVersion") or ""))
    if not api_version:
        return Attempt(candidate, EngineStatus.TOO_OLD, f"version {version.get('Version')}")
    return DockerEngine(
        Endpoint(candidate.address, api_version, candidate.context, candidate.tls), config, place.environ
    )


def negotiated(newest: str, oldest: str) -> str:
    """Return the version of the API to speak, or "" where there is none in common.

    Args:
        newest: The newest version that the engine answers to.
        oldest: The oldest one, or "".
    """
    if not newest or _number(newest) < _number(OLDEST_API):
        return ""
    if _number(newest) <= _number(NEWEST_API):
        return newest
    return NEWEST_API if not oldest or _number(oldest) <= _number(NEWEST_API) else oldest


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
