"""Starting with the session: each platform's branch, wherever the tests run."""

from __future__ import annotations

import plistlib
import shutil
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pytest

from harmony_desktop.control.autostart import Entry
from harmony_desktop.host.autostart import local_autostart
from harmony_desktop.host.autostart_macos import LABEL, LaunchAgent
from harmony_desktop.host.autostart_windows import APPROVED, NAME, RUN, RunKey
from harmony_desktop.host.autostart_xdg import FILE, XdgAutostart
from harmony_desktop.host.desktop_entry import command_of, exec_line, read_entry
from harmony_desktop.host.own_command import OwnCommand, Running, own_command
from harmony_desktop.stack.errors import HarmonyError

AWKWARD = ('/opt/Häuser & Höfe/50% "off"/$HOME`x`\\y/ハーモニー', "--minimized")


def program(folder: Path, name: str = "harmony-desktop") -> Path:
    """A program that can be started, in a folder with an awkward name."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / name
    made.write_text("#!/bin/sh\n")
    made.chmod(made.stat().st_mode | stat.S_IXUSR)
    return made


# Which command


def running(folder: Path, **changes: Any) -> Running:
    site = folder / "lib" / "site-packages" / "harmony_desktop"
    plain = Running({}, ("-m",), "/usr/bin/python3", False, site, "linux")
    return replace(plain, **changes)


def test_each_way_of_being_installed_has_its_command(tmp_path: Path) -> None:
    script = program(tmp_path / "bin with spaces")
    image = program(tmp_path, "Harmony.AppImage")
    assert own_command(running(tmp_path, argv=(str(script),)), "-x").argv == (str(script), "-x")
    assert own_command(running(tmp_path)).argv == ("/usr/bin/python3", "-m", "harmony_desktop")
    frozen = running(tmp_path, frozen=True, executable="/opt/harmony/harmony-desktop")
    assert own_command(frozen).argv == ("/opt/harmony/harmony-desktop",)
    mounted = replace(frozen, environ={"APPIMAGE": str(image)}, executable="/tmp/.mount_x/harmony-desktop")
    assert own_command(mounted).argv == (str(image),), "what it is unpacked to is gone at the next login"
    another = replace(running(tmp_path, argv=(str(script),)), environ={"APPIMAGE": str(image)})
    assert own_command(another).argv == (str(script),), "it was started from somebody else's AppImage"


def test_on_windows_the_program_without_a_console_is_started(tmp_path: Path) -> None:
    of_the_command_line, windowed = program(tmp_path, "harmony-desktop.exe"), tmp_path / "harmony-desktop-window.exe"
    frozen = running(tmp_path, frozen=True, executable=str(of_the_command_line), platform="win32")
    assert own_command(frozen).argv == (str(of_the_command_line),)
    program(tmp_path, windowed.name)
    assert own_command(frozen).argv == (str(windowed),)


def test_from_a_source_tree_it_starts_where_python_finds_it(tmp_path: Path) -> None:
    found = own_command(running(tmp_path, package=tmp_path / "work" / "harmony_desktop"))
    assert found.folder == str(tmp_path / "work")


def test_on_windows_no_console_opens(tmp_path: Path) -> None:
    windows = running(tmp_path, platform="win32", executable=str(tmp_path / "python.exe"))
    (tmp_path / "pythonw.exe").touch()
    assert own_command(windows).argv[0] == str(tmp_path / "pythonw.exe")
    (tmp_path / "harmony-desktop.exe").touch()
    by_script = replace(windows, argv=(str(tmp_path / "harmony-desktop"),))
    assert own_command(by_script).argv == (str(tmp_path / "harmony-desktop.exe"),)


# Linux


@pytest.mark.parametrize("argv", [AWKWARD, ("/usr/bin/harmony-desktop", "--minimized"), ("a", "", " ", "%f", "b\\")])
def test_an_exec_line_means_its_command(argv: tuple[str, ...]) -> None:
    assert command_of(exec_line(argv)) == argv


def test_an_exec_line_is_what_the_specification_says() -> None:
    assert exec_line(("/usr/bin/x", "--minimized")) == "/usr/bin/x --minimized"
    assert exec_line(("/a b/100%",)) == '"/a b/100%%"'
    assert exec_line(("a$b\\c",)) == '"a\\\\$b\\\\\\\\c"'
    assert command_of("harmony-desktop --minimized %U") == ("harmony-desktop", "--minimized")


@dataclass
class Session:
    """A home, the system's folder, and a program with an awkward path."""

    folder: Path

    def __post_init__(self) -> None:
        self.program = program(self.folder / 'Häuser & Höfe "50%"')
        self.environ = {
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_CONFIG_DIRS": str(self.folder / "xdg"),
            "PATH": "/usr/bin:/bin",
        }
        self.own = self.folder / "config" / "autostart" / FILE
        self.system = self.folder / "xdg" / "autostart" / FILE

    @property
    def autostart(self) -> XdgAutostart:
        return XdgAutostart(self.environ, self.folder, OwnCommand((str(self.program), "--minimized")))

    def write(self, file: Path, **keys: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        values = {"Type": "Application", "Name": "Harmony", "Exec": "sh --minimized", **keys}
        file.write_text("".join(["[Desktop Entry]\n", *(f"{k.replace('__', '-')}={v}\n" for k, v in values.items())]))


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path)


def test_linux_on_and_off(session: Session) -> None:
    assert session.autostart.look() == Entry()
    session.autostart.switch(True)
    assert session.autostart.look() == Entry(True)
    values = read_entry(session.own.read_text("utf-8"))
    assert command_of(values["Exec"]) == (str(session.program), "--minimized")
    validator = shutil.which("desktop-file-validate")
    if validator:
        told = subprocess.run([validator, str(session.own)], capture_output=True, text=True, check=False)
        assert (told.returncode, told.stdout) == (0, "")
    session.autostart.switch(False)
    assert not session.own.exists()
    assert session.autostart.look() == Entry()


def test_linux_shows_what_is_really_there(session: Session) -> None:
    session.autostart.switch(True)
    session.own.unlink()
    assert not session.autostart.look().on, "the user has removed it"
    session.autostart.switch(True)
    text = session.own.read_text("utf-8")
    session.own.write_text(text.replace("enabled=true", "enabled=false"), "utf-8")
    assert not session.autostart.look().on, "switched off in the settings of GNOME"
    session.own.write_text(f"{text}Hidden=true\n", "utf-8")
    assert not session.autostart.look().on
    session.write(session.own, Exec="/gone/harmony-desktop")
    found = session.autostart.look()
    assert not found.on
    assert "/gone/harmony-desktop, which is not there" in found.note
    session.write(session.own)
    found = session.autostart.look()
    assert found.on
    assert "another copy: sh" in found.note
    session.autostart.switch(True)
    assert session.autostart.look() == Entry(True)


def test_an_administrators_entry_counts_and_can_be_overruled(session: Session) -> None:
    session.write(session.system)
    found = session.autostart.look()
    assert found.on
    assert "all users" in found.note
    session.autostart.switch(False)
    assert session.system.exists()
    assert not session.autostart.look().on
    assert read_entry(session.own.read_text("utf-8"))["Hidden"] == "true"
    session.autostart.switch(True)
    assert session.autostart.look() == Entry(True)

    session.write(session.system, Hidden="true")
    session.own.unlink()
    assert not session.autostart.look().on, "a package's entry that is off by default"
    session.autostart.switch(True)
    session.autostart.switch(False)
    assert not session.own.exists()


def test_linux_faults_are_told(session: Session) -> None:
    (session.folder / "config").write_text("a file in the place of the folder")
    with pytest.raises(OSError, match="config"):
        session.autostart.switch(True)
    session.environ["FLATPAK_ID"] = "ai.harmony.desktop"
    assert not session.autostart.look().possible
    with pytest.raises(HarmonyError, match="Flatpak"):
        session.autostart.switch(True)


def test_this_system_has_a_way(tmp_path: Path) -> None:
    environ = {"XDG_CONFIG_HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path)}
    assert local_autostart(environ).look().possible


# Windows


@dataclass
class Registry:
    """Plays winreg: the user's keys in a dictionary."""

    keys: dict[str, dict[str, Any]] = field(default_factory=lambda: {RUN: {}})
    HKEY_CURRENT_USER = object()
    KEY_SET_VALUE, KEY_QUERY_VALUE, REG_SZ, REG_BINARY = 2, 1, 1, 3

    def OpenKey(self, root: object, path: str, _reserved: int, _access: int) -> Key:  # noqa: N802 - winreg's names
        assert root is self.HKEY_CURRENT_USER
        if path not in self.keys:
            raise FileNotFoundError(path)
        return Key(self.keys[path])

    def CreateKeyEx(self, root: object, path: str, reserved: int, access: int) -> Key:  # noqa: N802
        self.keys.setdefault(path, {})
        return self.OpenKey(root, path, reserved, access)

    def SetValueEx(self, key: Key, name: str, _reserved: int, _kind: int, value: object) -> None:  # noqa: N802
        key.values[name] = value

    def QueryValueEx(self, key: Key, name: str) -> tuple[object, int]:  # noqa: N802
        if name not in key.values:
            raise FileNotFoundError(name)
        return key.values[name], 1

    def DeleteValue(self, key: Key, name: str) -> None:  # noqa: N802
        if name not in key.values:
            raise FileNotFoundError(name)
        del key.values[name]


@dataclass
class Key:
    values: dict[str, Any]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_windows_on_and_off() -> None:
    registry = Registry()
    run = RunKey(registry, OwnCommand((r"C:\Program Files\Harmony für alle\harmony-desktop.exe", "--minimized")))
    assert run.look() == Entry()
    run.switch(False)
    run.switch(True)
    assert registry.keys[RUN][NAME] == r'"C:\Program Files\Harmony für alle\harmony-desktop.exe" --minimized'
    assert run.look() == Entry(True)
    registry.keys[APPROVED][NAME] = bytes((3, *[0] * 11))
    found = run.look()
    assert not found.on
    assert "Task Manager" in found.note
    run.switch(True)
    assert run.look() == Entry(True)
    assert "another copy" in RunKey(registry, OwnCommand(("other.exe",))).look().note
    run.switch(False)
    assert run.look() == Entry()
    assert registry.keys == {RUN: {}, APPROVED: {}}
    with pytest.raises(HarmonyError, match="too deep"):
        RunKey(registry, OwnCommand(("C:\\" + 260 * "x",))).switch(True)


# macOS


@dataclass
class Launchd:
    disabled: bool = False
    calls: list[Sequence[str]] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str]) -> str:
        self.calls.append(arguments)
        if arguments[0] == "enable":
            self.disabled = False
        state = "disabled" if self.disabled else "enabled"
        return f'disabled services = {{\n\t"com.other" => disabled\n\t"{LABEL}" => {state}\n}}\n'


def test_macos_on_and_off(tmp_path: Path) -> None:
    launchd = Launchd()
    app = program(tmp_path / "Applications" / "Harmony für alle.app" / "Contents" / "MacOS")
    agent = LaunchAgent(tmp_path, 501, OwnCommand((str(app), "--minimized")), launchd)
    assert agent.look() == Entry()
    agent.switch(False)
    agent.switch(True)
    file = tmp_path / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    content = plistlib.loads(file.read_bytes())
    assert content["ProgramArguments"] == [str(app), "--minimized"]
    assert content["RunAtLoad"] is True
    assert agent.look() == Entry(True)
    launchd.disabled = True
    assert "Login Items" in agent.look().note
    assert not agent.look().on
    agent.switch(True)
    assert agent.look() == Entry(True)
    app.unlink()
    assert "is not there" in agent.look().note
    file.write_text("no plist")
    assert "cannot be read" in agent.look().note
    agent.switch(False)
    assert not file.exists()


def test_macos_starts_nothing_from_a_temporary_place(tmp_path: Path) -> None:
    moved = OwnCommand(("/private/var/folders/x/AppTranslocation/1/Harmony.app/Contents/MacOS/harmony-desktop",))
    with pytest.raises(HarmonyError, match="not installed yet"):
        LaunchAgent(tmp_path, 501, moved, Launchd()).switch(True)
