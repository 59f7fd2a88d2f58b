"""What there is to tell of releases of the panel itself, as frozen values, and what the window asks for."""

from __future__ import annotations

import enum
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harmony_desktop.control.app_releases import Installed, Package, Release
    from harmony_desktop.control.stopping import Stop
    from harmony_desktop.control.store import Store


class DownloadPhase(enum.Enum):
    """How far a download is."""

    NONE = "none"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Downloading:
    """What became of the last download that was asked for.

    Attributes:
        phase: How far it is.
        done: Bytes that have come.
        total: Bytes in all.
        file: Where it is, once its checksum is the right one.
        title: What went wrong, and why, and what helps.
    """

    phase: DownloadPhase = DownloadPhase.NONE
    done: int = 0
    total: int = 0
    file: str = ""
    title: str = ""
    cause: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class AppNews:
    """What is shown of releases.

    Attributes:
        known: Whether there is an address to ask.
        installed: This copy, once it is known.
        asked_at: When somebody answered last, or None.
        asking: Somebody is being asked now.
        fault: Why the last question that a person asked for got no answer, or "".
        release: The newer release, or None.
        changes: What has changed since this copy, in Markdown.
        package: The file that replaces this copy, or None.
        quiet: The person has said "later" or "skip this version": nothing is told by itself.
        download: The download.
    """

    known: bool = False
    installed: Installed | None = None
    asked_at: datetime | None = None
    asking: bool = False
    fault: str = ""
    release: Release | None = None
    changes: str = ""
    package: Package | None = None
    quiet: bool = False
    download: Downloading = field(default_factory=Downloading)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.

    Attributes:
        document: What is told of releases; None where it is what it was.
        etag: The name of this state of the document, or "".
    """

    document: bytes | None
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is kept between two starts.

    Attributes:
        address: Where the rest comes from; another address begins anew.
        tried_at: When somebody was asked last, in seconds since the epoch, whatever came of it.
        asked_at: When somebody answered.
        etag: The name of the document's state.
        document: The document.
        skipped: The version that the person does not want.
    """

    address: str = ""
    tried_at: float = 0.0
    asked_at: float = 0.0
    etag: str = ""
    document: str = ""
    skipped: str = ""


class ReleaseSource(Protocol):
    """Asks for releases. Calls run in a thread, and end when told to stop."""

    @property
    def address(self) -> str:
        """The address of the document, or ""."""
        ...

    def ask(self, etag: str, stop: Stop) -> Answer:
        """Fetch the document unless it is still what it was. Raises HarmonyError, StoppedError."""
        ...

    def download(self, package: Package, folder: Path, stop: Stop, progress: Callable[[int], None]) -> Path:
        """Fetch a file, and return where it is: only when size and checksum are the right ones.

        Args:
            package: The file.
            folder: Where to; a file that is there stays.
            stop: Ends it; nothing is left behind then.
            progress: Hears how many bytes have come.

        Raises:
            HarmonyError: It could not be had, or is not what was promised; nothing is left behind.
            StoppedError: Somebody has ended it.
        """
        ...


class ReleaseMemory(Protocol):
    """Keeps what is known between two starts. Calls run in a thread and never raise."""

    def load(self) -> Remembered:
        """Return what is kept."""
        ...

    def save(self, remembered: Remembered) -> None:
        """Keep it."""
        ...


@dataclass(frozen=True, slots=True)
class AppTools:
    """What is needed to tell of releases.

    Attributes:
        source: Asks for them.
        memory: Keeps what is known.
        installed: Tells of this copy; runs in a thread.
    """

    source: ReleaseSource
    memory: ReleaseMemory
    installed: Callable[[], Installed]


class AppReleasing(Protocol):
    """What the window asks for. Each returns at once."""

    @property
    def store(self) -> Store[AppNews]:
        """What there is to tell."""
        ...

    def watch(self, wanted: bool) -> None:
        """Ask once a day from now on, or no longer."""
        ...

    def ask(self) -> None:
        """Ask now."""
        ...

    def later(self) -> None:
        """Tell nothing by itself until the next start."""
        ...

    def skip(self) -> None:
        """Tell nothing of this version by itself any more."""
        ...

    def download(self) -> None:
        """Fetch the file that replaces this copy, and check it."""
        ...

    def cancel_download(self) -> None:
        """End the download; nothing is left behind."""
        ...
