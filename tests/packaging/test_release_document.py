"""What stands beside a release's packages is what the panel reads."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

from bundling.history import Release
from bundling.release import document

from harmony_desktop.control.app_releases import Installed, Kind, newest_for, read_releases

FILES = {
    "harmony-desktop_0.5.0_amd64.deb": (Kind.DEB, "x86_64"),
    "Harmony-0.5.0-x86_64.AppImage": (Kind.APPIMAGE, "x86_64"),
    "harmony-desktop-0.5.0-x86_64.exe": (Kind.WINDOWS, "x86_64"),
    "Harmony-0.5.0-arm64.dmg": (Kind.MACOS, "arm64"),
    "Harmony-0.5.0-x86_64.dmg": (Kind.MACOS, "x86_64"),
    "harmony_desktop-0.5.0-py3-none-any.whl": (Kind.WHEEL, "arm64"),
}


def test_each_kind_of_installation_finds_its_package(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text(name)
    release = Release("0.5.0", dt.date(2026, 3, 1), released=True, news=("Voices.",))
    content = json.dumps(document(release, sorted(tmp_path.iterdir()))).encode()
    found = read_releases(content, "https://example.com/releases.json")
    for name, (kind, machine) in FILES.items():
        mine = Installed("0.4.1", kind, machine)
        newest = newest_for(found, mine)
        assert newest is not None
        package = newest.package_for(mine)
        assert package is not None
        assert package.address == f"https://example.com/{name}"
        assert package.sha256 == hashlib.sha256(name.encode()).hexdigest()
    assert found[0].changes == "- Voices.\n"
