"""Installing Docker at the press of a button: what is run, what is heard of it, and how it ends."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path, PurePosixPath

import pytest

from harmony_desktop.control.ports import EngineInstall
from harmony_desktop.engine.installed import Installed
from harmony_desktop.engine.installing import install_help
from harmony_desktop.engine.place import Place
from harmony_desktop.stack.errors import HarmonyError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="installed by hand there")

HOME = PurePosixPath("/home/anna")


def place(environ: dict[str, str] | None = None, *, uid: int = 1000, system: str = "linux") -> Place:
    return Place(system, HOME, environ or {}, uid, "anna")


def machine(*system: str, codename: str = "noble", wsl: bool = False, pkexec: str = "/bin/pkexec") -> Installed:
    programs = {"pkexec": pkexec} if pkexec else {}
    return Installed(programs=programs, system=system, codename=codename, wsl=wsl)


@pytest.mark.parametrize(
    ("here", "installed", "offered"),
    [
        (place(), machine("ubuntu", "debian"), True),
        (place(), machine("linuxmint", "ubuntu", "debian"), True),
        (place(), machine("debian", codename="bookworm"), True),
        (place(), machine("fedora"), True),
        (place(), machine("arch"), False),
        (place(), machine("unheard-of"), False),
        (place(), machine("ubuntu", wsl=True), False),
        (place(), machine("ubuntu", pkexec=""), False),
        (place(uid=0), machine("debian", pkexec=""), True),
        (place(system="darwin"), machine(), False),
    ],
)
def test_it_is_offered_where_the_guide_has_packages(here: Place, installed: Installed, offered: bool) -> None:
    assert (install_help(here, installed).install is not None) is offered


def test_what_is_shown_is_what_is_run() -> None:
    helps = install_help(place(), machine("ubuntu"))
    assert helps.install is not None
    assert [line.replace("sudo ", "") for line in helps.commands] == list(helps.install.commands)
    assert helps.install.commands[-1] == "usermod -aG docker anna"


def install(offer: EngineInstall | None, heard: list[str] | None = None) -> None:
    async def doing() -> None:
        assert offer is not None
        assert offer.act is not None
        await offer.act((heard if heard is not None else []).append)

    asyncio.run(doing())


class FakeSystem:
    """Programs of a package manager that only write down how they were called."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.calls = folder / "calls"
        for name in ("install", "curl", "chmod", "tee", "dpkg", "usermod"):
            self.program(name)
        self.program("apt-get", "echo \"Get:1 $*\"; printf 'Reading 50%%\\rReading 100%%\\n'")
        self.program("pkexec", 'exec "$@"')

    def program(self, name: str, body: str = "") -> None:
        file = self.bin / name
        file.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n{body}\n')
        file.chmod(0o755)

    def installer(self) -> EngineInstall:
        environ = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"}
        found = install_help(place(environ), machine("debian", codename="bookworm", pkexec=str(self.bin / "pkexec")))
        assert found.install is not None
        return found.install


@pytest.fixture
def system(tmp_path: Path) -> FakeSystem:
    return FakeSystem(tmp_path)


def test_each_command_is_said_and_run(system: FakeSystem) -> None:
    heard: list[str] = []
    offer = system.installer()
    install(offer, heard)
    assert [line[2:] for line in heard if line.startswith("$ ")] == list(offer.commands)
    assert "Get:1 update" in heard
    assert {"Reading 50%", "Reading 100%"} <= set(heard)
    calls = system.calls.read_text().splitlines()
    assert calls[0].startswith("pkexec /bin/sh -c")
    assert calls[-1] == "usermod -aG docker anna"


def test_the_first_fault_ends_it_and_is_told(system: FakeSystem) -> None:
    system.program("apt-get", "echo 'E: Could not get lock /var/lib/dpkg/lock-frontend' >&2; exit 100")
    with pytest.raises(HarmonyError) as told:
        install(system.installer())
    assert told.value.title == "Docker could not be installed"
    assert "status 100" in told.value.cause
    assert "Could not get lock" in told.value.cause
    assert "apt-get update" in system.calls.read_text().splitlines()[-1]


@pytest.mark.parametrize(("status", "words"), [(126, "question for the password was closed"), (127, "Nobody could be")])
def test_a_refused_password_is_told_as_such(system: FakeSystem, status: int, words: str) -> None:
    system.program("pkexec", f"exit {status}")
    with pytest.raises(HarmonyError) as told:
        install(system.installer())
    assert words in told.value.cause


def test_cancelling_ends_what_runs_as_an_administrator(system: FakeSystem, tmp_path: Path) -> None:
    ended = tmp_path / "ended"
    # It can be told nothing but by its input: signals to another user's programs are refused.
    system.program("apt-get", f"trap 'touch {ended}; exit 1' TERM; echo started; while :; do sleep 0.05; done")
    offer = system.installer()

    async def cancel() -> None:
        started = asyncio.Event()

        def heard(line: str) -> None:
            if line == "started":
                started.set()

        assert offer.act is not None
        doing = asyncio.ensure_future(offer.act(heard))
        await started.wait()
        doing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await doing
        while not ended.exists():  # noqa: ASYNC110 - a program of the system tells nothing else
            await asyncio.sleep(0.01)

    asyncio.run(cancel())


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = install_help(place(), machine("debian", codename="bookworm", pkexec=str(tmp_path / "pkexec")))
    with pytest.raises(HarmonyError, match="could not be installed"):
        install(found.install)
