"""How an engine that is installed but does not run is started: a table, and the one way to carry it out."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from typing import IO, Any

from harmony_desktop.control.ports import EngineStart
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import MACOS, WINDOWS, EngineKind, Place, colima_profile
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Seconds that starting may take: a person types a password meanwhile, or a virtual machine is made.
TIME_LIMIT = 300.0
#: Seconds that the engine of a service may take to answer once it has been started, and that of a virtual machine.
_SERVICE, _MACHINE = 20.0, 180.0
#: Seconds that a program gets to end by itself when nobody waits for it any more.
_GRACE = 2.0
#: Exit statuses of pkexec: the user closed its question; it could not ask one.
_DISMISSED, _NOT_ASKED = 126, 127
#: The last bytes of what a program said that are told.
_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Starter:
    """One way to start an engine.

    Attributes:
        argv: The command, with the program's full path.
        label: The words of its button.
        explanation: What it does, for a person who thinks of pressing it.
        patience: Seconds that the engine may take to answer afterwards.
        by_hand: The command as a person types it, where that differs.
    """

    argv: tuple[str, ...]
    label: str
    explanation: str
    patience: float
    by_hand: str = ""

    def offer(self, environ: Mapping[str, str]) -> EngineStart:
        """Return it as the core offers it."""
        return EngineStart(
            self.label, self.explanation, self.patience, lambda: run(self, environ), asks=_asks_for_password(self)
        )


def starter(place: Place, kind: EngineKind, address: str, installed: Installed) -> Starter | None:
    """Return how the panel can start an engine, or None where it cannot.

    Args:
        place: The machine and the user.
        kind: Who provides the engine.
        address: Its address.
        installed: What is on the machine.
    """
    if kind is EngineKind.COLIMA and "colima" in installed.programs:
        profile = colima_profile(address)
        named = () if profile == "default" else (profile,)
        return _made(installed, kind, ("colima", "start", *named), _MACHINE)
    if place.system == WINDOWS:
        return _on_windows(kind, installed)
    if place.system == MACOS:
        return _on_macos(_behind_system_socket(kind, installed), installed)
    return _on_linux(place, kind, installed)


def _on_linux(place: Place, kind: EngineKind, installed: Installed) -> Starter | None:
    if kind is EngineKind.RANCHER:
        return _made(installed, kind, ("rdctl", "start"), _MACHINE)
    if kind in {EngineKind.ROOTLESS, EngineKind.DESKTOP} and installed.systemd:
        unit, patience = ("docker", _SERVICE) if kind is EngineKind.ROOTLESS else ("docker-desktop", _MACHINE)
        return _made(installed, kind, ("systemctl", "--user", "start", unit), patience)
    if kind is not EngineKind.SYSTEM:
        return None
    command = _service_command(installed)
    if not command:
        return None
    if place.uid == 0:
        return _made(installed, kind, command, _SERVICE)
    if "pkexec" not in installed.programs or command[0] not in installed.programs:
        return None
    # pkexec runs programs by their full path only.
    full = ("pkexec", installed.programs[command[0]], *command[1:])
    made = _made(installed, kind, full, _SERVICE)
    if made is None:
        return None
    explanation = say("Runs “{names}”. Your system asks for an administrator’s password.", names=" ".join(command))
    return Starter(made.argv, made.label, explanation, made.patience, f"sudo {' '.join(command)}")


def _service_command(installed: Installed) -> tuple[str, ...]:
    """Return the command that starts the system's own engine, as an administrator types it."""
    if installed.service == "systemd" and installed.systemd:
        return ("systemctl", "start", "docker")
    if installed.service == "snap":
        return ("snap", "start", "docker")
    if installed.service == "init":
        return ("service", "docker", "start")
    return ()


def typed(place: Place, kind: EngineKind, address: str, installed: Installed) -> tuple[str, ...]:
    """Return the commands by which a person starts the engine in a terminal; none where it has a window for that."""
    if kind is EngineKind.COLIMA:
        profile = colima_profile(address)
        return ("colima start" if profile == "default" else f"colima start {profile}",)
    if place.system in {WINDOWS, MACOS} or kind in {EngineKind.REMOTE, EngineKind.OTHER, EngineKind.RANCHER}:
        return ()
    if kind is EngineKind.DESKTOP:
        return ("systemctl --user start docker-desktop",)
    if kind is EngineKind.ROOTLESS:
        return ("systemctl --user start docker",)
    command = _service_command(installed) or ("systemctl", "start", "docker")
    return (" ".join(command if place.uid == 0 else ("sudo", *command)),)


def _on_macos(kind: EngineKind, installed: Installed) -> Starter | None:
    apps = {EngineKind.DESKTOP: "Docker", EngineKind.ORBSTACK: "OrbStack", EngineKind.RANCHER: "Rancher Desktop"}
    if kind is EngineKind.COLIMA:
        return _made(installed, kind, ("colima", "start"), _MACHINE)
    if kind not in apps or kind not in installed.kinds:
        return None
    # In the background: the panel stays in front.
    return _made(installed, kind, ("open", "-g", "-a", apps[kind]), _MACHINE)


def _behind_system_socket(kind: EngineKind, installed: Installed) -> EngineKind:
    """Return whose /var/run/docker.sock is on macOS, which has no engine of its own: that of what is installed."""
    if kind is not EngineKind.SYSTEM:
        return kind
    order = (EngineKind.DESKTOP, EngineKind.ORBSTACK, EngineKind.RANCHER, EngineKind.COLIMA)
    return next((item for item in order if item in installed.kinds), EngineKind.DESKTOP)


def _on_windows(kind: EngineKind, installed: Installed) -> Starter | None:
    program = installed.programs.get("Docker Desktop")
    if kind is EngineKind.RANCHER or (kind is EngineKind.DESKTOP and program is None):
        return _made(installed, EngineKind.RANCHER, ("rdctl", "start"), _MACHINE)
    if kind is not EngineKind.DESKTOP or program is None:
        return None
    # "start" returns at once; the program itself runs until its user ends it.
    argv = ("cmd.exe", "/d", "/c", "start", "Docker Desktop", "/b", program)
    return Starter(
        argv, say("Start {kind}", kind=kind), say("Opens {kind} and waits for its engine.", kind=kind), _MACHINE
    )


def _made(installed: Installed, kind: EngineKind, command: tuple[str, ...], patience: float) -> Starter | None:
    program = installed.programs.get(command[0])
    if program is None:
        return None
    opens = command[0] == "open"
    explanation = (
        say("Opens {kind} and waits for its engine.", kind=kind)
        if opens
        else say("Runs “{names}”.", names=" ".join(command))
    )
    return Starter((program, *command[1:]), say("Start {short}", short=_short(kind)), explanation, patience)


def _short(kind: EngineKind) -> str:
    return "Docker" if kind is EngineKind.ROOTLESS else str(kind)


async def run(how: Starter, environ: Mapping[str, str], limit: float = TIME_LIMIT) -> None:
    """Start an engine and wait until the command has done its part. Cancelling ends the command.

    Args:
        how: The way.
        environ: The environment that the command gets.
        limit: Seconds that it may take.

    Raises:
        HarmonyError: It could not be run, failed, or took too long.
    """
    # A file rather than a pipe: what the command starts may keep the pipe open, and nobody could wait for its end.
    with tempfile.TemporaryFile() as said:
        try:
            process = await begun(
                how.argv,
                _end,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=outer_environment(environ),
                start_new_session=sys.platform != "win32",
            )
        except OSError as error:
            raise _failed(how, f"{how.argv[0]}: {error.strerror or error}.") from error
        try:
            async with asyncio.timeout(limit):
                status = await process.wait()
        except TimeoutError:
            raise _failed(how, say("It did not end within {limit:g} seconds.", limit=limit), _words(said)) from None
        finally:
            if process.returncode is None:
                await _end(process)
        if status != 0:
            raise _failed(how, _meaning(how, status), _words(said))


async def begun(
    argv: tuple[str, ...],
    end: Callable[[asyncio.subprocess.Process], Awaitable[None]],
    **options: Any,  # noqa: ANN401 - those of create_subprocess_exec
) -> asyncio.subprocess.Process:
    """Begin a command; a cancellation that comes before asyncio has it in hand ends it as a later one would.

    Args:
        argv: The command.
        end: Ends a process.
        options: As for ``create_subprocess_exec``, which by itself would end the command, but nothing that it started.

    Raises:
        OSError: It could not be run.
    """
    beginning = asyncio.ensure_future(asyncio.create_subprocess_exec(*argv, **options))
    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        await asyncio.wait([beginning])
        if beginning.exception() is None:
            await end(beginning.result())
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a command and what it started; one that has become an administrator's goes on, and its end is noted."""
    for number in (signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                process.terminate()
            else:
                os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await process.wait()
                return


def outer_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for programs of the system.

    WORKAROUND: a frozen app puts its own libraries into LD_LIBRARY_PATH (and its like), and keeps what was there under
    a name of its own; programs of the system must not load the app's libraries.
    """
    found = dict(environ)
    if not getattr(sys, "frozen", False):
        return found
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FRAMEWORK_PATH", "LIBPATH"):
        before = found.pop(f"{name}_ORIG", None)
        found.pop(name, None)
        if before is not None:
            found[name] = before
    return found


def _asks_for_password(how: Starter) -> bool:
    return os.path.basename(how.argv[0]) == "pkexec"  # noqa: PTH119 - an argument, not a file of ours


def _meaning(how: Starter, status: int) -> str:
    asks = _asks_for_password(how)
    if asks and status == _DISMISSED:
        return say("The question for the password was closed, or this user may not answer it.")
    if asks and status == _NOT_ASKED:
        return say("Nobody could be asked for the password: this desktop has no service for it, or access was refused.")
    return (
        say("The command ended with status {status}.", status=status)
        if status > 0
        else say("The command was ended by signal {what}.", what=-status)
    )


def _words(said: IO[bytes]) -> str:
    """Return the end of what the command said."""
    size = said.seek(0, os.SEEK_END)
    said.seek(max(0, size - _WORDS))
    return said.read().decode("utf-8", "replace").strip()


def _failed(how: Starter, why: str, words: str = "") -> HarmonyError:
    command = how.by_hand or " ".join(how.argv)
    return HarmonyError(
        "Docker could not be started",
        cause="\n".join(part for part in (why, words) if part),
        advice=say("Try it in a terminal, where it may tell more: {command}", command=command),
    )
