"""The installer for Windows under wine, from the first installation to the last trace; "make test-windows".

The tests go through one life of an installation, in this order.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bundling import history, windows

from tests.windows.installed import ROOT, WORK, Windows, until

UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\harmony-desktop"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
VERSION = history.version(ROOT)
NEXT = "99.0.0"
#: Colours of a screen with a window that is painted.
PAINTED = 200
PROGRAM, COMMAND = "harmony-desktop-window.exe", "harmony-desktop.exe"

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux", reason="plays Windows with wine; on Windows there is packaging/smoke.py"
    ),
    pytest.mark.xdist_group("windows"),
]


@pytest.fixture(scope="module")
def desk() -> Iterator[Windows]:
    with Windows() as made:
        made.run(made.folder / "uninstall.exe", "/S", "/SETTINGS")  # of a run that broke off
        until(lambda: not (made.folder / COMMAND).exists())
        yield made


@pytest.fixture(scope="module")
def next_setup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installer of the same programs under a higher version."""
    out = tmp_path_factory.mktemp("next")
    python = ROOT / "build" / "package-venv" / "bin" / "python"
    command = [str(python), "-m", "bundling.windows", "--again", "--version", NEXT, "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PYTHONPATH": str(ROOT / "packaging")})
    return out / windows.file_name(NEXT, sys.platform)


def test_it_installs_without_a_question(desk: Windows) -> None:
    setup = ROOT / "dist" / windows.file_name(VERSION, sys.platform)
    assert desk.run(setup, "/S") == (0, "")
    assert {file.name for file in desk.folder.iterdir()} == {
        *(PROGRAM, COMMAND, "_internal", "licences", "LICENSE.txt", "uninstall.exe")
    }
    assert (desk.start_menu / "Harmony.lnk").is_file()
    assert not list(desk.user.glob("Desktop/*.lnk"))
    assert "Harmony Desktop" not in desk.registry(RUN)


def test_windows_lists_it_among_its_apps(desk: Windows) -> None:
    entry = desk.registry(UNINSTALL)
    assert (entry["DisplayName"], entry["DisplayVersion"]) == ("Harmony", VERSION)
    assert entry["Publisher"] == "Harmony Desktop maintainers"
    assert entry["DisplayIcon"].endswith(f"{PROGRAM},0")
    assert entry["QuietUninstallString"].endswith('uninstall.exe" /S')
    assert 40_000 < int(entry["EstimatedSize"], 16) < 200_000  # KiB


def test_the_command_line_works(desk: Windows) -> None:
    status, told = desk.run(desk.folder / COMMAND, "--version")
    assert (status, told.strip()) == (0, f"harmony-desktop {VERSION}")
    status, told = desk.run(desk.folder / COMMAND, "doctor", "--format", "json")
    assert status == 1
    rows = {row["id"]: row for row in json.loads(told)}
    assert rows["engine.reachable"]["status"] == "fail"
    assert "winget install" in rows["engine.reachable"]["advice"]


def test_a_stack_folder_is_made(desk: Windows) -> None:
    status, told = desk.run(desk.folder / COMMAND, "setup", "--yes", "--folder", r"C:\stack")
    assert status == 0, told
    status, told = desk.run(desk.folder / COMMAND, "config", "--project-directory", r"C:\stack")
    assert status == 0, told
    assert r"source: C:\stack\harmony-link\config.json" in told


def test_the_window_opens_and_ends(desk: Windows) -> None:
    with desk.begin(desk.folder / PROGRAM) as window:
        until(lambda: "Harmony" in desk.titles() and desk.colours() > PAINTED)
        desk.picture("window")
        assert desk.run(desk.folder / COMMAND, "--quit") == (0, "")
        out, _ = window.communicate(timeout=60)
    assert (window.returncode, out) == (0, b"")


def test_the_smoke_test_of_a_release_passes(desk: Windows) -> None:
    python, script = desk.wine.python / "python.exe", ROOT / "packaging" / "smoke.py"
    status, told = desk.run(python, script, VERSION, desk.folder / COMMAND, desk.folder / PROGRAM)
    assert status == 0, told
    assert "The window is open." in told


def test_an_upgrade_ends_the_window_and_leaves_nothing_old(desk: Windows, next_setup: Path) -> None:
    (desk.folder / "_internal" / "of-an-old-version.txt").write_text("x")
    (desk.folder / "mine.txt").write_text("put there by somebody")
    with desk.begin(desk.folder / PROGRAM) as window:
        until(lambda: "Harmony" in desk.titles())
        assert desk.run(next_setup, "/S", "/DESKTOP", "/AUTOSTART") == (0, "")
        window.communicate(timeout=60)
    assert window.returncode == 0
    assert desk.registry(UNINSTALL)["DisplayVersion"] == NEXT
    assert not (desk.folder / "_internal" / "of-an-old-version.txt").exists()
    assert not (desk.folder / "_internal.old").exists()
    assert (desk.user / "Desktop" / "Harmony.lnk").is_file()
    assert desk.registry(RUN)["Harmony Desktop"].endswith(rf"\Programs\Harmony\{PROGRAM} --minimized")
    assert desk.run(desk.folder / COMMAND, "--version")[0] == 0


def test_removing_it_keeps_settings_and_stack(desk: Windows) -> None:
    settings = desk.user / "AppData" / "Roaming" / "harmony-desktop" / "settings.json"
    assert settings.is_file()
    assert desk.run(desk.folder / "uninstall.exe", "/S") == (0, "")
    until(lambda: not desk.registry(UNINSTALL))
    assert [file.name for file in desk.folder.iterdir()] == ["mine.txt"]
    assert not (desk.start_menu / "Harmony.lnk").exists()
    assert not (desk.user / "Desktop" / "Harmony.lnk").exists()
    assert "Harmony Desktop" not in desk.registry(RUN)
    assert settings.is_file()
    assert (desk.drive / "stack" / ".env").is_file()


def test_removing_it_with_its_settings_keeps_the_stack(desk: Windows, next_setup: Path) -> None:
    (desk.folder / "mine.txt").unlink()
    assert desk.run(next_setup, "/S") == (0, "")
    assert desk.run(desk.folder / "uninstall.exe", "/S", "/SETTINGS") == (0, "")
    until(lambda: not desk.folder.exists())
    for place in ("Roaming", "Local"):
        assert not (desk.user / "AppData" / place / "harmony-desktop").exists()
    assert (desk.drive / "stack" / ".env").is_file()
    assert not [file for file in WORK.glob("wine/prefix/drive_c/users/*/Temp/ns*") if file.is_dir()]
