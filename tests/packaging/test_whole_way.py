"""The whole way of a user with the Debian package: ``make test-deb``.

It is installed on a clean system, opened from the desktop, set up with a real engine, started at the next login,
upgraded, and removed. Nothing but the package is the project's own in there.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.lab.engine import SOCKET_GROUP
from tests.lab.lab import Lab
from tests.lab.waiting import wait_until as wait_until_often
from tests.packaging.built import newer_package, package
from tests.packaging.root import Root, add_user, bare, desktop
from tests.packaging.session import Session

wait_until = partial(wait_until_often, pause=0.1, seconds=60)
pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

USER, UID = "ada", 64210
ENTRY = "/usr/share/applications/harmony-desktop.desktop"
LIBRARY = "/usr/lib/harmony-desktop"
#: What a system writes about its packages and for itself, whatever they are.
BOOKKEEPING = ("/var/", "/etc/ld.so.cache", "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/root")


@pytest.fixture(scope="module")
def deb() -> Path:
    return package()


def install(root: Root, deb: Path) -> str:
    place = root.path("/tmp") / deb.name
    place.write_bytes(deb.read_bytes())
    return root.apt("install", "--no-install-recommends", f"/tmp/{deb.name}")


def own_files(root: Root) -> set[str]:
    """What is on the system and bears the program's name."""
    return {path for path in root.files() if "harmony" in path.lower() and not path.startswith("/var/")}


def test_a_bare_system_needs_nothing_else(deb: Path, tmp_path: Path) -> None:
    with Root([bare()], tmp_path) as root:
        before = root.files()
        install(root, deb)
        assert re.fullmatch(r"harmony-desktop \d+\.\d+\.\d+\n", root.run("harmony-desktop", "--version").stdout)
        for file in root.run(
            "find", LIBRARY, "-type", "f", "(", "-name", "*.so*", "-o", "-perm", "/1", ")"
        ).stdout.split():
            linked = root.run("ldd", file, env={"LD_LIBRARY_PATH": f"{LIBRARY}/_internal"}, check=False).stdout
            assert "not found" not in linked, f"{file}:\n{linked}"
        told = root.run("harmony-desktop", "doctor", "--format", "json", check=False)
        assert told.returncode == 1, told.stderr  # there is no engine
        found = json.loads(told.stdout)
        assert {"engine.reachable"} <= {check["id"] for check in found}
        root.run("harmony-desktop", "setup", "--yes", "--folder", "/root/Harmony")
        assert "harmony-link" in root.run("harmony-desktop", "config").stdout

        root.apt("purge", "harmony-desktop")
        assert own_files(root) <= {path for path in own_files(root) if path.startswith("/root/")}
        root.apt("autoremove", "--purge")
        left = {path for path in root.files() - before if not path.startswith(BOOKKEEPING)}
        assert not left, "\n".join(sorted(left))
        assert (root.path("/root/Harmony") / "docker-compose.yml").is_file()


@pytest.fixture
def home(lab: Lab) -> Path:
    """The user's home; at one and the same place for the system in the root and for the engine outside of it."""
    folder = lab.folder / "installed" / USER
    folder.mkdir(parents=True)
    os.chown(folder, UID, UID)
    folder.chmod(0o700)
    return folder


@pytest.fixture
def system(
    deb: Path, clean_engine: Lab, stack_ports_free: dict[str, int], home: Path, tmp_path: Path
) -> Iterator[Root]:
    """A desktop system with the package, an ordinary user of the group "docker", and the lab's engine."""
    binds = {clean_engine.engine.socket: "/run/docker.sock", home: str(home)}
    with Root([desktop(), bare()], tmp_path / "system", binds=binds) as root:
        add_user(root, USER, UID, str(home), {"docker": SOCKET_GROUP})
        yield root


def log_in(system: Root, home: Path, logs: Path) -> Session:
    logs.mkdir(exist_ok=True)
    return Session(system, USER, str(home), UID, logs)


def through(session: Session, headline: str) -> None:
    """Wait for a page of the set-up, and go on."""
    session.wait_for(headline)
    wait_until(lambda: session.shows("Continue", "button"), f"the way on from {headline}")
    session.click("Continue")


def set_up(session: Session) -> None:
    """Follow the set-up from its first page to a running stack."""
    session.click("Begin")
    for headline in ("Docker is ready", "Your processor does it", "Where shall it live?", "Voices and models"):
        through(session, headline)
    through(session, "Ports and access")
    session.wait_for("Ready to begin")
    session.click("Prepare and start")
    session.wait_for("Harmony is ready", seconds=120)
    session.picture("2-started")
    through(session, "Harmony is ready")
    session.click("Try it")
    session.wait_for("Harmony speaks")
    session.click("Finish")
    session.wait_for("Stop", "button")


def panels(session: Session) -> list[str]:
    """The numbers of the panel's processes."""
    return session.processes("harmony-desktop")


def leave(session: Session) -> None:
    """Quit the panel with its key; the services go on."""
    window = session.windows()[0]
    session.xdotool("windowactivate", "--sync", window, "key", "ctrl+q")
    wait_until(lambda: not panels(session) or session.shows("Quit the panel", "button"), "an answer to Ctrl+Q")
    if panels(session):
        session.click("Quit the panel")
    wait_until(lambda: not panels(session), "the panel's end")


def user_files(home: Path) -> dict[str, bytes]:
    """The user's own: the settings that are kept, and the stack folder's files that people edit."""
    found = {path for path in (home / "Harmony").rglob("*") if path.is_file() and ".harmony" not in path.parts}
    return {str(path.relative_to(home)): path.read_bytes() for path in found}


def test_the_whole_way(system: Root, deb: Path, clean_engine: Lab, home: Path, tmp_path: Path) -> None:
    install(system, deb)
    # In the browser's place: it tells with which environment it was started.
    opener = system.path("/usr/local/bin/xdg-open")
    opener.write_text('#!/bin/sh\nenv >"$HOME/opened.env"\necho "$@" >>"$HOME/opened"\n')
    opener.chmod(0o755)

    with log_in(system, home, tmp_path / "first") as session:
        session.start("gtk-launch", "harmony-desktop")
        session.wait_for("Welcome to Harmony")
        session.picture("1-welcome")
        # A second double click raises the window that is there: the new process ends.
        first = panels(session)
        session.start("gio", "launch", ENTRY)
        wait_until(lambda: panels(session) == first, "the end of the second panel")
        set_up(session)
        running = {row["Names"][0] for row in clean_engine.api.containers() if row["State"] == "running"}
        assert len(running) == 4, running

        session.click("Open Harmony Link")
        wait_until((home / "opened").exists, "the browser")
        environment = (home / "opened.env").read_text()
        assert "_internal" not in environment, environment
        assert not re.search(r"^(LD_LIBRARY_PATH|QT_PLUGIN_PATH|QML2_IMPORT_PATH|_PYI_)", environment, re.MULTILINE)

        # Starts at login, by the switch in the settings.
        session.xdotool("windowactivate", "--sync", session.windows()[0], "key", "ctrl+7")
        session.wait_for("Start Harmony when I log in", "check box")
        entry = home / ".config/autostart/harmony-desktop.desktop"
        assert not entry.exists()
        session.ask("press", name="Start Harmony when I log in", role="check box")
        wait_until(entry.exists, "the entry")
        assert "/tmp" not in entry.read_text()
        leave(session)
        assert len([row for row in clean_engine.api.containers() if row["State"] == "running"]) == 4

    with log_in(system, home, tmp_path / "second") as session:
        session.start("dex", "--autostart", "--environment", "openbox")
        wait_until(lambda: panels(session), "the panel that starts by itself")
        wait_until(lambda: session.windows(visible=False), "its window")
        session.start("gtk-launch", "harmony-desktop")
        session.wait_for("Harmony is ready")
        session.picture("3-after-login")
        wait_until(lambda: len(panels(session)) == 1, "the end of the second panel")
        leave(session)

    kept = user_files(home)
    settings = (home / ".config/harmony-desktop/settings.json").read_bytes()
    newer = newer_package(deb)
    install(system, newer)
    version = newer.name.split("_")[1].rpartition("-")[0]
    assert system.run("harmony-desktop", "--version").stdout == f"harmony-desktop {version}\n"
    with log_in(system, home, tmp_path / "third") as session:
        session.start("dex", ENTRY)
        session.wait_for("Harmony is ready")
        session.picture("4-upgraded")
        leave(session)
    assert user_files(home) == kept
    assert (
        json.loads((home / ".config/harmony-desktop/settings.json").read_bytes()).keys() >= json.loads(settings).keys()
    )

    owned = [path for path in system.run("dpkg", "-L", "harmony-desktop").stdout.split() if "harmony" in path]
    system.apt("remove", "harmony-desktop")
    assert not own_files(system)
    assert not [path for path in owned if system.path(path).exists()]
    # Nothing is left that a purge would take: it has no settings of the system's.
    assert system.run("dpkg", "-s", "harmony-desktop", check=False).returncode == 1
    assert user_files(home) == kept
    assert entry.exists(), "the user's own"
