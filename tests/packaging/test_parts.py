"""The pure parts of what makes packages: versions, licences, what goes into a bundle, Debian's files."""

from __future__ import annotations

import datetime as dt
import gzip
import importlib.util
import os
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from bundling import debian, history, icons, licences, staging
from bundling.history import Release, plain

ROOT = Path(__file__).parents[2]
DAY = dt.date(2026, 5, 1)
CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A *new* thing of `up`, see
  [there](docs/cli.md).

## [0.1.0] - 2026-01-31

### Fixed

- An old thing.
"""


@pytest.fixture(scope="module")
def parts() -> ModuleType:
    spec = importlib.util.spec_from_file_location("parts", ROOT / "packaging/pyinstaller/parts.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ("0.2.0", [("0.2.0", DAY, False), ("0.1.0", dt.date(2026, 1, 31), True)]),
        ("0.1.0", [("0.1.0", dt.date(2026, 1, 31), True)]),
    ],
)
def test_releases(current: str, expected: list[tuple[str, dt.date, bool]]) -> None:
    found = history.releases(CHANGELOG, current, DAY)
    assert [(release.version, release.date, release.released) for release in found] == expected


def test_entries_without_marks() -> None:
    (entry,) = history.releases(CHANGELOG, "0.2.0", DAY)[0].news
    assert plain(entry) == "A new thing of up, see there."
    assert plain("the files *.log and **all** of *it*") == "the files *.log and all of it"


def test_the_programs_own_history() -> None:
    version = history.version(ROOT)
    found = history.releases((ROOT / "CHANGELOG.md").read_text("utf-8"), version, DAY)
    assert found[0].version == version
    assert found[0].news


@pytest.mark.parametrize(
    ("file", "platform", "wanted"),
    [
        ("PySide6/Qt/plugins/platforms/libqxcb.so", "linux", True),
        ("PySide6/Qt/plugins/platforms/libqeglfs.so", "linux", False),
        ("PySide6/Qt/plugins/platformthemes/libqgtk3.so", "linux", False),
        ("PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", "linux", False),
        ("PySide6/Qt/plugins/wayland-shell-integration/libxdg-shell.so", "linux", True),
        ("PySide6/Qt/plugins/imageformats/libqsvg.so", "linux", True),
        ("PySide6\\plugins\\platforms\\qwindows.dll", "win32", True),
        ("PySide6\\plugins\\platforms\\qminimal.dll", "win32", False),
        ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", "darwin", True),
        ("PySide6/Qt/lib/libQt6Core.so.6", "linux", True),
        ("libQt6Core.so.6", "linux", True),
    ],
)
def test_plugins(parts: ModuleType, file: str, platform: str, wanted: bool) -> None:
    assert parts.wanted_plugin(file, platform) is wanted


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("PySide6/Qt/translations/qtbase_de.qm", True),
        ("PySide6/Qt/translations/qtbase_fr.qm", False),
        ("PySide6\\translations\\qt_de.qm", False),
        ("docker-7.2.0.dist-info/METADATA", True),
        ("docker-7.2.0.dist-info/licenses/LICENSE", True),
        ("docker-7.2.0.dist-info/RECORD", False),
        ("harmony_desktop/data/compose/services.yml", True),
    ],
)
def test_data(parts: ModuleType, file: str, wanted: bool) -> None:
    assert parts.wanted_data(file, ["de", "ja"]) is wanted


def test_system_libraries_stay_out_of_a_debian_package(parts: ModuleType) -> None:
    assert parts.system_library("libxcb-cursor.so.0", "/lib/x86_64-linux-gnu/libxcb-cursor.so.0", "linux")
    assert not parts.system_library("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "linux")
    assert not parts.system_library("PySide6/Qt/lib/libQt6Core.so.6", "/opt/venv/libQt6Core.so.6", "linux")


def test_only_libraries_that_something_links_to_are_kept(parts: ModuleType) -> None:
    links = {"/q/QtCore.abi3.so": ["libQt6Core.so.6"], "/q/libQt6Core.so.6": ["libicuuc.so.73", "libc.so.6"]}
    entries = [
        ("PySide6/QtCore.abi3.so", "/q/QtCore.abi3.so"),
        ("PySide6/Qt/lib/libQt6Core.so.6", "/q/libQt6Core.so.6"),
        ("PySide6/Qt/lib/libicuuc.so.73", "/q/libicuuc.so.73"),
        ("libpython3.11.so.1.0", "/python/libpython3.11.so.1.0"),
        ("PySide6/Qt/lib/libQt6Qml.so.6", "/q/libQt6Qml.so.6"),
        ("libgtk-3.so.0", "/lib/libgtk-3.so.0"),
    ]
    used = parts.reachable(entries, parts.linked_only, lambda source: links.get(source, []))
    assert used == {name for name, _ in entries[:4]}


def test_modules_that_are_imported_by_name(parts: ModuleType) -> None:
    found = set(parts.modules(ROOT / "harmony_desktop"))
    assert {"harmony_desktop", "harmony_desktop.cli.doctor", "harmony_desktop.ui.gallery"} <= found


def test_both_name_the_program_alike(parts: ModuleType) -> None:
    from bundling.metainfo import IDENTIFIER

    assert parts.IDENTIFIER == IDENTIFIER


def test_control_file() -> None:
    text = debian.control("0.1.0-1", "amd64", "libc6 (>= 2.35)", 100)
    fields = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(" "))
    assert fields["Depends"] == "libc6 (>= 2.35)"
    assert fields["Version"] == "0.1.0-1"
    assert text.endswith("\n")


def test_debian_changelog() -> None:
    release = Release("0.1.0", dt.date(2026, 1, 31), released=True, news=("A `thing` " + "of many words " * 10,))
    text = debian.debian_changelog([release])
    assert text.startswith("harmony-desktop (0.1.0-1) unstable; urgency=medium\n\n  * A thing of")
    assert text.rstrip().endswith("  Sat, 31 Jan 2026 00:00:00 +0000")
    assert max(len(line) for line in text.splitlines() if not line.startswith(" -- ")) <= 80


def test_licences_of_all_that_is_bundled() -> None:
    found = licences.parts(["PyYAML", "docker", "requests", "PySide6-Essentials"])
    text = licences.copyright_file(found, "the sources")
    assert "replace them by your own builds" in text
    assert "Kirill Simonov" in text
    assert "/usr/share/common-licenses/LGPL-3" in text
    stanzas = [stanza for stanza in text.split("\n\n") if stanza.startswith("License:")]
    defined = {stanza.splitlines()[0] for stanza in stanzas}
    used = {line for stanza in text.split("\n\n") if stanza.startswith("Files:") for line in stanza.splitlines()}
    named = {line for line in used if line.startswith("License:")}
    assert named <= defined, named - defined


def test_icons(tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    icons.write(ROOT / "resources", tmp_path / "hicolor", "harmony-desktop")
    for size in icons.SIZES:
        image = QImage(str(tmp_path / f"hicolor/{size}x{size}/apps/harmony-desktop.png"))
        assert (image.width(), image.height()) == (size, size)
        assert image.pixelColor(size // 2, size // 2).alpha() == 255
        assert image.pixelColor(0, 0).alpha() == 0
    symbolic = (tmp_path / "hicolor/symbolic/apps/harmony-desktop-symbolic.svg").read_text()
    assert 'width="16"' in symbolic
    assert "#2e3436" in symbolic


def test_a_settled_tree_shows_nothing_of_where_it_was_made(tmp_path: Path) -> None:
    program, data, library = tmp_path / "program", tmp_path / "data.txt", tmp_path / "module.so"
    program.write_bytes(b"\x7fELF")
    data.write_text("data")
    library.write_bytes(b"\x7fELF")
    for file in (program, data, library):
        file.chmod(0o777)
    (tmp_path / "link").symlink_to("data.txt")
    staging.settle(tmp_path, 1_700_000_000)
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (program, data, library)}
    assert modes == {"program": "0o755", "data.txt": "0o644", "module.so": "0o644"}
    assert {os.lstat(path).st_mtime for path in tmp_path.iterdir()} == {1_700_000_000}


def test_gzip_has_no_time_and_no_name() -> None:
    packed = staging.gzipped(b"text")
    assert packed[4:8] == b"\0\0\0\0"
    assert gzip.decompress(packed) == b"text"


def test_what_git_ignores_is_not_packed(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout"
    (checkout / "harmony_desktop").mkdir(parents=True)
    for name in ("kept.py", "new.py", "draft.pyc"):
        (checkout / "harmony_desktop" / name).write_text("")
    (checkout / ".gitignore").write_text("*.pyc\n")
    subprocess.run(["git", "init", "-q", str(checkout)], check=True)
    subprocess.run(["git", "-C", str(checkout), "add", "harmony_desktop/kept.py"], check=True)
    staging.copy_sources(checkout, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").rglob("*.*")) == ["kept.py", "new.py"]


def test_the_date_of_the_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert staging.source_date(tmp_path) == 1_700_000_000
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    (tmp_path / "harmony_desktop").mkdir()
    (tmp_path / "harmony_desktop/__init__.py").write_text('__version__ = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    assert staging.source_date(tmp_path) == int(dt.datetime(2026, 1, 31, tzinfo=dt.UTC).timestamp())
