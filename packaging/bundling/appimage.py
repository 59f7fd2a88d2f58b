"""The AppImage: one file that is a small runtime and, behind it, a compressed folder that the runtime mounts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from bundling import metainfo
from bundling.staging import settle

NAME = "harmony-desktop"
_APP_RUN = """\
#!/bin/sh
# What the runtime starts. APPDIR is where the folder is mounted.
exec "${APPDIR:-$(dirname "$(readlink -f "$0")")}/usr/bin/harmony-desktop" "$@"
"""


def lay_out(appdir: Path, texts: dict[str, str]) -> None:
    """Make an AppDir of a tree that has everything below ``usr``.

    Args:
        appdir: The tree.
        texts: The licences, by file names.
    """
    (appdir / "AppRun").write_text(_APP_RUN, "utf-8")
    (appdir / "AppRun").chmod(0o755)
    share = appdir / "usr" / "share"
    shutil.copyfile(share / "applications" / metainfo.DESKTOP_ENTRY, appdir / metainfo.DESKTOP_ENTRY)
    shutil.copyfile(share / "icons" / "hicolor" / "256x256" / "apps" / f"{NAME}.png", appdir / f"{NAME}.png")
    (appdir / ".DirIcon").symlink_to(f"{NAME}.png")
    folder = share / "doc" / NAME / "licences"
    folder.mkdir(parents=True)
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def pack(appdir: Path, out: Path, version: str, runtime: Path | None, moment: int) -> Path:
    """Pack an AppDir; return the AppImage, or the payload alone if there is no runtime.

    Args:
        appdir: The folder.
        out: Where to.
        version: The program's.
        runtime: The runtime of AppImage's type 2, a program.
        moment: The time that all files get.
    """
    settle(appdir, moment)
    out.mkdir(parents=True, exist_ok=True)
    machine = os.uname().machine
    payload = out / f"Harmony-{version}-{machine}.squashfs"
    payload.unlink(missing_ok=True)
    # Times come from the environment: mksquashfs takes SOURCE_DATE_EPOCH for those of the file system as well.
    command = ["mksquashfs", str(appdir), str(payload), "-comp", "zstd", "-Xcompression-level", "19", "-all-root"]
    command += ["-noappend", "-no-xattrs", "-no-progress", "-quiet", "-processors", "1"]
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)})
    if runtime is None:
        return payload
    image = out / f"Harmony-{version}-{machine}.AppImage"
    with image.open("wb") as target:
        for part in (runtime, payload):
            with part.open("rb") as source:
                shutil.copyfileobj(source, target)
    image.chmod(0o755)
    payload.unlink()
    return image
