"""Installs Docker as an administrator, when somebody has asked for it, and tells the installer's words as they come."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shlex
import sys
from collections.abc import Callable, Mapping

from harmony_desktop.control.ports import EngineInstall
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import LINUX, Place
from harmony_desktop.engine.starting import begun, outer_environment
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import Words, say

#: Seconds that all of it may take: hundreds of megabytes over a slow line.
_LIMIT = 3600.0
#: Seconds that the installer gets to end once nobody waits for it any more, and its last words after its end.
_GRACE, _REST = 20.0, 1.0
#: Exit statuses of pkexec: the user closed its question; it could not ask one.
_DISMISSED, _NOT_ASKED = 126, 127
_LINE_END = re.compile(rb"[\r\n]+")
#: Characters of one line, and lines that are told when it fails.
_WIDTH, _TOLD = 500, 12

# The panel may not end what runs as an administrator, so that the script ends itself when its input does: when the
# panel closes it, or is gone. "kill 0" reaches what the script has started, and nothing else: the session is its own.
_WATCH = """\
exec 3<&0
(cat <&3; kill -TERM 0) >/dev/null 2>&1 &
watch=$!
trap 'kill "$watch" 2>/dev/null || :' EXIT
exec </dev/null"""


def installer(place: Place, installed: Installed, commands: tuple[str, ...]) -> EngineInstall | None:
    """Return how the panel can install Docker, or None where it is left to a person.

    Args:
        place: The machine and the user.
        installed: What is on the machine.
        commands: The guide's commands as a person types them, of which those of apt and dnf are carried out.
    """
    known = any("apt-get" in line or "dnf" in line for line in commands)
    if place.system != LINUX or installed.wsl or not known:
        return None
    as_root = tuple(line.replace("sudo ", "") for line in commands)
    if place.uid == 0:
        argv: tuple[str, ...] = ("/bin/sh", "-c", script(as_root))
        return EngineInstall(
            say("Runs the commands of Docker’s guide, which are shown here."),
            as_root,
            lambda tell: run(argv, place.environ, tell),
        )
    if "pkexec" not in installed.programs:
        return None
    argv = (installed.programs["pkexec"], "/bin/sh", "-c", script(as_root))
    explanation = say(
        "Runs the commands of Docker’s guide, which are shown here. Your system asks for an administrator’s "
        "password. Members of the group “docker” have the rights of root on this computer."
    )
    return EngineInstall(explanation, as_root, lambda tell: run(argv, place.environ, tell))


def script(commands: tuple[str, ...]) -> str:
    """Return the commands as one script, which says each before it runs it and ends at the first that fails."""
    lines = ["set -eu", "export DEBIAN_FRONTEND=noninteractive", _WATCH]
    for line in commands:
        lines += [f"printf '$ %s\\n' {shlex.quote(line)}", line]
    return "\n".join(lines)


async def run(argv: tuple[str, ...], environ: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Install, and return when it is done. Cancelling ends the installer.

    Args:
        argv: The command.
        environ: The environment that it gets.
        tell: Hears each line that it says.

    Raises:
        HarmonyError: It could not be run, failed, or took too long.
    """
    last: list[str] = []

    def heard(line: str) -> None:
        last.append(line)
        del last[:-_TOLD]
        tell(line)

    try:
        process = await begun(
            argv,
            _end,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=outer_environment(environ),
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise _failed(f"{argv[0]}: {error.strerror or error}.", last) from error
    listening = asyncio.create_task(_listen(process, heard))
    try:
        async with asyncio.timeout(_LIMIT):
            status = await process.wait()
        # What the installer has started may keep the other end open.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REST):
                await asyncio.shield(listening)
    except TimeoutError:
        raise _failed(say("It did not end within {limit:g} seconds.", limit=_LIMIT), last) from None
    finally:
        await _end(process)
        listening.cancel()
        await asyncio.wait([listening])
    if status != 0:
        raise _failed(_meaning(argv, status), last)


async def _listen(process: asyncio.subprocess.Process, tell: Callable[[str], None]) -> None:
    """Tell each line; a progress bar that is painted over itself is many lines."""
    rest = b""
    stream = process.stdout
    while stream is not None and (piece := await stream.read(4096)):
        *lines, rest = _LINE_END.split(rest + piece)
        for line in lines:
            _say(line, tell)
    _say(rest, tell)


def _say(line: bytes, tell: Callable[[str], None]) -> None:
    text = "".join(c if c.isprintable() else " " for c in line.decode("utf-8", "replace")).strip()
    if text:
        tell(text[:_WIDTH])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the script's input, by which it ends itself."""
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await process.wait()


def _meaning(argv: tuple[str, ...], status: int) -> Words:
    asks = argv[0].endswith("pkexec")
    if asks and status == _DISMISSED:
        return say("The question for the password was closed, or this user may not answer it.")
    if asks and status == _NOT_ASKED:
        return say("Nobody could be asked for the password: this desktop has no service for it, or access was refused.")
    if status > 0:
        return say("The command ended with status {status}.", status=status)
    return say("The command was ended by signal {what}.", what=-status)


def _failed(why: str, last: list[str]) -> HarmonyError:
    return HarmonyError(
        "Docker could not be installed",
        cause="\n".join((why, *last)),
        advice=say("What was done stays. Try it again, or type the commands in a terminal, where they may tell more."),
    )
