"""A newer release of the panel in the window: told quietly, fetched by a press alone, shown without reaching out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPushButton

from harmony_desktop.control.app_news import AppNews
from harmony_desktop.control.app_releases import Kind
from harmony_desktop.ui.gallery_releases import available, damaged, downloaded, downloading
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.release_banner import ReleaseBanner
from harmony_desktop.ui.release_card import ReleaseCard
from harmony_desktop.ui.release_dialog import ReleaseDialog
from harmony_desktop.ui.settings import Key
from harmony_desktop.ui.window_commands import WindowCommands

from .conftest import Panel, child

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "systemTrayWindowChanged")
Make = Callable[..., Panel]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[QUrl]:
    addresses: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", addresses.append)
    return addresses


def dialog_of(panel: Panel, news: AppNews) -> ReleaseDialog:
    panel.intents.app_releases.store.set(news)
    child(panel.window, ReleaseBanner).show_button.click()
    return child(panel.window, ReleaseDialog)


def shown(dialog: ReleaseDialog) -> set[str]:
    return {made.text() for made in dialog.findChildren(QPushButton) if made.isVisible()}


def test_a_release_is_told_on_the_stack_page_until_it_is_put_away(panel: Make) -> None:
    made = panel()
    banner = child(made.window, ReleaseBanner)
    assert not banner.isVisible()
    made.intents.app_releases.store.set(available())
    assert banner.isVisible()
    assert banner.accessibleName() == "Harmony Desktop 0.5.0 is available"
    banner.close_button.click()
    assert not banner.isVisible()
    assert ("release_later",) in made.intents.calls


def test_what_has_changed_is_shown_and_only_a_press_downloads(panel: Make, opened: list[QUrl]) -> None:
    made = panel()
    dialog = dialog_of(made, available())
    assert "Voices can be tried out" in dialog.changes.toPlainText()
    assert shown(dialog) == {"Skip this version", "Open its page", "Later", "Download (74 MB)"}
    assert ("download_release",) not in made.intents.calls
    dialog.fetch.click()
    assert ("download_release",) in made.intents.calls
    assert "31 of 74 MB" in dialog.status.text()
    dialog.cancel.click()
    assert ("cancel_release_download",) in made.intents.calls
    dialog.page.click()
    assert opened == [QUrl("https://example.com/releases/0.5.0")]


def test_what_has_come_can_be_opened(panel: Make, opened: list[QUrl]) -> None:
    dialog = dialog_of(panel(), downloaded())
    assert shown(dialog) == {"Open its page", "Open its folder", "Later", "Open it"}
    dialog.install.click()
    dialog.folder.click()
    assert [url.toLocalFile() for url in opened] == [
        "/home/you/Downloads/harmony-desktop_0.5.0_amd64.deb",
        "/home/you/Downloads",
    ]


def test_what_was_not_promised_is_told_and_can_be_tried_again(panel: Make) -> None:
    dialog = dialog_of(panel(), damaged())
    assert "It was deleted." in dialog.status.text()
    assert "Download (74 MB)" in shown(dialog)
    assert "Open it" not in shown(dialog)


def test_pip_is_told_by_a_command_that_checks_the_file(panel: Make) -> None:
    dialog = dialog_of(panel(), available(Kind.WHEEL))
    dialog.copy.click()
    command = QGuiApplication.clipboard().text()
    assert command.startswith('python -m pip install --upgrade "harmony-desktop @ https://example.com/')
    assert "#sha256=5b6c0d1e" in command
    assert "Download (74 MB)" not in shown(dialog)


def test_without_a_package_its_page_is_all(panel: Make) -> None:
    dialog = dialog_of(panel(), replace(available(), package=None))
    assert shown(dialog) == {"Skip this version", "Open its page", "Later"}


def test_changes_reach_out_to_nobody(panel: Make, opened: list[QUrl]) -> None:
    evil = (
        "## 0.5.0\n\n![x](https://example.com/x.png) ![y](file:///etc/passwd) <img src='https://example.com/y.png'>"
        "<script>alert(1)</script> [a link](https://example.com/)"
    )
    dialog = dialog_of(panel(), replace(available(), changes=evil))
    dialog.changes.grab()
    dialog.changes.anchorClicked.emit(QUrl("https://example.com/"))
    assert not opened
    assert "<script>" in dialog.changes.toPlainText(), "HTML is shown as it is written"


def test_skipping_puts_it_away(panel: Make) -> None:
    made = panel()
    dialog_of(made, available()).skip.click()
    assert ("skip_release",) in made.intents.calls
    assert not child(made.window, ReleaseBanner).isVisible()


def test_the_settings_say_what_there_is_and_switch_it_off(panel: Make) -> None:
    made = panel()
    made.window.show_page(SETTINGS)
    card = child(made.window, ReleaseCard)
    assert not card.look.isEnabled(), "no address is known"
    made.intents.app_releases.store.set(replace(available(), release=None))
    assert card._status.text().startswith("This is the newest version, as of")
    card.look.click()
    assert ("ask_for_releases",) in made.intents.calls
    card.daily.click()
    assert ("watch_releases", False) in made.intents.calls
    assert made.settings.get(Key.RELEASES) is False
    made.intents.app_releases.store.set(available())
    card.see.click()
    assert child(made.window, ReleaseDialog).isVisible()


def test_it_is_told_once_on_the_desktop(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = panel()
    made.ui.prepare()
    said: list[str] = []
    monkeypatch.setattr(made.ui.corner.teller, "tell", lambda notice: said.append(notice.title))
    for news in (available(), replace(available(), asking=True), downloading()):
        made.intents.app_releases.store.set(news)
    assert said == ["Harmony Desktop 0.5.0 is available"]
    assert ("watch_releases", True) in made.intents.calls


def test_the_palette_knows_of_it(panel: Make) -> None:
    made = panel()

    def titles() -> set[str]:
        return {command.title for command in WindowCommands(made.window, made.ui.theme, made.intents).collect()}

    assert "Open the folder of the log" in titles()
    assert "Look for new versions of Harmony Desktop" not in titles(), "nobody is known to ask"
    made.intents.app_releases.store.set(replace(available(), release=None))
    assert "Look for new versions of Harmony Desktop" in titles()
    made.intents.app_releases.store.set(available())
    assert "See what is new in Harmony Desktop" in titles()
