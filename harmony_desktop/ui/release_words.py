"""From what is known of the panel's releases to words. Pure functions."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from harmony_desktop.control.app_news import AppNews
from harmony_desktop.control.app_releases import Kind
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.notices import Kind as NoticeKind
from harmony_desktop.ui.notices import Notice
from harmony_desktop.ui.settings import Key, Settings
from harmony_desktop.ui.wording import clock, size


class Way(NamedTuple):
    """How a release replaces this copy.

    Attributes:
        words: What is to be done.
        command: A command to copy, or "".
        download: Whether a file can be downloaded for it.
        opens: Whether the system can open that file to install it.
    """

    words: str
    command: str = ""
    download: bool = False
    opens: bool = False


def title(news: AppNews) -> str:
    """Return "Harmony Desktop 0.5 is available", or ""."""
    if news.release is None:
        return ""
    return tr("Harmony Desktop {version} is available", version=news.release.version)


def way(news: AppNews) -> Way:
    """Return how the release replaces this copy."""
    kind = news.installed.kind if news.installed is not None else Kind.WHEEL
    updater = news.installed.updater if news.installed is not None else ""
    if kind is Kind.FLATPAK:
        return Way(tr("It comes by Flatpak. This command brings it at once:"), updater)
    if kind is Kind.CHECKOUT:
        return Way(tr("This is a checkout of the sources. There, this command brings it:"), updater)
    if news.package is None:
        return Way(tr("There is no package of it for this kind of installation yet. Look at its page."))
    if kind is Kind.WHEEL:
        command = (
            f'python -m pip install --upgrade "harmony-desktop @ {news.package.address}#sha256={news.package.sha256}"'
        )
        return Way(tr("It was installed by pip. In the same environment, this command brings it:"), command)
    words = {
        Kind.DEB: tr("The package is downloaded and checked; then your system’s installer opens it."),
        Kind.WINDOWS: tr("The installer is downloaded and checked; then you start it. Quit Harmony before."),
        Kind.MACOS: tr("The disk image is downloaded and checked; then drag Harmony to your applications."),
        Kind.APPIMAGE: tr("The file is downloaded and checked; then put it in the place of the old one."),
    }
    return Way(words[kind], download=True, opens=kind is not Kind.APPIMAGE)


def standing(news: AppNews, now: datetime) -> str:
    """Return what the settings say."""
    if not news.known:
        return tr("Nobody has told this copy where new releases are announced. Look where you got it from.")
    if news.asking:
        return tr("Looking…")
    if news.fault:
        return told(news.fault)
    if news.asked_at is None:
        return tr("Nobody has looked yet.")
    what = title(news) or tr("This is the newest version")
    return tr("{what}, as of {time}.", what=what, time=clock(news.asked_at, now))


def download_label(news: AppNews) -> str:
    """Return the words of the button that downloads."""
    if news.package is None:
        return tr("Download")
    return tr("Download ({size})", size=size(news.package.size))


def announcement(news: AppNews, settings: Settings) -> Notice | None:
    """Return what to tell a person who does not look at the window; each release is told once."""
    if news.release is None or news.quiet or settings.get(Key.RELEASE_TOLD, "") == str(news.release.version):
        return None
    settings.set(Key.RELEASE_TOLD, str(news.release.version))
    return Notice(NoticeKind.UPDATE, title(news), tr("Open the window to read what has changed."))
