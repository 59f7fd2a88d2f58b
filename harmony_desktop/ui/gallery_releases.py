"""Recorded releases of the panel itself, for the gallery and the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from harmony_desktop.control.app_news import AppNews, Downloading, DownloadPhase
from harmony_desktop.control.app_releases import Installed, Kind, Package, Release
from harmony_desktop.control.store import Store
from harmony_desktop.control.versions import Version, parse_version
from harmony_desktop.ui.gallery_recording import Recording

_MB = 1024**2
_CHANGES = """\
## 0.5.0 (2026-03-01)

### Added

- **Voices** can be tried out before they are chosen.
- The map shows how many characters each service talks for.

### Fixed

- The graphics card's memory is counted once where two services share a model.

## 0.4.1 (2026-02-11)

- `update` waits for the models of *Text Generation* as well.
"""


def _version(text: str) -> Version:
    version = parse_version(text)
    if version is None:
        raise ValueError(text)
    return version


def _package(kind: Kind, file: str) -> Package:
    return Package(kind, "x86_64", f"https://example.com/releases/{file}", file, 74 * _MB, "5b6c0d1e2f30a114" * 4)


def available(kind: Kind = Kind.DEB) -> AppNews:
    """Return a newer release."""
    installed = Installed("0.4.0", kind, "x86_64", "/home/you/Downloads")
    files = {Kind.DEB: "harmony-desktop_0.5.0_amd64.deb", Kind.WHEEL: "harmony_desktop-0.5.0-py3-none-any.whl"}
    package = _package(kind, files[kind]) if kind in files else None
    release = Release(_version("0.5.0"), "2026-03-01", "https://example.com/releases/0.5.0", _CHANGES)
    asked = datetime.now().astimezone() - timedelta(minutes=40)
    return AppNews(True, installed, asked, release=release, changes=_CHANGES, package=package)


def downloading() -> AppNews:
    """Return a release that is on its way."""
    return replace(available(), download=Downloading(DownloadPhase.RUNNING, 31 * _MB, 74 * _MB))


def downloaded() -> AppNews:
    """Return a release that has come."""
    file = "/home/you/Downloads/harmony-desktop_0.5.0_amd64.deb"
    return replace(available(), download=Downloading(DownloadPhase.DONE, 74 * _MB, 74 * _MB, file))


def damaged() -> AppNews:
    """Return a release that is not what was promised."""
    return replace(
        available(),
        download=Downloading(
            DownloadPhase.FAILED,
            0,
            74 * _MB,
            "",
            "The download is not what the release promises",
            "The checksum of harmony-desktop_0.5.0_amd64.deb is not the one of the release. It was deleted.",
            "Download it again. If that does not help, do not install it from elsewhere, and tell the project.",
        ),
    )


def release_states(ready: Recording) -> dict[str, Recording]:
    """Return each state of a release over a stack that is ready."""
    return {
        "release": replace(ready, releases=available()),
        "release-changes": replace(ready, releases=available(), dialog="release"),
        "release-downloading": replace(ready, releases=downloading(), dialog="release"),
        "release-downloaded": replace(ready, releases=downloaded(), dialog="release"),
        "release-damaged": replace(ready, releases=damaged(), dialog="release"),
        "release-pip": replace(ready, releases=available(Kind.WHEEL), dialog="release"),
    }


class RecordedReleases:
    """Shows a recording; what is asked of it is written down.

    Args:
        calls: Where it is written down.
        news: What is shown.
    """

    def __init__(self, calls: list[tuple[object, ...]], news: AppNews) -> None:
        self._calls = calls
        self._store = Store(news)

    @property
    def store(self) -> Store[AppNews]:
        """The recorded news."""
        return self._store

    def watch(self, wanted: bool) -> None:
        """Write it down."""
        self._calls.append(("watch_releases", wanted))

    def ask(self) -> None:
        """Write it down."""
        self._calls.append(("ask_for_releases",))

    def later(self) -> None:
        """Be quiet."""
        self._calls.append(("release_later",))
        self._store.set(replace(self._store.value, quiet=True))

    def skip(self) -> None:
        """Be quiet."""
        self._calls.append(("skip_release",))
        self._store.set(replace(self._store.value, quiet=True))

    def download(self) -> None:
        """Show a download."""
        self._calls.append(("download_release",))
        self._store.set(replace(self._store.value, download=downloading().download))

    def cancel_download(self) -> None:
        """Show none."""
        self._calls.append(("cancel_release_download",))
        self._store.set(replace(self._store.value, download=Downloading()))
