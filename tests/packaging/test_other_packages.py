"""What can be said of the AppImage and the Flatpak without their runtimes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bundling import appimage, metainfo

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "packaging/flatpak" / f"{metainfo.IDENTIFIER}.yml"


def test_the_manifest_of_the_flatpak() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    assert manifest["app-id"] == metainfo.IDENTIFIER == MANIFEST.stem
    assert manifest["command"] == "harmony-desktop"
    assert {"runtime", "runtime-version", "sdk"} <= manifest.keys()
    for module in manifest["modules"]:
        for source in module["sources"]:
            assert (MANIFEST.parent / source["path"]).resolve() == ROOT
    for permission in manifest["finish-args"]:
        # What the linter of Flathub refuses.
        assert not re.match(
            r"--(filesystem=(host|home)|socket=(session-bus|system-bus|x11)$|talk-name=.*\*)", permission
        )


def test_what_the_flatpak_shows_to_the_desktop(tmp_path: Path) -> None:
    name = "ai.harmony.desktop"
    command = [sys.executable, "-m", "bundling", "describe", str(tmp_path), "--identifier", name]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": f"{ROOT / 'packaging'}:{ROOT}"})
    entry = (tmp_path / "applications" / f"{name}.desktop").read_text("utf-8")
    assert f"Icon={name}\n" in entry
    assert (tmp_path / f"icons/hicolor/128x128/apps/{name}.png").is_file()
    described = (tmp_path / f"metainfo/{name}.metainfo.xml").read_text("utf-8")
    assert f'<launchable type="desktop-id">{name}.desktop</launchable>' in described


def appdir(folder: Path) -> Path:
    """A tree as a bundle has it, with a script in the program's place."""
    for name, content in {
        "usr/bin/harmony-desktop": '#!/bin/sh\necho "harmony-desktop $*"\n',
        f"usr/share/applications/{metainfo.DESKTOP_ENTRY}": "[Desktop Entry]\n",
        "usr/share/icons/hicolor/256x256/apps/harmony-desktop.png": "png",
    }.items():
        file = folder / name
        file.parent.mkdir(parents=True)
        file.write_text(content)
    return folder


@pytest.mark.skipif(shutil.which("mksquashfs") is None, reason="squashfs-tools are missing: debian.sh test")
def test_the_appimage(tmp_path: Path) -> None:
    runtime = tmp_path / "runtime"
    runtime.write_bytes(b"\x7fELF a runtime" * 1000)
    made = []
    for number in ("one", "two"):
        folder = appdir(tmp_path / number)
        appimage.lay_out(folder, {"LGPL-3.txt": "the licence"})
        made.append(appimage.pack(folder, tmp_path / f"out-{number}", "1.0", runtime, 1_700_000_000))
    first, second = (file.read_bytes() for file in made)
    assert first == second
    assert first.startswith(runtime.read_bytes())
    assert os.access(made[0], os.X_OK)

    offset = str(runtime.stat().st_size)
    unpacked = tmp_path / "unpacked"
    command = ["unsquashfs", "-quiet", "-no-progress", "-offset", offset, "-dest", str(unpacked), str(made[0])]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run([str(unpacked / "AppRun"), "--version"], capture_output=True, text=True, check=True)
    assert told.stdout == "harmony-desktop --version\n"
    assert (unpacked / ".DirIcon").resolve() == unpacked / "harmony-desktop.png"
    assert (unpacked / "usr/share/doc/harmony-desktop/licences/LGPL-3.txt").is_file()


@pytest.mark.skipif(shutil.which("mksquashfs") is None, reason="squashfs-tools are missing: debian.sh test")
def test_without_a_runtime_it_is_a_payload(tmp_path: Path) -> None:
    folder = appdir(tmp_path / "tree")
    appimage.lay_out(folder, {})
    made = appimage.pack(folder, tmp_path / "out", "1.0", None, 1_700_000_000)
    assert made.suffix == ".squashfs"
    assert made.read_bytes()[:4] == b"hsqs"
