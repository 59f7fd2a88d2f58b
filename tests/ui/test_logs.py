"""The log view and its page: following, searching, selecting, copying, saving, and staying small."""

from __future__ import annotations

import gc
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAction, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QRadioButton
from pytestqt.qtbot import QtBot

from harmony_desktop.control.levels import Level
from harmony_desktop.control.log_chunk import Mark
from harmony_desktop.control.logs import Bound, LogBook
from harmony_desktop.ui.gallery import LINK, SPEECH, TEXT
from harmony_desktop.ui.log_accessible import install
from harmony_desktop.ui.log_cells import Cells
from harmony_desktop.ui.log_look import PADDING
from harmony_desktop.ui.log_page import LogPage
from harmony_desktop.ui.log_parts import Filter
from harmony_desktop.ui.log_query import Options, Query
from harmony_desktop.ui.log_view import LogView
from harmony_desktop.ui.main_window import LOGS, SETTINGS, STACK
from harmony_desktop.ui.settings import Key, StackSettings
from harmony_desktop.ui.theme import Theme

from .conftest import Panel, child, flush_deletions

Make = Callable[..., Panel]
CONTROL = Qt.KeyboardModifier.ControlModifier
TIME = 1_750_000_000_000_000_000


def fill(book: LogBook, count: int, service: str = "a", text: str = "line {i}") -> None:
    book.append(service, [(TIME + i, text.format(i=i)) for i in range(count)])


@pytest.fixture
def book() -> LogBook:
    return LogBook(Bound(2_000, 10**9))


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
    qtbot.waitUntil(lambda: not view.active and view.lines._version == view.book.version, timeout=60_000)


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
    fill(book, 3_500)  # beyond the bound: old lines go, the place stays
    settle(qtbot, view)
    assert len(view.lines) == book.held("a") < 4_000
    assert view.lines[bar.value()].seq == max(top, view.lines[0].seq)
    assert str(view.unseen) in view._jump.text()
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

    def counted(seconds: float) -> bool:
        taken.append(1)
        return refresh(seconds)

    monkeypatch.setattr(view.lines, "refresh", counted)
    for _ in range(50):
        fill(book, 10)
    settle(qtbot, view)
    assert len(taken) <= 3
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
    view.show_lines(Filter(frozenset("a")))
    settle(qtbot, view)
    left, row = round(view.look.text_x) + 1, view.look.row_height
    drag(view, QPoint(left, PADDING + 2), QPoint(left + 300, PADDING + row + 2))
    assert view.hand.text == "line 0\nline 1"
    fill(book, 300)
    settle(qtbot, view)
    assert view.hand.text == "line 0\nline 1"
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "line 0\nline 1"


def test_selecting_by_keyboard(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 3)
    view.show_lines(Filter(frozenset("a")))
    settle(qtbot, view)
    shift = Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(view, Qt.Key.Key_Down, shift)
    QTest.keyClick(view, Qt.Key.Key_End, shift)
    assert view.hand.text == "line 0\nline 1"
    QTest.keyClick(view, Qt.Key.Key_Left, shift)
    assert view.hand.text == "line 0\nline "
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.hand.text == ""
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.hand.text == "line 0\nline 1\nline 2"


def test_a_double_click_selects_a_word(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    book.append("a", [(0, "endpoint=http://x:5000/v1")])
    settle(qtbot, view)
    QTest.mouseDClick(
        view.viewport(),
        Qt.MouseButton.LeftButton,
        pos=QPoint(round(view.look.text_x) + 4, PADDING + view.look.row_height // 2),
    )
    assert view.hand.text == "endpoint"


def test_a_third_click_selects_the_line(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    book.append("a", [(0, "one two three"), (0, "other")])
    settle(qtbot, view)
    place = QPoint(round(view.look.text_x) + 4, PADDING + view.look.row_height // 2)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.hand.text == "one two three"


def test_copying_very_much_is_done_aside(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    book.set_bound(Bound(50_000, 10**9))
    fill(book, 30_000)
    settle(qtbot, view)
    view.hand.select_all()
    with qtbot.waitSignal(view.hand.gathered):
        QTest.keyClick(view, Qt.Key.Key_C, CONTROL)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().count("\n") == 29_999)


def test_copying_with_times_and_services(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 2)
    settle(qtbot, view)
    view.hand.select_all()
    QTest.keyClick(view, Qt.Key.Key_C, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["a | line 0", "a | line 1"]


def test_wrapped_lines_are_followed_and_kept_in_place(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    book.append("a", [(TIME, f"{i} " + "word " * (i % 70)) for i in range(400)])
    view.set_wrapped(True)
    settle(qtbot, view)
    bar = view.verticalScrollBar()
    columns = view.lines.columns
    assert columns is not None
    assert view.lines.row_count == sum(len(Cells(line.text, columns).starts) for line in view.lines)
    assert view.horizontalScrollBar().maximum() == 0
    assert view.following
    assert view.visible_lines()[-1].text.startswith("399 ")
    bar.setValue(300)
    top = view.visible_lines()[0].seq
    view.resize(500, 400)
    settle(qtbot, view)
    assert view.visible_lines()[0].seq == top
    book.append("a", [(TIME, "more " * 100)] * 50)
    settle(qtbot, view)
    assert view.visible_lines()[0].seq == top
    spot = view.spot_at(QPointF(view.look.text_x + 3 * view.look.column, PADDING + 1))
    assert view.rect_of(spot).top() == PADDING


def test_a_restart_is_a_line_of_its_own(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 1)
    book.mark("a", TIME, Mark(exit_code=137))
    fill(book, 1)
    settle(qtbot, view)
    assert not view.viewport().grab().isNull()
    view.hand.select_all()
    assert re.search(r"line 0\n--- Restarted \d\d:\d\d:\d\d \(exit code 137\) ---\nline 0", view.hand.text)


def test_the_context_menu_copies(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 2)
    view.show_lines(Filter(frozenset("a")))
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
    view.look_for(Query("needle"))
    qtbot.waitUntil(lambda: not view.active)
    assert view.matches() == (0, 1)
    view.go_to_match(False)
    assert view.matches() == (1, 1)
    first = view.verticalScrollBar().value()
    assert first <= 100 < first + view.rows
    assert not follows(view)


@pytest.mark.parametrize("text", ["x" * 100_000, "\x00\xff" * 500, "日本語" * 4000, "\x1b[31m" * 1000, "a\rb" * 5000])
def test_odd_lines_are_harmless(qtbot: QtBot, view: LogView, book: LogBook, text: str) -> None:
    book.append("a", [(0, text), (TIME, "after")])
    settle(qtbot, view)
    assert not view.viewport().grab().isNull()
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    assert not view.viewport().grab().isNull()


@pytest.mark.parametrize("wrapped", [False, True])
def test_four_services_flooding_never_stall_the_loop(qtbot: QtBot, theme: Theme, wrapped: bool) -> None:
    """No callback takes over 50 ms of CPU while 200,000 lines come in and are searched."""
    book = LogBook(Bound(50_000, 10**9))
    view = LogView(theme, book)
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.set_wrapped(wrapped)
    view.show()
    view.look_for(Query("token [7x]", Options(regex=True)))
    slowest = 0.0
    for burst in range(20):
        for service in "abcd":
            lines = [(TIME, f"output token {i} of burst {burst} with some words to read") for i in range(2500)]
            began = time.thread_time()
            book.append(service, lines)
            slowest = max(slowest, time.thread_time() - began)
        for call in (view._take, view._work, view.viewport().repaint):
            began = time.thread_time()
            call()
            slowest = max(slowest, time.thread_time() - began)
    settle(qtbot, view)
    assert len(view.lines) == 200_000
    assert view.lines[-1].seq == 199_999
    assert view.matches()[1] == 80 * sum(str(i).startswith("7") for i in range(2500))
    assert slowest < 0.05


def test_the_newest_lines_are_told_to_assistive_technology(qtbot: QtBot, view: LogView, book: LogBook) -> None:
    fill(book, 30)
    assert view.accessibleName() == "Log lines"
    qtbot.waitUntil(lambda: view.accessibleDescription().endswith("line 29"))


def test_assistive_technology_reads_the_lines_in_sight(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    shown.intents.logs.append(LINK, [(TIME, "x" * 100_000), (TIME, "last line")])
    settle(qtbot, logs.view)
    interface = QAccessible.queryAccessibleInterface(logs.view)
    assert interface is not None
    assert interface.role() is QAccessible.Role.Document
    assert interface.text(QAccessible.Text.Name) == "Log lines"
    text = interface.textInterface()
    assert text is not None
    whole = text.text(0, text.characterCount())
    assert whole.startswith("WARN  model")
    assert whole.endswith("x\nlast line")
    assert len(whole) < 10_000
    assert text.cursorPosition() == text.characterCount()
    text.addSelection(6, 11)
    assert logs.view.hand.text == "model"
    assert text.cursorPosition() == 11
    text.setCursorPosition(whole.index("last line") + 5)
    assert text.cursorPosition() == whole.index("last line") + 5
    rect = text.characterRect(whole.index("last line"))
    assert text.offsetAtPoint(rect.center()) in {whole.index("last line"), whole.index("last line") + 1}
    text.removeSelection(0)
    assert logs.view.hand.selection is None


def test_views_that_were_read_can_go(theme: Theme, qapp: QApplication) -> None:
    """Qt deletes an interface with its view; it must not be deleted a second time."""
    book = LogBook()
    fill(book, 3)
    for _ in range(50):
        view = LogView(theme, book)
        install(view)
        view.show()
        interface = QAccessible.queryAccessibleInterface(view)
        assert interface is not None
        assert interface.textInterface() is not None
        view.hand.select_all()
        del interface
        view.deleteLater()
        flush_deletions()
        del view
        gc.collect()


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
    settle(qtbot, logs.view)
    assert {line.service for line in logs.view.lines} == {SPEECH}
    QTest.mouseClick(shown.button("Harmony Link"), Qt.MouseButton.LeftButton)
    settle(qtbot, logs.view)
    assert {line.service for line in logs.view.lines} == {SPEECH, LINK}
    assert not shown.button("All services").isChecked()
    QTest.mouseClick(shown.button("All services"), Qt.MouseButton.LeftButton)
    settle(qtbot, logs.view)
    assert {line.service for line in logs.view.lines} == {LINK, TEXT, SPEECH}


def test_many_services_are_chosen_from_a_menu(panel: Make, qtbot: QtBot) -> None:
    shown = panel("twelve")
    shown.window.show_page(LOGS)
    logs = shown.window._log_page()
    choose = shown.button("Choose services")
    assert "Whisper" not in shown.buttons()
    actions = {action.text(): action for action in choose.menu().actions()}
    assert len(actions) == 12
    actions["Whisper"].trigger()
    actions["Memory"].trigger()
    settle(qtbot, logs.view)
    assert logs.view.lines.filter.services == {"whisper", "memory"}
    assert shown.button("Whisper").isChecked()
    QTest.mouseClick(shown.button("Whisper"), Qt.MouseButton.LeftButton)
    assert "Whisper" not in shown.buttons()
    assert not actions["Whisper"].isChecked()
    assert logs.view.height() > 300


def test_a_vanished_service_leaves_all_logs(page: tuple[Panel, LogPage]) -> None:
    shown, logs = page
    logs.show_service(SPEECH)
    shown.replay("twelve")
    QApplication.processEvents()
    assert not logs.view.lines.filter.services
    assert shown.button("All services").isChecked()


def test_typing_searches_and_return_goes_on(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    QTest.keyClick(shown.window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    field = child(logs, QLineEdit)
    QTest.keyClicks(field, "harmony")
    qtbot.waitUntil(lambda: logs.search.field.count.text() == "3 found")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert logs.search.field.count.text() == "1 of 3"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert logs.search.field.count.text() == "2 of 3"
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert logs.search.field.count.text() == "1 of 3"
    field.clear()
    assert logs.search.field.count.text() == ""


def test_f3_goes_through_every_match_of_a_line(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    shown.intents.logs.append(LINK, [(TIME, "needle and needle"), (TIME, "last needle")])
    logs.search.field.setText("needle")
    count = logs.search.field.count
    qtbot.waitUntil(lambda: count.text() == "3 found")
    seen = []
    for _ in range(4):
        QTest.keyClick(logs.view, Qt.Key.Key_F3)
        seen.append(count.text())
    assert seen == ["1 of 3", "2 of 3", "3 of 3", "1 of 3"]
    QTest.keyClick(logs.view, Qt.Key.Key_F3, Qt.KeyboardModifier.ShiftModifier)
    assert count.text() == "3 of 3"
    line = logs.view.current_line
    assert line is not None
    assert line.text == "last needle"


def test_a_faulty_expression_is_told_in_place(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    logs.search.field.setText("(connected")
    qtbot.waitUntil(lambda: logs.search.field.count.text() == "nothing found")
    QTest.mouseClick(shown.button("Regular expression"), Qt.MouseButton.LeftButton)
    assert logs.search.note.isVisible()
    assert logs.search.note.text() == "A “(” is not closed"
    assert logs.search.field.count.text() == "not valid"
    logs.search.field.setText("(connected|loaded)")
    qtbot.waitUntil(lambda: logs.search.field.count.text() == "5 found")
    assert not logs.search.note.isVisible()


def test_an_expression_that_takes_too_long_is_told(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    shown.intents.logs.append(LINK, [(TIME, "x" * 50_000)] * 10)
    QTest.mouseClick(shown.button("Regular expression"), Qt.MouseButton.LeftButton)
    logs.search.field.setText("(x+x+)+y")
    qtbot.waitUntil(lambda: "too long" in logs.search.note.text())
    settle(qtbot, logs.view)
    assert not logs.view.viewport().grab().isNull()


def test_only_lines_that_match(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    logs.search.field.setText("connected")
    QTest.mouseClick(shown.button("Show only lines that match"), Qt.MouseButton.LeftButton)
    settle(qtbot, logs.view)
    assert len(logs.view.lines) == 2
    shown.intents.logs.append(LINK, [(TIME, "something else"), (TIME, "connected again")])
    settle(qtbot, logs.view)
    assert [line.text for line in logs.view.lines][-1] == "connected again"
    assert len(logs.view.lines) == 3
    logs.search.field.clear()
    settle(qtbot, logs.view)
    assert len(logs.view.lines) == 10


def test_lines_by_level(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    actions = {action.text(): action for action in shown.button("Level: all").menu().actions()}
    actions["Warnings and errors"].trigger()
    settle(qtbot, logs.view)
    assert [line.text[:4] for line in logs.view.lines] == ["WARN"]
    assert shown.button("Level: warnings").isVisible()
    kept = StackSettings(shown.settings, lambda: shown.state.folder)
    assert kept.get(Key.LOG_LEVEL) == int(Level.WARNING)


def test_clearing_hides_and_can_be_undone(page: tuple[Panel, LogPage], qtbot: QtBot) -> None:
    shown, logs = page
    assert "Show all again" not in shown.buttons()
    QTest.keyClick(logs.view, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, logs.view)
    assert len(logs.view.lines) == 0
    shown.intents.logs.append(LINK, [(TIME, "new")])
    settle(qtbot, logs.view)
    assert [line.text for line in logs.view.lines] == ["new"]
    QTest.mouseClick(shown.button("Show all again"), Qt.MouseButton.LeftButton)
    settle(qtbot, logs.view)
    assert len(logs.view.lines) == 9
    assert "Show all again" not in shown.buttons()


def test_options_are_remembered(page: tuple[Panel, LogPage], panel: Make, qtbot: QtBot) -> None:
    shown, _logs = page
    for name in ("Show times", "Wrap long lines", "Match case", "Whole words", "Regular expression", "Speech Engine"):
        QTest.mouseClick(shown.button(name), Qt.MouseButton.LeftButton)
    again = panel("ready", **{key.replace(".", "__"): value for key, value in shown.settings.values.items()})
    again.window.show_page(LOGS)
    chosen = {name for name in again.buttons() if again.button(name).isChecked()}
    assert chosen >= {"Wrap long lines", "Match case", "Whole words", "Regular expression", "Speech Engine"}
    assert not chosen & {"Show times", "All services"}
    logs = again.window._log_page()
    settle(qtbot, logs.view)
    assert {line.service for line in logs.view.lines} == {SPEECH}
    assert logs.view.lines.columns is not None


def test_the_bound_is_chosen_in_the_settings(panel: Make) -> None:
    shown = panel("ready", logs__bound="small")
    QApplication.processEvents()
    assert shown.intents.logs.bound == Bound(10_000, 2 * 1024**2)
    shown.window.show_page(SETTINGS)
    page = shown.window.widget(SETTINGS)
    choices = {made.text(): made for made in page.findChildren(QRadioButton)}
    assert choices["Little: 10,000 lines, at most 2 MB"].isChecked()
    choices["Very much: 1,000,000 lines, at most 160 MB"].click()
    assert shown.intents.logs.bound.lines == 1_000_000
    assert shown.settings.get("logs.bound") == "huge"


def test_nonsense_in_the_settings_is_harmless(panel: Make) -> None:
    shown = panel("ready", logs__level=77, logs__services={"a": 1}, logs__bound=3, logs__wrap="x")
    shown.window.show_page(LOGS)
    assert len(shown.window._log_page().view.lines) == 8


def test_saving_everything(page: tuple[Panel, LogPage], tmp_path: Path, qtbot: QtBot) -> None:
    shown, logs = page
    shown.intents.logs.append(LINK, [(TIME + i, f"line {i}") for i in range(20_000)])
    logs.show_service(SPEECH)
    target = tmp_path / "all.log"
    target.write_text("old")
    told: list[int] = []
    logs.saver.progressed.connect(lambda _path, percent: told.append(percent))
    with qtbot.waitSignal(logs.saver.saved):
        logs.save_to(str(target), everything=True)
    assert len(target.read_text(encoding="utf-8").splitlines()) == 20_008
    assert told == sorted(told)
    assert told[-1] == 100
    assert list(tmp_path.iterdir()) == [target]


def test_saving_what_is_shown(page: tuple[Panel, LogPage], tmp_path: Path, qtbot: QtBot) -> None:
    _, logs = page
    logs.show_service(LINK)
    target = tmp_path / "link.log"
    with qtbot.waitSignal(logs.saver.saved) as saved:
        logs.save_to(str(target))
    assert saved.args == [str(target), ""]
    lines = target.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert lines[-1].endswith("harmony-link | tts request finished in 412 ms")
    assert list(tmp_path.iterdir()) == [target]


def test_saving_where_it_cannot_be_saved(page: tuple[Panel, LogPage], tmp_path: Path, qtbot: QtBot) -> None:
    _, logs = page
    with qtbot.waitSignal(logs.saver.saved):
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
