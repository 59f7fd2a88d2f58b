"""What is said when there is no engine: title, cause and what helps, from what was tried. Tables, no look anywhere."""

from __future__ import annotations

from harmony_desktop.control.ports import EngineHelp, EngineStatus, EngineUnavailableError
from harmony_desktop.engine import starting
from harmony_desktop.engine.access import SocketAccess, permission_help
from harmony_desktop.engine.discover import Attempt
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.installing import install_help, update_help
from harmony_desktop.engine.place import LINUX, WINDOWS, EngineKind, Place
from harmony_desktop.stack.words import capital, joined, say, unstopped

#: The most telling first: what a user can act upon says more than that nothing listens elsewhere.
_TELLING = (
    EngineStatus.DENIED,
    EngineStatus.STARTING,
    EngineStatus.TOO_OLD,
    EngineStatus.UNREACHABLE,
    EngineStatus.STOPPED,
    EngineStatus.ABSENT,
)


def most_telling(attempts: tuple[Attempt, ...]) -> Attempt:
    """Return the attempt that a user can do most about; of equal ones the first."""
    return min(attempts, key=lambda attempt: _TELLING.index(attempt.status))


def no_engine(
    place: Place,
    attempts: tuple[Attempt, ...],
    installed: Installed | None = None,
    access: SocketAccess | None = None,
) -> EngineUnavailableError:
    """Return the error that tells, of all that was tried, what a user can act upon.

    Args:
        place: The machine and the user.
        attempts: What was tried; at least one.
        installed: What is on the machine.
        access: Who may use the socket of the most telling attempt.
    """
    worst = most_telling(attempts)
    found = installed or Installed()
    title, cause = _said(worst)
    return EngineUnavailableError(
        title, cause=cause, state=worst.status, help=_help(place, worst, found, access or SocketAccess())
    )


def _said(attempt: Attempt) -> tuple[str, str]:
    """Return title and cause."""
    candidate, detail = attempt.candidate, attempt.detail
    where = joined((candidate.address, say("({origin})", origin=candidate.origin)))
    said = say(": {detail}", detail=unstopped(detail)) if detail else ""
    match attempt.status:
        case EngineStatus.ABSENT:
            return say("Docker is not installed"), say("No Docker engine was found on this machine.")
        case EngineStatus.STOPPED:
            cause = say("Nothing answers at {where}.", where=where)
            if candidate.kind in _LOCAL:
                cause = say(
                    "{kind} is installed, but nothing answers at {where}.", kind=str(candidate.kind), where=where
                )
            return say("The Docker engine is not running"), joined((cause, _sentence(detail)))
        case EngineStatus.STARTING:
            return say("The Docker engine is starting"), say("{where} is not ready yet{said}.", where=where, said=said)
        case EngineStatus.DENIED:
            return (
                say("You may not use the Docker engine"),
                say("It listens at {where}, but this user has no permission for it.", where=where),
            )
        case EngineStatus.TOO_OLD:
            return say("The Docker engine is too old"), say(
                "The engine at {where} is {detail}.", where=where, detail=detail
            )
    if attempt.connected:
        return (
            say("The Docker engine does not answer"),
            say("Something listens at {where}, but gave no usable answer{said}.", where=where, said=said),
        )
    return say("The Docker engine cannot be reached"), say("There is no way to {where}{said}.", where=where, said=said)


_LOCAL = frozenset(EngineKind) - {EngineKind.OTHER, EngineKind.REMOTE}


def _sentence(detail: str) -> str:
    return say("{detail}.", detail=capital(unstopped(detail))) if detail else ""


def _help(place: Place, attempt: Attempt, installed: Installed, access: SocketAccess) -> EngineHelp:
    candidate = attempt.candidate
    if attempt.advice:
        return EngineHelp(attempt.advice, attempt.commands)
    match attempt.status:
        case EngineStatus.ABSENT:
            return install_help(place, installed)
        case EngineStatus.STOPPED:
            return _start_help(place, attempt, installed)
        case EngineStatus.STARTING:
            return EngineHelp(
                say("Wait a moment: it is found as soon as it answers. If it stays like this, restart it.")
            )
        case EngineStatus.DENIED:
            return permission_help(place, candidate.kind, access)
        case EngineStatus.TOO_OLD:
            remote = candidate.kind is EngineKind.REMOTE
            return EngineHelp(say("Update Docker on that computer.")) if remote else update_help(place, installed)
    return EngineHelp(_unreachable(place, attempt), _restart(place, attempt, installed))


def _start_help(place: Place, attempt: Attempt, installed: Installed) -> EngineHelp:
    candidate = attempt.candidate
    made = starting.starter(place, candidate.kind, candidate.address, installed)
    offer = made.offer(place.environ) if made is not None else None
    commands = starting.typed(place, candidate.kind, candidate.address, installed)
    if candidate.kind is EngineKind.REMOTE:
        advice = say("Start Docker on that computer, and see that it listens there for connections from this one.")
        return EngineHelp(advice)
    if candidate.kind is EngineKind.OTHER:
        return EngineHelp(say("Start the engine that listens there, or choose another Docker context."))
    if commands:
        return EngineHelp(say("Start it:"), commands, start=offer)
    app = _app(place, candidate.kind)
    advice = say("Open {app} and wait for its engine.", app=app)
    if place.system == WINDOWS:
        advice = say("Open {app} from the Start menu and wait until it says that the engine runs.", app=app)
    return EngineHelp(advice, start=offer)


def _app(place: Place, kind: EngineKind) -> str:
    """Return the app that has the engine; macOS and Windows have none without one."""
    apps = {EngineKind.ORBSTACK, EngineKind.RANCHER, EngineKind.DESKTOP}
    return str(kind if kind in apps or place.system == LINUX else EngineKind.DESKTOP)


def _unreachable(place: Place, attempt: Attempt) -> str:
    if attempt.candidate.kind is EngineKind.REMOTE:
        return say("Check that the other computer runs, and the network on the way to it.")
    if place.system == LINUX and attempt.candidate.kind is EngineKind.SYSTEM:
        return say("Restart the engine; what runs in it is restarted as its restart policy says:")
    if attempt.candidate.kind in _LOCAL:
        return say("Restart {kind}.", kind=str(attempt.candidate.kind))
    return say("Restart the engine.")


def _restart(place: Place, attempt: Attempt, installed: Installed) -> tuple[str, ...]:
    kind = attempt.candidate.kind
    if place.system != LINUX or kind not in {EngineKind.SYSTEM, EngineKind.ROOTLESS, EngineKind.DESKTOP}:
        return ()
    return tuple(
        line.replace(" start", " restart") for line in starting.typed(place, kind, attempt.candidate.address, installed)
    )
