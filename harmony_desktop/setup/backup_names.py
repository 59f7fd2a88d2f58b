"""Which paths a backup may hold: what leads out of a folder, or means something else elsewhere, is refused by name."""

from __future__ import annotations

import posixpath
import re
import sys
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from harmony_desktop.stack.words import say

#: What replaced files are kept in; followed by when.
KEPT = "before-restore-"
#: The panel's own folder within a stack folder.
_OURS = ".harmony"
_LONGEST = 4096
_LONGEST_NAME = 255
_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(
    r"(?i:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])(?:[ .:].*)?\Z", re.DOTALL
)
_WINDOWS_SIGNS = frozenset('<>:"|?*')


def name_fault(path: str) -> str:
    """Return why a path may not be in a backup, or ""; the same on every system."""
    if not path or len(path) > _LONGEST:
        return say("it has no name, or one without an end")
    try:
        path.encode()
    except UnicodeEncodeError:
        return say("its name is no UTF-8")
    if any(unicodedata.category(sign) == "Cc" for sign in path):
        return say("its name has a control character")
    if "\\" in path:
        return say("its name has a backslash, which separates folders elsewhere")
    if path.startswith("/") or _DRIVE.match(path):
        return say("it is an absolute path")
    names = path.split("/")
    if ".." in names:
        return say("it leads out of the folder")
    if "" in names or "." in names:
        return say("its path is not written in the plain way")
    if any(len(name.encode()) > _LONGEST_NAME for name in names):
        return say("its name is too long")
    if names[0].casefold() == _OURS or names[0].casefold().startswith(KEPT):
        return say("it is the panel’s own")
    return ""


def local_fault(path: str, *, windows: bool = sys.platform == "win32") -> str:
    """Return why a path that is fine elsewhere cannot be made on this system, or ""."""
    if not windows:
        return ""
    for name in path.split("/"):
        if _DEVICE.match(name):
            return say("“{name}” is the name of a device on Windows", name=name)
        if name.endswith((".", " ")) or _WINDOWS_SIGNS & set(name):
            return say("Windows cannot have a file of the name “{name}”", name=name)
    return ""


def link_fault(path: str, target: str) -> str:
    """Return why a link may not be in a backup, or "": one that leads out of the folder, by whatever way."""
    if not target or target.startswith("/") or "\\" in target or _DRIVE.match(target) or len(target) > _LONGEST:
        return say("it is a link to an absolute path")
    try:
        target.encode()
    except UnicodeEncodeError:
        return say("its name is no UTF-8")
    if any(unicodedata.category(sign) == "Cc" for sign in target):
        return say("its name has a control character")
    if posixpath.normpath(target) != target:
        return say("it is a link that is not written in the plain way")
    led = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if led == ".." or led.startswith("../"):
        return say("it is a link that leads out of the folder")
    if led == "." or name_fault(led):
        return say("it is a link to what is no part of a backup")
    return ""


def folded(path: str) -> str:
    """Return a path as systems see it that do not tell capitals from small letters, nor ways to write an accent."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def collisions(paths: Iterable[str]) -> frozenset[str]:
    """Return the paths that another one is taken for where capitals do not count; the first of them stays."""
    seen: dict[str, str] = {}
    twice: set[str] = set()
    for path in paths:
        whole = PurePosixPath(path)
        for part in (whole, *whole.parents[:-1]):
            name = part.as_posix()
            if seen.setdefault(folded(name), name) != name:
                twice.add(path)
    return frozenset(twice)


def folds_case(folder: Path) -> bool:
    """Return whether a folder's file system takes capitals and small letters for the same; asked without writing."""
    place = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    for candidate in (place, *place.parents):
        other = candidate.with_name(candidate.name.swapcase()) if candidate.name else candidate
        if other.name == candidate.name:
            continue  # digits and the like tell nothing
        try:
            return other.exists() and other.samefile(candidate)
        except OSError:
            return False
    return sys.platform in {"win32", "darwin"}
