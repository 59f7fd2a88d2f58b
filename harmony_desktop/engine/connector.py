"""Finds the engine that answers. Imports docker-py only when asked to, for that takes longer than the first paint."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from harmony_desktop.control.ports import EngineError, EngineStatus, EngineUnavailableError
from harmony_desktop.engine import config_file, discover
from harmony_desktop.engine.discover import Attempt, Candidate, Place

if TYPE_CHECKING:
    from harmony_desktop.engine.docker_engine import DockerEngine

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
        thread = ThreadPoolExecutor(1, thread_name_prefix="engine-search")
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, self._search)
        finally:
            thread.shutdown(wait=False)

    def _search(self) -> DockerEngine:
        place = self._place
        config = config_file.load(place.config_folder)
        found = discover.candidates(place, config, host=self._host, context=self._context)
        attempts: list[Attempt] = []
        for candidate in found:
            answer = _try(candidate, config, place)
            if not isinstance(answer, Attempt):
                return answer
            attempts.append(answer)
        raise discover.no_engine(place, tuple(attempts))


def _try(candidate: Candidate, config: config_file.DockerConfig, place: Place) -> DockerEngine | Attempt:
    """Ask a candidate for its version, and agree on that of the API."""
    from harmony_desktop.engine.client import Client, Endpoint  # noqa: PLC0415 - imports docker-py
    from harmony_desktop.engine.docker_engine import DockerEngine  # noqa: PLC0415
    from harmony_desktop.engine.faults import plain, root_cause  # noqa: PLC0415
    from harmony_desktop.engine.transport import Connections  # noqa: PLC0415

    endpoint = Endpoint(candidate.address, context=candidate.context, tls=candidate.tls)
    client = Client(endpoint, Connections())
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
