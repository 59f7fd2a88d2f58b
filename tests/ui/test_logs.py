"""The log view and its page: following, searching, selecting, copying, saving, and staying small."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from harmony_desktop.control.logs import LogBook
from harmony_desktop.ui.gallery import LINK, SPEECH, TEXT
from harmony_desktop.ui.log_lines import Change, LogLines, LogSearch
from harmony_desktop.ui.log_look import PADDING
from harmony_desktop.ui.log_page import LogPage
from harmony_desktop.ui.log_selection import Selection, Spot, word_at
from harmony_desktop.ui.log_text import clean, clock
from harmony_desktop.ui.log_view import LogView
from harmony_desktop.ui.main_window import LOGS, STACK
from harmony_desktop.ui.theme import Theme

from .conftest import Panel, child

Make = Callable[..., Panel]
TIME = 1_750_000_000_000_000_000


def fill(book: LogBook, count: int, service: str = "a", text: str = "line {i}") -> None:
    book.append(service, [(TIME + i, text.format(i=i)) for i in range(count)])


@pytest.fixture
def book() -> LogBook:
    return LogBook(max_lines=1000)


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, book: LogBook) -> LogView:
    made = LogView(theme, book)
    made.show_names({"a": "Alpha", "b": "Beta"})
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show()
    qtbot.waitExposed(made)
    return made


def settle(qtbot: QtBot, view: LogView) -> None:
    qtbot.waitUntil(lambda: not view.active and view.lines._next == view._book.next_seq)


def follows(view: LogView) -> bool:
    return view.following


def drag(view: LogView, start: QPoint, end: QPoint) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for kind, point, button, held in (
        (QEvent.Type.MouseButtonPress, start, left, left),
        (QEvent.Type.MouseMove, end, none, left),
        (QEvent.Type.MouseButtonRelease, end, left, none),
    ):
        place, screen = point.toPointF(), view.viewport().mapToGlobal(point).toPointF()
        event = QMouseEvent(kind, place, screen, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view.viewport(), event)


# -- texts


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;200mpink\x1b[m", "red pink"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("10 %\r50 %\r", "50 %"),
        ("\r", ""),
        ("a\tb", "a       b"),
        ("bell\x07null\x00", "bell\N{REPLACEMENT CHARACTER}null\N{REPLACEMENT CHARACTER}"),
        ("left\u202eright", "leftright"),
        ("日本語", "日本語"),
    ],
)
def test_lines_are_cleaned(raw: str, shown: str) -> None:
    assert clean(raw) == shown


@given(st.text())
def test_whatever_comes_is_shown_without_control_characters(raw: str) -> None:
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in clean(raw))


def test_clock_shows_milliseconds_or_nothing() -> None:
    assert clock(TIME + 204_000_000).endswith(":40.204")
    assert clock(0).strip() == ""


# -- lines and search, without a widget


def test_lines_are_bounded_as_the_book_is() -> None:
    book = LogBook(max_lines=100)
    lines = LogLines(book)
    fill(book, 80)
    assert lines.refresh() == (80, 0)
    fill(book, 80)
    assert lines.refresh() == (80, 60)
    assert len(lines) == 100
    book.clear()
    assert lines.refresh() == (0, 100)


def test_lines_of_one_service() -> None:
    book = LogBook()
    lines = LogLines(book)
    fill(book, 3, "a")
    fill(book, 2, "b")
    lines.show_service("b")
    lines.refresh()
    assert [line.service for line in lines] == ["b", "b"]
    lines.show_service(None)
    lines.refresh()
    assert len(lines) == 5


def test_search_finds_counts_and_goes_round() -> None:
    book = LogBook()
    lines = LogLines(book)
    book.append("a", [(0, text) for text in ("Error one", "fine", "an ERROR", "fine", "error [x]")])
    lines.refresh()
    search = LogSearch(lines)
    search.look_for("error", match_case=False)
    assert search.work(1) is False
    assert list(search.hits) == [0, 2, 4]
    assert search.neighbour(0, forwards=True) == 2
    assert search.neighbour(4, forwards=True) == 0
    assert search.neighbour(0, forwards=False) == 4
    assert search.place(2) == 2
    search.look_for("error", match_case=True)
    search.work(1)
    assert list(search.hits) == [4]
    search.look_for("[x]", match_case=False)
    search.work(1)
    assert list(search.hits) == [4]
    search.look_for("nowhere", match_case=False)
    search.work(1)
    assert search.neighbour(0, forwards=True) is None


def test_search_goes_on_with_new_lines_and_forgets_old_ones() -> None:
    book = LogBook(max_lines=10)
    lines = LogLines(book)
    search = LogSearch(lines)
    search.look_for("line", match_case=False)
    for _ in range(3):
        fill(book, 8)
        lines.refresh()
        search.work(1)
    assert list(search.hits) == list(range(14, 24))


def test_search_works_in_slices() -> None:
    book = LogBook()
    fill(book, 5000)
    lines = LogLines(book)
    lines.refresh()
    search = LogSearch(lines)
    search.look_for("line", match_case=False)
    slices = 1
    while search.work(0):
        slices += 1
    assert slices > 10
    assert len(search.hits) == 5000


def test_selection_in_both_directions() -> None:
    book = LogBook()
    lines = LogLines(book)
    book.append("a", [(0, "first line"), (0, "second line"), (0, "third line")])
    lines.refresh()
    lines.show_service("a")
    lines.refresh()
    assert Selection(Spot(0, 6), Spot(2, 5)).text(lines) == "line\nsecond line\nthird"
    assert Selection(Spot(2, 5), Spot(0, 6)).text(lines) == "line\nsecond line\nthird"
    assert Selection(Spot(1, 2), Spot(1, 2)).empty


def test_selected_lines_of_several_services_carry_names() -> None:
    book = LogBook()
    lines = LogLines(book)
    book.append("a", [(0, "one")])
    book.append("b", [(0, "two")])
    lines.refresh()
    assert Selection(Spot(0, 0), Spot(1, 3)).text(lines) == "a | one\nb | two"


@pytest.mark.parametrize(
    ("text", "column", "word"),
    [
        ("endpoint=http://x:5000/v1 done", 0, "endpoint"),
        ("endpoint=http://x:5000/v1 done", 10, "http://x:5000/v1"),
        ("a    b", 3, " "),
        ("", 0, ""),
    ],
)
def test_words(text: str, column: int, word: str) -> None:
    start, end = word_at(text, column)
    assert text[start:end] == word


# -- the widget


def test_follows_at_the_bottom(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 300)
    settle(qtbot, view)
    bar = view.verticalScrollBar()
    assert follows(view)
    assert bar.value() == bar.maximum() > 0
    assert not view._jump.isVisible()


def test_stays_where_the_user_reads_and_counts_what_is_new(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 300)
    settle(qtbot, view)
    bar = view.verticalScrollBar()
    bar.setValue(100)
    top = view.lines[bar.value()].seq
    fill(book, 214)
    settle(qtbot, view)
    assert not follows(view)
    assert view.lines[bar.value()].seq == top
    assert view._jump.isVisible()
    assert "214 new lines" in view._jump.text()
    fill(book, 700)  # beyond the bound: old lines go, the place stays
    settle(qtbot, view)
    assert len(view.lines) == 1000
    assert view.lines[bar.value()].seq == max(top, view.lines[0].seq)
    QTest.mouseClick(view._jump, Qt.MouseButton.LeftButton)
    assert follows(view)
    assert bar.value() == bar.maximum()
    assert not view._jump.isVisible()


def test_scrolling_back_to_the_bottom_follows_again(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 300)
    settle(qtbot, view)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    assert not follows(view)
    QTest.keyClick(view, Qt.Key.Key_End)
    assert follows(view)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.verticalScrollBar().value() == 0


def test_lines_are_taken_in_batches(
    qtbot: QtBot, view: LogView, book: LogBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    refresh = view.lines.refresh

    def counted() -> Change:
        taken.append(1)
        return refresh()

    monkeypatch.setattr(view.lines, "refresh", counted)
    for _ in range(50):
        fill(book, 10)
    settle(qtbot, view)
    assert len(taken) <= 2
    assert len(view.lines) == 500


def test_a_hidden_view_takes_nothing_and_catches_up(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    view.hide()
    fill(book, 50)
    assert not view.active
    assert len(view.lines) == 0
    view.show()
    settle(qtbot, view)
    assert len(view.lines) == 50


def test_selecting_with_the_mouse_survives_new_lines(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 5)
    view.show_service("a")
    settle(qtbot, view)
    left, row = round(view.look.text_x) + 1, view.look.row_height
    drag(view, QPoint(left, PADDING + 2), QPoint(left + 300, PADDING + row + 2))
    assert view.selected_text == "line 0\nline 1"
    fill(book, 300)
    settle(qtbot, view)
    assert view.selected_text == "line 0\nline 1"
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "line 0\nline 1"


def test_selecting_by_keyboard(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 3)
    view.show_service("a")
    settle(qtbot, view)
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(view, Qt.Key.Key_Down, shift)
    QTest.keyClick(view, Qt.Key.Key_End, shift)
    assert view.selected_text == "line 0\nline 1"
    QTest.keyClick(view, Qt.Key.Key_Left, shift)
    assert view.selected_text == "line 0\nline "
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.selected_text == ""
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selected_text == "line 0\nline 1\nline 2"


def test_a_double_click_selects_a_word(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    book.append("a", [(0, "endpoint=http://x:5000/v1")])
    settle(qtbot, view)
    QTest.mouseDClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=QPoint(round(view.look.text_x) + 4, PADDING + view.look.row_height // 2),
    )
    assert view.selected_text == "endpoint"


def test_the_context_menu_copies(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 2)
    view.show_service("a")
    settle(qtbot, view)

    def menu() -> dict[str, QAction]:
        return {action.text(): action for action in view.menu().actions()}

    assert not menu()["Copy"].isEnabled()
    menu()["Select all"].trigger()
    menu()["Copy"].trigger()
    assert QGuiApplication.clipboard().text() == "line 0\nline 1"


def test_going_to_hits_scrolls_there(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 100)
    book.append("b", [(0, "needle")])
    fill(book, 300)
    settle(qtbot, view)
    view.look_for("needle", match_case=False)
    qtbot.waitUntil(lambda: not view.active)
    assert view.hits() == (0, 1)
    view.go_to_hit(forwards=False)
    assert view.hits() == (1, 1)
    first = view.verticalScrollBar().value()
    assert first <= 100 < first + view._rows()
    assert not follows(view)


@pytest.mark.parametrize("text", ["x" * 100_000, "\x00\xff" * 500, "日本語" * 4000, "\x1b[31m" * 1000, "a\rb" * 5000])
def test_odd_lines_are_harmless(qtbot: QtBot, view: LogView, book: LogBook, text: str) -> None:
    book.append("a", [(0, text), (TIME, "after")])
    settle(qtbot, view)
    assert not view.viewport().grab().isNull()
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    assert not view.viewport().grab().isNull()


def test_four_services_flooding_never_stall_the_loop(qtbot: QtBot, theme: Theme) -> None:
    """No callback takes over 50 ms of CPU while 400,000 lines come in."""
    book = LogBook()
    view = LogView(theme, book)
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    view.look_for("token 7", match_case=False)
    slowest = 0.0
    for burst in range(40):
        for service in "abcd":
            book.append(
                service, [(TIME, f"output token {i} of burst {burst} with some words to read") for i in range(2500)]
            )
        for call in (view._take, view._search_on, view.viewport().repaint):
            began = time.thread_time()
            call()
            slowest = max(slowest, time.thread_time() - began)
    assert len(view.lines) == 100_000
    assert view.lines[-1].seq == 399_999
    assert slowest < 0.05


def test_the_newest_lines_are_told_to_assistive_technology(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 30)
    assert view.accessibleName() == "Log lines"
    qtbot.waitUntil(lambda: view.accessibleDescription().endswith("line 29"))


# -- the page


@pytest.fixture
def page(panel: Make) -> tuple[Panel, LogPage]:
    shown = panel("ready")
    shown.window.show_page(LOGS)
    made = shown.window._log_page()
    return shown, made


def test_chips_choose_services(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    assert len(logs.view.lines) == 8
    QTest.mouseClick(shown.button("Speech Engine"), Qt.MouseButton.LeftButton)
    assert {line.service for line in logs.view.lines} == {SPEECH}
    QTest.mouseClick(shown.button("All services"), Qt.MouseButton.LeftButton)
    assert {line.service for line in logs.view.lines} == {LINK, TEXT, SPEECH}


def test_a_vanished_service_leaves_all_logs(page: tuple[Panel, LogPage]) -> None:
    shown, logs = page
    logs.show_service(SPEECH)
    shown.replay("twelve")
    QApplication.processEvents()
    assert logs.view.lines.service is None
    assert shown.button("All services").isChecked()


def test_typing_searches_and_return_goes_on(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    QTest.keyClick(shown.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    field = child(logs, QLineEdit)
    QTest.keyClicks(field, "harmony")
    qtbot.waitUntil(lambda: logs._count.text() == "2 found")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert logs._count.text() == "1 of 2"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert logs._count.text() == "2 of 2"
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert logs._count.text() == "1 of 2"
    field.clear()
    assert logs._count.text() == ""


def test_options_are_remembered(page: tuple[Panel, LogPage]) -> None:
    shown, _logs = page
    QTest.mouseClick(shown.button("Show times"), Qt.MouseButton.LeftButton)
    QTest.mouseClick(shown.button("Match case"), Qt.MouseButton.LeftButton)
    assert shown.settings.get("logs.time") is False
    assert shown.settings.get("logs.case") is True


def test_saving_what_is_shown(page: tuple[Panel, LogPage], tmp_path: Path, qtbot: QtBot) -> None:
    _, logs = page
    logs.show_service(LINK)
    target = tmp_path / "link.log"
    with qtbot.waitSignal(logs.saved) as saved:
        logs.save_to(str(target))
    assert saved.args == [str(target), ""]
    lines = target.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert lines[-1].endswith("harmony-link | tts request finished in 412 ms")
    assert list(tmp_path.iterdir()) == [target]


def test_saving_where_it_cannot_be_saved(page: tuple[Panel, LogPage], tmp_path: Path, qtbot: QtBot) -> None:
    _, logs = page
    with qtbot.waitSignal(logs.saved):
        logs.save_to(str(tmp_path / "missing" / "x.log"))
    assert logs._told.text().startswith("x.log not saved: No such file")


def test_the_latest_lines_on_the_stack_page(panel: Make, qtbot: QtBot) -> None:
    shown = panel("ready")
    latest = shown.window.widget(STACK).sections.latest  # type: ignore[attr-defined] # the stack page
    assert latest.lines.accessibleDescription().splitlines()[-1].startswith("output generated")
    shown.intents.logs.append(LINK, [(TIME, "one more")])
    qtbot.waitUntil(lambda: latest.lines.accessibleDescription().endswith("one more"))
    QTest.mouseClick(shown.button("All logs"), Qt.MouseButton.LeftButton)
    assert shown.window.page == LOGS
    QApplication.processEvents()
