"""Finds the engine that answers. Imports docker-py only when asked to, for that takes longer than the first paint."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harmony_desktop.control.ports import EngineError, EngineStatus, EngineUnavailableError
from harmony_desktop.engine import config_file, discover
from harmony_desktop.engine.discover import Attempt, Candidate
from harmony_desktop.engine.place import LINUX, EngineKind, Place
from harmony_desktop.engine.search import Search
from harmony_desktop.engine.tls import TlsFilesError
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.engine.docker_engine import DockerEngine
    from harmony_desktop.engine.installed import Installed

#: Seconds that an engine may take to tell its version.
ANSWER_LIMIT = 10.0
#: The oldest version of the API that is spoken (docker-py's own limit), with the engine that brought it, and the
#: newest that this room was tested with: an engine that knows more is asked in the tested one, as long as it still
#: answers to it.
OLDEST_API, OLDEST_ENGINE = "1.24", "1.12"
NEWEST_API = "1.51"
#: What a plain request to a port that speaks TLS is answered with.
_NOT_PLAIN = "HTTP request to an HTTPS server"


class DockerConnector:
    """Finds and connects; implements ``control.ports.Connector``.

    Args:
        host: Address that the caller names, or "".
        context: Docker context that the caller names, or "".
        chosen: Returns the context that the user has chosen in the panel, or ""; asked at each search.
        environ: The environment, where DOCKER_HOST and its like stand; by default the process's own.
        place: The machine and the user; by default this machine and this user.
    """

    def __init__(
        self,
        *,
        host: str = "",
        context: str = "",
        chosen: Callable[[], str] = lambda: "",
        environ: Mapping[str, str] | None = None,
        place: Place | None = None,
    ) -> None:
        self._host = host
        self._context = context
        self._chosen = chosen
        self._place = place or Place.here(os.environ if environ is None else environ)

    async def connect(self) -> DockerEngine:
        """Return an engine that answered. Raises EngineUnavailableError, whose ``state`` tells what is wrong."""
        search = Search(asyncio.get_running_loop(), self._search)
        try:
            return await search.found
        except asyncio.CancelledError:
            search.end()
            raise

    def _search(self, search: Search) -> DockerEngine:
        """Return the first engine that answers, in the search's thread. Raises EngineUnavailableError."""
        place = self._place
        config = config_file.load(place.config_folder)
        named = bool(self._host or self._context or place.environ.get("DOCKER_HOST"))
        found = discover.candidates(
            place, config, host=self._host, context=self._context, chosen="" if named else self._chosen()
        )
        inquiry = _Inquiry(place, config, search)
        attempts: list[Attempt] = []
        for candidate in found:
            if search.ended:
                raise EngineUnavailableError("The search for an engine was ended")
            answer = inquiry.ask(candidate)
            if not isinstance(answer, Attempt):
                return answer
            attempts.append(answer)
        from harmony_desktop.engine import access, telling  # noqa: PLC0415 - only where no engine answers

        told = inquiry.with_service(telling.most_telling(tuple(attempts)))
        raise telling.no_engine(place, (told,), inquiry.machine, access.look(told.candidate.address, place))


class _Inquiry:
    """Asks one candidate after the other, and makes sense of what goes wrong.

    Args:
        place: The machine and the user.
        config: The user's Docker configuration.
        search: What it belongs to.
    """

    def __init__(self, place: Place, config: config_file.DockerConfig, search: Search) -> None:
        self._place = place
        self._config = config
        self._search = search

    @cached_property
    def machine(self) -> Installed:
        """What is on this machine; of interest only where an engine does not answer."""
        from harmony_desktop.engine import installed  # noqa: PLC0415 - only where no engine answers

        return installed.look(self._place)

    def ask(self, candidate: Candidate) -> DockerEngine | Attempt:
        """Ask a candidate for its version, and agree on that of the API."""
        from harmony_desktop.engine.client import GRACE, Client, Endpoint  # noqa: PLC0415 - imports docker-py
        from harmony_desktop.engine.docker_engine import DockerEngine  # noqa: PLC0415
        from harmony_desktop.engine.faults import root_cause  # noqa: PLC0415
        from harmony_desktop.engine.transport import Connections  # noqa: PLC0415

        endpoint = Endpoint(candidate.address, context=candidate.context, tls=candidate.tls)
        connections = Connections()
        self._search.asking(connections)
        client = Client(endpoint, connections)
        # A call's limit counts from one piece of an answer to the next: one that trickles in is ended from outside.
        overdue = threading.Timer(ANSWER_LIMIT + GRACE, client.interrupt)
        overdue.daemon = True
        overdue.start()
        try:
            with client.calling(say("ask the engine for its version"), ANSWER_LIMIT):
                version: Any = client.version(api_version=False)
        except EngineUnavailableError as error:
            return self._explained(candidate, root_cause(error.__cause__ or error), made=connections.made)
        except EngineError as error:
            return _refused(candidate, error)
        finally:
            overdue.cancel()
            client.close()
        if not isinstance(version, dict):
            return Attempt(candidate, EngineStatus.UNREACHABLE, say("it is not a Docker engine"), connected=True)
        newest = str(version.get("ApiVersion") or "")
        api_version = negotiated(newest, str(version.get("MinAPIVersion") or ""))
        if not api_version:
            return Attempt(candidate, EngineStatus.TOO_OLD, _age(str(version.get("Version") or "?"), newest))
        return DockerEngine(replace(endpoint, api_version=api_version), self._config, self._place.environ)

    def _explained(self, candidate: Candidate, cause: BaseException, *, made: bool) -> Attempt:
        """Return what an error below says of a candidate."""
        from harmony_desktop.engine.faults import plain  # noqa: PLC0415 - imports docker-py

        if candidate.address.startswith("ssh://"):
            return _over_ssh(candidate, plain(cause))
        if isinstance(cause, TlsFilesError):
            advice = say("Put the right files there, or make the Docker context anew.")
            return Attempt(candidate, EngineStatus.UNREACHABLE, str(cause), advice=advice)
        if isinstance(cause, ssl.SSLError):
            return _tls_refused(candidate, cause)
        known = candidate.kind in {*self.machine.kinds, EngineKind.OTHER}
        status = discover.status_of(cause, installed=known)
        if isinstance(cause, socket.gaierror):
            return Attempt(candidate, status, say("this name of a computer is not known"))
        if isinstance(cause, TimeoutError):
            return Attempt(candidate, status, say("no answer in time"), connected=made)
        if status is EngineStatus.STOPPED:
            # Its own words ("No such file or directory") tell nothing more.
            return Attempt(candidate, status)
        return Attempt(candidate, status, plain(cause), connected=made)

    def with_service(self, attempt: Attempt) -> Attempt:
        """Add what the service manager knows of an engine that does not answer."""
        kind = attempt.candidate.kind
        if self._place.system != LINUX or attempt.status not in {EngineStatus.STOPPED, EngineStatus.UNREACHABLE}:
            return attempt
        from harmony_desktop.engine import service_state  # noqa: PLC0415 - only where no engine answers

        word = service_state.service_state(kind, self.machine, dict(self._place.environ))
        if word in {"activating", "reloading"}:
            return replace(attempt, status=EngineStatus.STARTING, detail="its service is being started")
        if word == "failed" and attempt.status is EngineStatus.STOPPED:
            why = service_state.why_it_failed(kind)
            return replace(attempt, detail=f"its service has failed; “{why}” shows why")
        return attempt


def _refused(candidate: Candidate, error: EngineError) -> Attempt:
    """Return what an answer that is an error says of a candidate."""
    if error.status >= 500:
        # It talks HTTP but refuses even its version: Docker Desktop does so until its machine is up.
        return Attempt(candidate, EngineStatus.STARTING, error.cause, connected=True)
    if _NOT_PLAIN in error.cause:
        advice = say(
            "Give the Docker context its certificates (docker context create … --docker "
            "host=…,ca=…,cert=…,key=…), or set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH."
        )
        return Attempt(candidate, EngineStatus.UNREACHABLE, say("it speaks TLS only"), connected=True, advice=advice)
    if error.status == 0:
        advice = say("Addresses are unix://PATH, tcp://HOST:PORT, ssh://USER@HOST, or npipe://PIPE on Windows.")
        if candidate.address.startswith("ssh://"):
            return _over_ssh(candidate, error.cause)
        return Attempt(candidate, EngineStatus.UNREACHABLE, error.cause, advice=advice)
    return Attempt(candidate, EngineStatus.UNREACHABLE, error.cause, connected=True)


def _over_ssh(candidate: Candidate, otherwise: str) -> Attempt:
    """Return why an engine cannot be reached over SSH, in ssh's words, and how else."""
    from harmony_desktop.engine import ssh  # noqa: PLC0415 - only where no engine answers

    there = ssh.destination(candidate.address)
    return Attempt(
        candidate,
        EngineStatus.UNREACHABLE,
        ssh.failure(candidate.address) or otherwise,
        advice=say(
            "Engines over SSH are experimental. “ssh {there} docker version” has to work without asking "
            "anything. A forwarded socket does the same without Harmony’s help:",
            there=there,
        ),
        commands=ssh.forwarded(candidate.address),
    )


def _tls_refused(candidate: Candidate, error: ssl.SSLError) -> Attempt:
    """Return what a failed TLS handshake says of a candidate."""
    reason = (error.reason or "").upper()
    if isinstance(error, ssl.SSLCertVerificationError):
        detail: str = say("its TLS certificate is not trusted: {verify_message}", verify_message=error.verify_message)
        advice = say("The engine’s certificate must be signed by ca.pem, name the host in the address, and be in date.")
    elif isinstance(error, ssl.SSLEOFError) or "ALERT" in reason:
        # Go says "certificate required" or "bad certificate", others simply hang up.
        detail = say("it does not accept this computer’s certificate")
        advice = say("The engine wants a client’s certificate (cert.pem, key.pem) that its own authority signed.")
    elif "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER" in reason:
        detail, advice = (
            say("it does not speak TLS"),
            say("Leave the certificates out, or use the port where it speaks TLS (2376)."),
        )
    else:
        detail, advice = (
            f"TLS: {reason.replace('_', ' ').lower() or error}",
            say("Check the certificates of both sides."),
        )
    return Attempt(candidate, EngineStatus.UNREACHABLE, detail, connected=True, advice=advice)


def _age(version: str, api: str) -> str:
    """Return what an engine that is too old is, and what is needed."""
    speaks = say(" and speaks API {api}", api=api) if api else ""
    return say(
        "version {version}{speaks}; Harmony needs API {oldest_api}, which Docker Engine {oldest_engine} brought",
        version=version,
        speaks=speaks,
        oldest_api=OLDEST_API,
        oldest_engine=OLDEST_ENGINE,
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
