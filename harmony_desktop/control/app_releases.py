"""Releases of the panel itself, as the document that tells of them has them: read with care, for it comes from afar."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from harmony_desktop.control.versions import Version, parse_version
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: The form of the document; a newer one is for newer panels.
FORMAT = 1
_MOST_RELEASES, _MOST_PACKAGES, _LONGEST_CHANGES = 100, 40, 40_000
_LARGEST = 4 * 1024**3
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
#: The name of a file on any system: no folder, no device, nothing hidden.
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]{0,150}")
_THIS_COMPUTER = frozenset({"127.0.0.1", "::1", "localhost"})


class Kind(enum.StrEnum):
    """How this copy of the panel was installed, and so what replaces it."""

    DEB = "deb"
    APPIMAGE = "appimage"
    FLATPAK = "flatpak"
    WINDOWS = "windows"
    MACOS = "macos"
    WHEEL = "wheel"
    CHECKOUT = "checkout"


@dataclass(frozen=True, slots=True)
class Installed:
    """This copy of the panel.

    Attributes:
        version: Its version.
        kind: How it was installed.
        architecture: "x86_64" or "arm64", as packages are named.
        folder: Where packages are downloaded to.
        updater: The command that fetches what is new, where there is no package to open ("flatpak update …").
    """

    version: str
    kind: Kind
    architecture: str
    folder: str = ""
    updater: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """A file to install.

    Attributes:
        kind: What it is for.
        architecture: "x86_64", "arm64", or "" for any.
        address: Where it is.
        file: Its name.
        size: Bytes.
        sha256: The checksum, in lower case.
    """

    kind: Kind
    architecture: str
    address: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Release:
    """One release.

    Attributes:
        version: Its version.
        date: Its day, "2026-03-01", or "".
        page: Its page, or "".
        changes: What has changed, in Markdown.
        packages: Its files.
    """

    version: Version
    date: str = ""
    page: str = ""
    changes: str = ""
    packages: tuple[Package, ...] = ()

    def package_for(self, installed: Installed) -> Package | None:
        """Return the file that replaces this copy, or None."""
        fitting = (one for one in self.packages if one.kind is installed.kind)
        return next((one for one in fitting if one.architecture in {"", installed.architecture}), None)


def is_safe(address: str) -> bool:
    """Return whether nobody on the way can change what an address leads to; this computer needs no secrecy."""
    parts = urlsplit(address)
    return (parts.scheme == "https" and bool(parts.hostname)) or is_own(address)


def is_own(address: str) -> bool:
    """Return whether an address leads to this computer."""
    parts = urlsplit(address)
    return parts.scheme == "http" and parts.hostname in _THIS_COMPUTER


def read_releases(document: bytes, address: str) -> tuple[Release, ...]:
    """Return the releases of a document, the newest first; what cannot be read of one leaves that one out.

    Args:
        document: The document.
        address: Where it came from; addresses in it may be relative to it.

    Raises:
        HarmonyError: It is no such document.
    """
    try:
        content = json.loads(document)
    except (ValueError, RecursionError) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(content, dict) or not isinstance(content.get("releases"), list):
        raise _unreadable("")
    if content.get("format") != FORMAT:
        raise HarmonyError(
            say("This panel is too old to read what is told of releases"),
            cause=say("The document has the form {form}.", form=str(content.get("format"))[:20]),
            advice=say("Look for a new release on the project’s page, and install it from there."),
        )
    found = [_release(one, address) for one in content["releases"][:_MOST_RELEASES] if isinstance(one, dict)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.version, reverse=True))


def newest_for(releases: Iterable[Release], installed: Installed) -> Release | None:
    """Return the release to tell of, or None; one to try things out only to who has one already."""
    mine = parse_version(installed.version)
    if mine is None:
        return None
    for release in releases:
        if release.version > mine and (mine.is_prerelease or not release.version.is_prerelease):
            return release
    return None


def changes_since(releases: Iterable[Release], installed: Installed, newest: Release) -> str:
    """Return in Markdown what has changed from this copy to a release, the newest first."""
    mine = parse_version(installed.version)
    parts = []
    for release in releases:
        wanted = release == newest or (
            mine is not None and mine < release.version < newest.version and not release.version.is_prerelease
        )
        if wanted and release.changes.strip():
            day = f" ({release.date})" if release.date else ""
            parts.append(f"## {release.version}{day}\n\n{release.changes.strip()}\n")
    return "\n".join(parts)[:_LONGEST_CHANGES]


def _release(content: Mapping[str, Any], base: str) -> Release | None:
    version = parse_version(_text(content, "version"))
    if version is None:
        return None
    packages = content.get("packages")
    listed = packages[:_MOST_PACKAGES] if isinstance(packages, list) else []
    found = (_package(one, base) for one in listed if isinstance(one, dict))
    date = _text(content, "date")
    return Release(
        version,
        date if re.fullmatch(r"\d{4}-\d\d-\d\d", date) else "",
        _address(content, "page", base),
        _text(content, "changes")[:_LONGEST_CHANGES],
        tuple(one for one in found if one is not None),
    )


def _package(content: Mapping[str, Any], base: str) -> Package | None:
    """Return a file; one without a checksum is none, for nobody could tell what has come."""
    address, size, sha256 = _address(content, "address", base), content.get("size"), _text(content, "sha256")
    file = urlsplit(address).path.rpartition("/")[2]
    usable = address and _SHA256.fullmatch(sha256) and _FILE.fullmatch(file)
    if not usable or not isinstance(size, int) or not 0 < size <= _LARGEST:
        return None
    try:
        kind = Kind(_text(content, "kind"))
    except ValueError:  # one of a later panel
        return None
    return Package(kind, _text(content, "architecture"), address, file, size, sha256.lower())


def _address(content: Mapping[str, Any], name: str, base: str) -> str:
    """Return an address, or "" for one that could be changed on its way, or that is none."""
    text = _text(content, name)
    try:
        address = urljoin(base, text) if text else ""
        return address if address and is_safe(address) else ""
    except ValueError:
        return ""


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return value if isinstance(value, str) else ""


def _unreadable(why: str) -> HarmonyError:
    return HarmonyError(
        say("What is told of releases cannot be read"),
        cause=say("It is not the document that was expected. {why}", why=why) if why else "",
        advice=say("A network that asks you to sign in answers like this, too: open any page in a browser."),
    )
