"""The help (F1): the page that belongs to what is shown, links, search, the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from harmony_desktop.assets import docs_dir
from harmony_desktop.ui.handbook import INDEX, Handbook, anchors, sections
from harmony_desktop.ui.help_places import PAGES, TROUBLE
from harmony_desktop.ui.help_window import HelpWindow
from harmony_desktop.ui.keyboard_help import KeyboardHelp
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.settings_page import SettingsPage
from harmony_desktop.ui.theme import Scheme

from .conftest import Panel, child

Make = Callable[..., Panel]
BOOK = Handbook(docs_dir())

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was handed to the browser."""
    addresses: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: addresses.append(url.toString()))
    return addresses


def press_f1(shown: Panel, qtbot: QtBot) -> HelpWindow:
    shown.window.activateWindow()
    qtbot.waitUntil(shown.window.isActiveWindow)
    QTest.keySequence(shown.window, QKeySequence("F1"))
    qtbot.waitUntil(lambda: bool(shown.window.findChildren(HelpWindow)))
    made = child(shown.window, HelpWindow)
    qtbot.waitUntil(made.isActiveWindow)
    return made


def headline(made: HelpWindow) -> str:
    return made.page.document().begin().text()


def entry(made: HelpWindow) -> str:
    item = made.contents.currentItem()
    return item.text() if made.contents.count() else ""


def test_f1_opens_the_page_of_each_page(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    made = press_f1(shown, qtbot)
    for page in shown.window.navigation.buttons:
        shown.window.show_page(page)
        assert press_f1(shown, qtbot) is made
        assert made.page.file == PAGES[page]
        assert headline(made) == sections(PAGES[page], BOOK.text(PAGES[page]))[0].heading
        assert entry(made) in {each.title for each in BOOK.entries if each.file == PAGES[page]}
    assert len(shown.window.findChildren(HelpWindow)) == 1
    QTest.keySequence(made, QKeySequence("F1"))
    assert made.page.file == INDEX


@pytest.mark.parametrize(("state", "file"), [("first-run", "first-run.md"), ("set-up-ports", "first-run.md")])
def test_f1_in_the_set_up(panel: Make, qtbot: QtBot, state: str, file: str) -> None:
    assert press_f1(panel(state), qtbot).page.file == file


@pytest.mark.parametrize("state", ["engine-absent", "port-held"])
def test_f1_where_something_is_wrong_opens_what_helps(panel: Make, qtbot: QtBot, state: str) -> None:
    assert press_f1(panel(state), qtbot).page.file == TROUBLE


def test_every_page_of_the_handbook_is_shown_whole_with_its_pictures(panel: Make, qtbot: QtBot) -> None:
    made = press_f1(panel("ready"), qtbot)
    pictures = 0
    for file in (INDEX, *(each.file for each in BOOK.entries)):
        made.open_at(file)
        document = made.page.document()
        block, headings = document.begin(), []
        while block.isValid():
            if block.blockFormat().headingLevel():
                headings.append(block.text())
            pieces = block.begin()
            while not pieces.atEnd():
                form = pieces.fragment().charFormat()
                if form.isImageFormat():
                    form = form.toImageFormat()
                    image = document.resource(QTextDocument.ResourceType.ImageResource, QUrl(form.name()))
                    assert not image.isNull(), form.name()
                    assert 0 < form.width() <= made.page.viewport().width()
                    pictures += 1
                pieces += 1
            block = block.next()
        assert headings == [each.heading for each in sections(file, BOOK.text(file))]
        assert "\\|" not in document.toPlainText()
    assert pictures >= len(PAGES)


def test_links_lead_to_headings_and_back_and_forward_return(panel: Make, qtbot: QtBot) -> None:
    made = press_f1(panel("ready"), qtbot)
    made.open_at("hardware.md")
    made.page.followed.emit("troubleshooting.md#the-graphics-card-is-not-used")
    assert made.page.file == "troubleshooting.md"
    assert made.page.textCursor().block().text() == "The graphics card is not used"
    top = made.page.cursorForPosition(QPoint(40, 20)).block().text()
    assert top == "The graphics card is not used"
    QTest.keySequence(made, QKeySequence("Alt+Left"))
    assert made.page.file == "hardware.md"
    QTest.mouseClick(made.forward, Qt.MouseButton.LeftButton)
    assert made.page.file == "troubleshooting.md"
    assert not made.forward.isEnabled()
    made.page.followed.emit("#permission-denied")
    assert made.page.textCursor().block().text() == "Permission denied"


def test_addresses_open_in_the_browser_and_nothing_else_leaves_the_handbook(
    panel: Make, qtbot: QtBot, opened: list[str]
) -> None:
    made = press_f1(panel("ready"), qtbot)
    for link in ("file:///etc/passwd", "../CHANGELOG.md", "nothing.md", "javascript:0"):
        made.page.followed.emit(link)
    assert (made.page.file, opened) == (PAGES["stack"], [])
    assert made.page._picture("../../../etc/passwd").isNull()
    made.page.followed.emit("https://docs.docker.com/get-docker/")
    assert opened == ["https://docs.docker.com/get-docker/"]


def test_search_finds_words_on_all_pages(panel: Make, qtbot: QtBot) -> None:
    made = press_f1(panel("ready"), qtbot)
    QTest.keySequence(made, QKeySequence("Ctrl+F"))
    assert made.line.hasFocus()
    QTest.keyClicks(made.line, "killed MEMORY")
    assert entry(made) == "A service was killed for want of memory\nWhen something is wrong"
    QTest.keyClick(made.line, Qt.Key.Key_Return)
    assert made.page.textCursor().block().text() == "A service was killed for want of memory"
    assert made.page.hasFocus()
    assert {each.cursor.selectedText().lower() for each in made.page.extraSelections()} == {"killed", "memory"}
    made.line.setFocus()
    QTest.keyClick(made.line, Qt.Key.Key_Escape)
    assert made.isVisible()
    assert entry(made) == "When something is wrong"
    QTest.keyClicks(made.line, "xyzzy")
    assert made.contents.count() == 0


@pytest.mark.parametrize(
    ("words", "heading"),
    [
        ("docker not running", "Docker is not running"),
        ("port in use", "A port is in use"),
        ("disk full", "The disk is full"),
        ("tray gnome", "There is no tray icon"),
        ("stored where", "What is stored, where"),
    ],
)
def test_search_puts_first_what_is_meant(words: str, heading: str) -> None:
    assert BOOK.search(words)[0].heading == heading


def test_it_is_reached_without_f1_and_the_keys_from_it(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    shown.window.show_page(SETTINGS)
    page = shown.window.widget(SETTINGS)
    assert isinstance(page, SettingsPage)
    page.help.click()
    made = child(shown.window, HelpWindow)
    assert made.page.file == "settings.md"
    made.keys.click()
    qtbot.waitUntil(lambda: bool(shown.window.findChildren(KeyboardHelp)))
    child(shown.window, KeyboardHelp).reject()
    QTest.keyClick(made, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not shown.window.findChildren(HelpWindow))


def test_the_keyboard_goes_from_the_page_to_the_contents_and_along_them(panel: Make, qtbot: QtBot) -> None:
    made = press_f1(panel("ready"), qtbot)
    assert made.page.hasFocus()
    QTest.keySequence(made, QKeySequence("F6"))
    assert made.contents.hasFocus()
    QTest.keyClick(made.contents, Qt.Key.Key_Down)
    assert (entry(made), made.page.file) == ("Logs", "logs.md")
    QTest.keySequence(made, QKeySequence("F6"))
    assert made.page.hasFocus()


def test_it_follows_the_scheme_where_it_stands(panel: Make, qtbot: QtBot, qapp: QApplication) -> None:
    shown = panel("ready", appearance__scheme="light")
    made = press_f1(shown, qtbot)
    made.open_at("cli.md")
    bar = made.page.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    before = bar.value()
    assert before > 0
    shown.window.choose_scheme(Scheme.DARK)
    qapp.processEvents()
    assert abs(bar.value() - before) < 40
    ground = made.page.viewport().grab().toImage().pixelColor(4, 4)
    assert ground.lightness() < 100


def test_headings_have_the_names_that_links_use() -> None:
    text = "# One `two`\n\n## Same\n\n```\n# no heading\n```\n\n## Same\n\n### What’s *this*, then?\n"
    assert anchors(text) == ["one-two", "same", "same-1", "whats-this-then"]


def test_a_missing_handbook_is_told_by_the_index(tmp_path: Path) -> None:
    assert not Handbook(tmp_path).has(INDEX)
    assert not Handbook(docs_dir()).has("../README.md")
