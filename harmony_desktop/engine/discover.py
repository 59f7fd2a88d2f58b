"""Which engine to use. Decides by tables; connects to nothing.

The order is that of the ``docker`` command, so that both see the same containers: what the caller names, DOCKER_HOST,
DOCKER_CONTEXT, the context that the user has chosen in the panel, the active context. Only where all of these say
nothing are the known sockets tried, for the command itself finds but one of them.
"""

from __future__ import annotations

from pathlib import Path

from harmony_desktop.control.ports import EngineHelp, EngineStatus, EngineUnavailableError
from harmony_desktop.engine import contexts
from harmony_desktop.engine.config_file import DockerConfig
from harmony_desktop.engine.place import EngineKind, Place, kind_of, known_addresses
from harmony_desktop.engine.tls import TlsFiles
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that may be there.

    Attributes:
        address: Where.
        origin: Who names it, in plain words ("DOCKER_HOST", "the Docker context desktop-linux", "Docker Desktop").
        context: The name of the context, "default" without one.
        tls: Files of a TLS connection.
        kind: Who provides it.
    """

    address: str
    origin: str
    context: str = contexts.DEFAULT
    tls: TlsFiles | None = None
    kind: EngineKind = EngineKind.SYSTEM


def candidates(
    place: Place, config: DockerConfig, *, host: str = "", context: str = "", chosen: str = ""
) -> tuple[Candidate, ...]:
    """Return the engines to try, the first to answer is used.

    Args:
        place: The machine and the user.
        config: The user's Docker configuration.
        host: Address that the caller names, or "".
        context: Context that the caller names, or "".
        chosen: Context that the user has chosen in the panel, or "".

    Raises:
        EngineUnavailableError: A context is named that does not exist, or cannot be read.
    """
    environ = place.environ
    if host:
        return (_at(place, host, say("given by --host")),)
    if context:
        return _of_context(place, context, say("was asked for"))
    if environ.get("DOCKER_HOST"):
        return (_at(place, environ["DOCKER_HOST"], say("given by DOCKER_HOST")),)
    if environ.get("DOCKER_CONTEXT"):
        return _of_context(place, environ["DOCKER_CONTEXT"], say("is named by DOCKER_CONTEXT"))
    if chosen:
        return _of_context(place, chosen, say("is chosen in Harmony’s settings"))
    active = str(config.data.get("currentContext") or "")
    if active:
        return _of_context(place, active, say("is the active one"))
    return known_sockets(place)


def overruled(place: Place, *, host: str = "", context: str = "") -> str:
    """Return what goes before a choice in the panel, in plain words, or ""."""
    environ = place.environ
    if host:
        return say("Harmony was started with --host {host}.", host=host)
    if context:
        return say("Harmony was started with --context {context}.", context=context)
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        if environ.get(name):
            return say("{name} is set to {environ} where Harmony was started.", name=name, environ=environ[name])
    return ""


def _at(place: Place, text: str, origin: str) -> Candidate:
    address = normal_address(text, place)
    return Candidate(address, origin, tls=_environment_tls(place, address), kind=kind_of(place, address))


def _of_context(place: Place, name: str, reason: str) -> tuple[Candidate, ...]:
    if name == contexts.DEFAULT:
        return known_sockets(place)
    found = contexts.read(place.config_folder, name)
    if found.fault:
        raise EngineUnavailableError(
            say("There is no Docker context named {name}", name=name)
            if found.missing
            else say("The Docker context {name} is broken", name=name),
            cause=say("The Docker context {name} {reason}, but {fault}.", name=name, reason=reason, fault=found.fault),
            help=EngineHelp(
                say(
                    "Choose another in Harmony’s settings, or return to the usual one. These tell which there are, and "
                    "which is used:"
                ),
                ("docker context ls", "docker context use default"),
            ),
        )
    address = normal_address(found.address, place) if found.address else known_sockets(place)[0].address
    return (Candidate(address, say("the Docker context {name}", name=name), name, found.tls, kind_of(place, address)),)


def normal_address(text: str, place: Place) -> str:
    """Return an address with its scheme; a bare path is a unix socket, a bare host is reached by TCP."""
    text = text.strip()
    if "://" in text:
        scheme, _, rest = text.partition("://")
        return f"{scheme}://{rest}" if rest else known_sockets(place)[0].address
    return f"unix://{text}" if text.startswith("/") else f"tcp://{text}"


def _environment_tls(place: Place, address: str) -> TlsFiles | None:
    environ = place.environ
    verify = bool(environ.get("DOCKER_TLS_VERIFY"))
    if address.startswith(("unix://", "npipe://", "ssh://")) or not (verify or environ.get("DOCKER_TLS")):
        return None
    folder = Path(environ.get("DOCKER_CERT_PATH") or place.config_folder)
    return contexts.tls_files(folder, verify=verify) or TlsFiles(verify=verify)


def known_sockets(place: Place) -> tuple[Candidate, ...]:
    """Return where the engines of a platform listen, the platform's own first."""
    return tuple(Candidate(address, str(kind), kind=kind) for address, kind in known_addresses(place))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate that did not answer as it should.

    Attributes:
        candidate: The candidate.
        status: What is wrong.
        detail: The system's or the engine's own words.
        connected: Whether somebody took the connection.
        advice: What helps against exactly this, where more is known than the status, or "".
        commands: Commands for it.
    """

    candidate: Candidate
    status: EngineStatus
    detail: str = ""
    connected: bool = False
    advice: str = ""
    commands: tuple[str, ...] = ()


def status_of(error: BaseException, *, installed: bool) -> EngineStatus:
    """Return what an error of the operating system says of an engine.

    Args:
        error: What opening the connection, or reading from it, raised.
        installed: Whether the engine seems to be installed.
    """
    if isinstance(error, PermissionError):
        return EngineStatus.DENIED
    if isinstance(error, FileNotFoundError):
        return EngineStatus.STOPPED if installed else EngineStatus.ABSENT
    if isinstance(error, ConnectionRefusedError):
        return EngineStatus.STOPPED
    return EngineStatus.UNREACHABLE
