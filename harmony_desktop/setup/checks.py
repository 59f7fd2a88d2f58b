"""Looks at a folder before anything is written to it: what forbids a stack folder there, and what speaks against it."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PurePath

from harmony_desktop.setup.layout import COMPOSE_FILES, Layout
from harmony_desktop.setup.manifest import MANIFEST, Manifest
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Models and caches live in the folder; the images (20 GB) on the engine's disk.
_COMFORTABLE = 30 * 10**9
_COMPOSE_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", *COMPOSE_FILES.values())
_OUR_IMAGES = b"harmonyai/"
_CLOUD_FOLDERS = (
    "onedrive",
    "dropbox",
    "google drive",
    "googledrive",
    "my drive",
    "icloud drive",
    "iclouddrive",
    "mobile documents",
    "cloudstorage",
    "nextcloud",
    "owncloud",
    "pcloud drive",
    "syncthing",
)
_NETWORK_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "webdav", "9p", "davfs", "ncpfs", "sshfs"}
)
#: Where desktops mount what is plugged in.
_REMOVABLE = ("/media", "/run/media", "/Volumes")
#: Blanks and the like in a mount point, as the kernel writes them.
_OCTAL = re.compile(r"\\([0-7]{3})")


def check_folder(root: Path, layout: Layout) -> list[str]:
    """Return warnings about the folder.

    Args:
        root: The stack folder, resolved; it need not exist.
        layout: What shall stand in it.

    Raises:
        HarmonyError: It cannot be a stack folder.
    """
    _check_place(root)
    _check_foreign(root, layout)
    _check_obstacles(root, layout)
    return [warning for warning in (_disk_warning(root), *place_warnings(root)) if warning]


def place_warnings(root: Path) -> tuple[str, ...]:
    """Return what speaks against keeping a stack folder where it is: a cloud's folder, a network drive."""
    warnings = (_cloud_warning(root), _network_warning(root), _windows_warning(root), _removable_warning(root))
    return tuple(warning for warning in warnings if warning)


def leads_outside(root: Path, path: str) -> bool:
    """Return whether a path within the folder leads out of it, through a symbolic link."""
    return not (root / path).resolve().is_relative_to(root)


def nearest_existing(path: Path) -> Path:
    """Return the path itself, or the closest parent that exists."""
    return next((candidate for candidate in (path, *path.parents) if candidate.exists()), path)


def _check_place(root: Path) -> None:
    if any(ord(sign) < 0x20 for sign in str(root)):
        raise HarmonyError(
            "The stack folder's name cannot be used",
            cause=say("{root!r} holds a line end or another control character.", root=str(root)),
            advice="Choose another name.",
        )
    if os.name != "nt" and ":" in str(root):
        raise HarmonyError(
            "The stack folder's name cannot be used",
            cause=say("{root} holds a colon: Docker separates the two halves of a mount with it.", root=root),
            advice="Choose another name.",
        )
    existing = nearest_existing(root)
    if not existing.is_dir():
        raise HarmonyError(
            "A file is in the way of the stack folder",
            cause=say("{existing} is a file.", existing=existing),
            advice="Choose another folder, or move the file.",
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise HarmonyError(
            "The stack folder cannot be written",
            cause=say("You may not create files in {existing}.", existing=existing),
            advice="Choose a folder in your home folder, or ask for access to this one.",
        )


def _check_foreign(root: Path, layout: Layout) -> None:
    """Refuse a folder that somebody else's compose files live in."""
    if Manifest.stands_in(root):
        return
    for name in _COMPOSE_NAMES:
        file = root / name
        if not file.exists():
            continue
        content = file.read_bytes() if file.is_file() else b""
        if content == layout.shipped.get(name):
            continue  # ours, of a set-up that was interrupted, or copied by hand
        whose = (
            say("It looks like a Harmony stack that was set up by hand.")
            if _OUR_IMAGES in content
            else say("It belongs to another project.")
        )
        raise HarmonyError(
            "This folder holds compose files already",
            cause=say("{file} was not made by Harmony Desktop. {whose}", file=file, whose=whose),
            advice=say(
                "Choose another folder for a new stack, or run these files as they are: harmony-desktop -f {file} up",
                file=file,
            ),
        )


def _check_obstacles(root: Path, layout: Layout) -> None:
    """Refuse folders in the place of files, and files in the place of folders."""
    for path in (*layout.files, MANIFEST):
        place = root / path
        if place.is_dir() and not place.is_symlink() and any(place.iterdir()):
            raise HarmonyError(
                say("A folder is in the place of the file {path}", path=path),
                cause=say(
                    "{place} is a folder with something in it. Docker makes a folder of a file that is missing.",
                    place=place,
                ),
                advice="Look at what is in it, move it elsewhere, and try again.",
            )
    parents = {parent.as_posix() for path in (*layout.files, MANIFEST) for parent in PurePath(path).parents}
    for path in sorted((parents | set(layout.folders)) - {"."}):
        place = root / path
        if place.exists() and not place.is_dir():
            raise HarmonyError(
                say("A file is in the place of the folder {path}", path=path),
                cause=say("{place} is a file, and the stack needs a folder there.", place=place),
                advice="Move the file elsewhere, and try again.",
            )


def _disk_warning(root: Path) -> str:
    free = shutil.disk_usage(nearest_existing(root)).free
    if free >= _COMFORTABLE:
        return ""
    return say(
        "Only {free:.0f} GB are free on the disk of {root}. Language models and voices are kept there: "
        "{comfortable:.0f} GB are comfortable.",
        free=free / 10**9,
        root=root,
        comfortable=_COMFORTABLE / 10**9,
    )


def _cloud_warning(root: Path) -> str:
    for part in root.parts:
        name = part.lower()
        if any(name == cloud or name.startswith((f"{cloud} ", f"{cloud}-")) for cloud in _CLOUD_FOLDERS):
            return say(
                "{root} seems to be synchronised to a cloud ({part}). Models of many gigabytes would be "
                "uploaded, and files may change under the running services: a folder outside is better.",
                root=root,
                part=part,
            )
    return ""


def _network_warning(root: Path) -> str:
    if _windows_warning(root):
        return ""
    if file_system(root) not in _NETWORK_SYSTEMS and not str(root).startswith("\\\\"):
        return ""
    return say(
        "{root} is on a network or shared drive: Docker may not reach it, and models load slowly from there.", root=root
    )


def _windows_warning(root: Path) -> str:
    """Tell of a Windows drive within WSL, where containers read slowly and permissions mean nothing."""
    if file_system(root) != "9p" or not re.match(r"/mnt/[a-z](/|$)", str(root)):
        return ""
    return say(
        "{root} is on a Windows drive: models load slowly from there. A folder within the Linux system is better.",
        root=root,
    )


def _removable_warning(root: Path) -> str:
    """Tell of a drive that is plugged in and out, by where desktops put those."""
    if not any(root.is_relative_to(place) and root != Path(place) for place in _REMOVABLE):
        return ""
    return say(
        "{root} is on a drive that can be unplugged: Harmony does not run without it, and models load slowly from "
        "most of them.",
        root=root,
    )


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """Return the type of the file system that holds a path, or "" where it is not known (it is on Linux)."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        _, place, found, *_ = line.split(" ")
        mount = Path(_OCTAL.sub(lambda match: chr(int(match[1], 8)), place))
        if path.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), found
    return kind.removeprefix("fuse.")
