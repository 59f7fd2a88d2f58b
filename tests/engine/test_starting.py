"""Starting an engine: which command on which platform, and what becomes of it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from harmony_desktop.engine import starting
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.place import EngineKind, Place
from harmony_desktop.engine.starting import Starter, run, starter, typed
from harmony_desktop.stack.errors import HarmonyError

LINUX = Place("linux", PurePosixPath("/home/anna"), {}, 1000, "anna")
ROOT = Place("linux", PurePosixPath("/root"), {}, 0, "root")
MAC = Place("darwin", PurePosixPath("/Users/anna"), {}, 501, "anna")
WINDOWS = Place("win32", PureWindowsPath("C:/Users/anna"), {}, -1, "anna")
EXE = "C:\\Program Files\\Docker\\Docker\\Docker Desktop.exe"

S, R, D = EngineKind.SYSTEM, EngineKind.ROOTLESS, EngineKind.DESKTOP
C, ORB, RD = EngineKind.COLIMA, EngineKind.ORBSTACK, EngineKind.RANCHER


def having(*programs: str, service: str = "systemd", kinds: tuple[EngineKind, ...] = ()) -> Installed:
    found = {name: EXE if name.endswith("Desktop") else f"/bin/{name}" for name in programs}
    return Installed(frozenset(kinds), found, systemd="systemctl" in programs, service=service)


@pytest.mark.parametrize(
    ("place", "kind", "machine", "argv"),
    [
        (LINUX, S, having("systemctl", "pkexec"), "/bin/pkexec /bin/systemctl start docker"),
        (LINUX, S, having("systemctl"), None),
        (ROOT, S, having("systemctl"), "/bin/systemctl start docker"),
        (LINUX, S, having("snap", "pkexec", service="snap"), "/bin/pkexec /bin/snap start docker"),
        (LINUX, S, having("service", "pkexec", service="init"), "/bin/pkexec /bin/service docker start"),
        (ROOT, S, having("service", service="init"), "/bin/service docker start"),
        (ROOT, S, having("service", service="systemd"), None),  # a unit, but no systemd that runs it
        (ROOT, S, having("service", service="plain"), None),
        (LINUX, R, having("systemctl"), "/bin/systemctl --user start docker"),
        (LINUX, D, having("systemctl"), "/bin/systemctl --user start docker-desktop"),
        (LINUX, D, having("service", service="init"), None),
        (LINUX, C, having("colima"), "/bin/colima start"),
        (LINUX, RD, having("rdctl"), "/bin/rdctl start"),
        (LINUX, EngineKind.REMOTE, having("systemctl", "pkexec"), None),
        (LINUX, EngineKind.OTHER, having("systemctl", "pkexec"), None),
        (MAC, D, having("open", kinds=(D,)), "/bin/open -g -a Docker"),
        (MAC, ORB, having("open", kinds=(ORB,)), "/bin/open -g -a OrbStack"),
        (MAC, RD, having("open", kinds=(RD,)), "/bin/open -g -a Rancher Desktop"),
        (MAC, C, having("colima"), "/bin/colima start"),
        (MAC, S, having("open", kinds=(ORB,)), "/bin/open -g -a OrbStack"),
        (MAC, S, having("colima", kinds=(C,)), "/bin/colima start"),
        (MAC, D, having("open"), None),
        (WINDOWS, D, having("Docker Desktop"), f"cmd.exe /d /c start Docker Desktop /b {EXE}"),
        (WINDOWS, D, having("rdctl"), "/bin/rdctl start"),
        (WINDOWS, D, having(), None),
    ],
)
def test_the_command_for_each_engine(place: Place, kind: EngineKind, machine: Installed, argv: str | None) -> None:
    made = starter(place, kind, "", machine)
    assert (" ".join(made.argv) if made else None) == argv
    if made is not None:
        assert made.label.startswith("Start ")
        assert made.explanation.endswith(".")
        assert 0 < made.patience <= 300


def test_colima_starts_the_profile_of_the_address() -> None:
    made = starter(MAC, C, "unix:///Users/anna/.colima/work/docker.sock", having("colima"))
    assert made is not None
    assert made.argv == ("/bin/colima", "start", "work")


@pytest.mark.parametrize(
    ("place", "kind", "machine", "command"),
    [
        (LINUX, S, having("systemctl"), "sudo systemctl start docker"),
        (ROOT, S, having("systemctl"), "systemctl start docker"),
        (LINUX, S, having(service="init"), "sudo service docker start"),
        (LINUX, S, having(service="snap"), "sudo snap start docker"),
        (LINUX, R, having("systemctl"), "systemctl --user start docker"),
        (LINUX, D, having("systemctl"), "systemctl --user start docker-desktop"),
        (MAC, C, having("colima"), "colima start"),
        (MAC, D, having("open"), ""),
        (WINDOWS, D, having("Docker Desktop"), ""),
    ],
)
def test_what_is_typed(place: Place, kind: EngineKind, machine: Installed, command: str) -> None:
    assert " ".join(typed(place, kind, "unix:///x/default/docker.sock", machine)) == command


def script(folder: Path, text: str, name: str = "program") -> Starter:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Starter((str(path), "start", "docker"), "Start Docker", "Runs it.", 1.0)


async def test_a_command_that_does_its_part(tmp_path: Path) -> None:
    await run(script(tmp_path, f'echo "$*" > {tmp_path}/said'), os.environ)
    assert (tmp_path / "said").read_text() == "start docker\n"


async def test_a_command_that_fails_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(HarmonyError, match="could not be started") as told:
        await run(script(tmp_path, "echo 'Unit docker.service not found.' >&2; exit 5"), os.environ)
    assert "status 5" in told.value.cause
    assert "Unit docker.service not found." in told.value.cause
    assert told.value.advice


@pytest.mark.parametrize(("status", "words"), [(126, "closed"), (127, "Nobody could be asked")])
async def test_a_password_that_was_not_given(tmp_path: Path, status: int, words: str) -> None:
    with pytest.raises(HarmonyError) as told:
        await run(script(tmp_path, f"exit {status}", "pkexec"), os.environ)
    assert words in told.value.cause


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(HarmonyError, match="could not be started"):
        await run(Starter((str(tmp_path / "none"),), "Start Docker", "", 1.0), os.environ)


async def test_what_the_command_starts_may_live_on_with_its_output(tmp_path: Path) -> None:
    """As "colima start" and "service docker start" do: a pipe would stay open, and nobody would see their end."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    async with asyncio.timeout(20):
        await run(script(tmp_path, f"(cat {fifo}; echo late) & echo done"), os.environ)
    fifo.write_text("now end\n")


async def test_a_command_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    how = script(tmp_path, f"echo $$ > {tmp_path}/id; echo busy; sleep 600 & wait")
    with pytest.raises(HarmonyError, match="could not be started") as told:
        await run(how, os.environ, limit=0.5)
    assert "did not end within" in told.value.cause
    assert "busy" in told.value.cause
    await gone(tmp_path / "id")


async def test_cancelling_ends_the_command(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    how = script(tmp_path, f"echo $$ > {tmp_path}/id; trap '' TERM; echo here > {fifo}; while :; do sleep 600; done")
    task = asyncio.create_task(run(how, os.environ))
    assert await asyncio.to_thread(fifo.read_text) == "here\n"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(tmp_path / "id")


async def gone(file: Path) -> None:
    """Wait until nothing is left of the group that a script leads, the dead and unmourned among them."""
    async with asyncio.timeout(20):
        # A process tells nobody but its parent of its end.
        while members(file):  # noqa: ASYNC110
            await asyncio.sleep(0)


def members(file: Path) -> list[str]:
    """The processes of the group; a dead one counts as long as it is for us to mourn it, not for the system."""
    leader, found = file.read_text().strip(), []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if group == leader and (state != "Z" or parent == str(os.getpid())):
            found.append(stat.parent.name)
    return found


def test_programs_of_the_system_get_their_own_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = {"LD_LIBRARY_PATH": "/app", "LD_LIBRARY_PATH_ORIG": "/own", "DYLD_LIBRARY_PATH": "/app", "HOME": "/h"}
    assert starting.outer_environment(packed) == packed
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert starting.outer_environment(packed) == {"LD_LIBRARY_PATH": "/own", "HOME": "/h"}
