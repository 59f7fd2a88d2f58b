"""The page of configuration: files, editor, corrections, form, and what saving leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from harmony_desktop.control.config_files import Affected, Syntax
from harmony_desktop.control.findings import Correction, Replacement
from harmony_desktop.control.memory_choice import Chosen
from harmony_desktop.control.state import Problem
from harmony_desktop.ui.code_edit import CodeEdit
from harmony_desktop.ui.config_editor import SHIPPED
from harmony_desktop.ui.config_page import ConfigPage
from harmony_desktop.ui.config_questions import CANCEL, DISCARD, SAVE, YES, FileQuestion
from harmony_desktop.ui.gallery_config import COMPOSE, CONFIG, CONFIG_STATES, ENV, FLAGS, SPEECH
from harmony_desktop.ui.highlight import colour, spans
from harmony_desktop.ui.main_window import CONFIGURATION
from harmony_desktop.ui.theme import DARK, DARK_HIGH_CONTRAST, LIGHT, LIGHT_HIGH_CONTRAST, Theme, contrast

from .conftest import Panel, child, flush_deletions

Make = Callable[..., Panel]
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", "propagateSizeHints")


def page_of(panel: Panel, file: Path | None = None) -> ConfigPage:
    panel.window.show_page(CONFIGURATION)
    page = child(panel.window, ConfigPage)
    if file is not None:
        page.show_file(file)
    return page


def asked(panel: Panel, what: str) -> list[tuple[object, ...]]:
    return [call for call in panel.intents.calls if call[0] == what]


def typed(page: ConfigPage, text: str) -> None:
    """Put a text into the editor as a user would."""
    page.editor.text.selectAll()
    page.editor.text.insertPlainText(text)
    page.editor.flush()


@pytest.fixture
def edit(theme: Theme, qtbot: QtBot) -> CodeEdit:
    made = CodeEdit(theme)
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.mark.parametrize("name", CONFIG_STATES)
def test_every_state_is_shown(panel: Make, name: str) -> None:
    page = page_of(panel(name))
    assert page.files.count() == 11
    for file in (CONFIG, ENV, SPEECH, FLAGS, COMPOSE):
        page.show_file(file)
        assert page.editor.path == file
        assert page.editor.text.text()


def test_the_list_tells_how_each_file_is(panel: Make) -> None:
    page = page_of(panel("config"))
    words = [page.files.item(row).text() for row in range(page.files.count())]
    assert words[0] == "Common settings"
    assert words[1] == ".env\nedited · update beside it"
    assert words[6] == "config.json\nHarmony Link · 2 problems"
    assert words[8] == "config.yml\nSpeech Engine · as shipped"


def test_typing_is_marked_and_saved_by_the_keyboard(panel: Make, qtbot: QtBot) -> None:
    shown = panel("config")
    page = page_of(shown, FLAGS)
    assert not page.editor.save.isEnabled()
    page.editor.text.setFocus()
    QTest.keyClicks(page.editor.text, "# mine")
    qtbot.waitUntil(page.editor.save.isEnabled)
    assert page.files.currentItem().text().startswith("● CMD_FLAGS.txt")
    QTest.keyClick(page.editor.text, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert asked(shown, "save_config") == [("save_config", FLAGS, False)]
    assert not page.editor.save.isEnabled()


def test_a_finding_is_listed_gone_to_and_corrected_by_one_press(panel: Make) -> None:
    page = page_of(panel("config-findings"), CONFIG)
    problems = page.editor.problems
    assert problems.isVisible()
    assert problems.list.count() == 3
    problems.list.setCurrentRow(1)
    problems.list.itemActivated.emit(problems.list.currentItem())
    assert page.editor.text.textCursor().blockNumber() + 1 == 49
    assert problems.diff.toPlainText().splitlines() == [
        '- "endpoint": "http://localhost:12080",',
        '+ "endpoint": "http://harmonyspeech-engine:12080",',
    ]
    before = page.editor.text.text()
    assert problems.button.accessibleName() == "Write http://harmonyspeech-engine:12080"
    problems.button.click()
    assert problems.list.count() == 2
    page.editor.text.undo()
    assert page.editor.text.text() == before


def test_a_file_with_mistakes_is_saved_only_after_a_question(panel: Make) -> None:
    shown = panel("config-broken")
    page = page_of(shown, CONFIG)
    page.editor.save.click()
    question = child(shown.window, FileQuestion)
    question.buttons[CANCEL].click()
    flush_deletions()
    assert not asked(shown, "save_config")
    page.editor.save.click()
    child(shown.window, FileQuestion).buttons[YES].click()
    assert asked(shown, "save_config") == [("save_config", CONFIG, False)]


def test_a_conflict_offers_both_ways_and_the_difference(panel: Make) -> None:
    shown = panel("config-conflict")
    page = page_of(shown, CONFIG)
    assert page.editor.banner.isVisible()
    shown.button("Show the difference").click()
    assert '+    "confirmevents": false,' in page.editor.diff.toPlainText()
    shown.button("Keep mine").click()
    assert asked(shown, "save_config") == [("save_config", CONFIG, True)]
    assert not page.editor.banner.isVisible()
    shown = panel("config-conflict")
    page = page_of(shown, CONFIG)
    shown.button("Take theirs").click()
    assert asked(shown, "reload_config") == [("reload_config", CONFIG)]
    assert not page.editor.save.isEnabled()


def test_difference_to_what_ships_and_back_to_it(panel: Make) -> None:
    shown = panel("config-diff")
    page = page_of(shown, CONFIG)
    page.editor.compare(SHIPPED)
    assert '+          "endpoint": "http://localhost:12080",' in page.editor.diff.toPlainText()
    shown.button("Back to the text").click()
    menu = page.editor.menu()
    action = next(one for one in menu.actions() if one.text() == "Back to what ships…")
    action.trigger()
    menu.deleteLater()
    child(shown.window, FileQuestion).buttons[YES].click()
    assert "localhost" not in page.editor.text.text()
    page.editor.text.undo()
    assert "localhost" in page.editor.text.text(), "it is one step, and can be undone"


def test_a_file_that_may_not_be_written_is_told(panel: Make) -> None:
    page = page_of(panel("config-locked"), CONFIG)
    assert page.editor.text.isReadOnly()
    assert page.editor.banner.isVisible()


def test_only_what_runs_is_restarted(panel: Make) -> None:
    shown = panel("config-saved")
    page = page_of(shown, CONFIG)
    assert page.banner.isVisible()
    page.restart.click()
    assert asked(shown, "start") == [("start", ("harmony-link",))]
    assert asked(shown, "restart") == [("restart", ("harmonyspeech-engine",))]
    assert not page.banner.isVisible()
    shown.change(services=tuple(replace(one, containers=()) for one in shown.state.services))
    store = shown.intents.configuring.store
    store.set(replace(store.value, affected=Affected((), ("harmony-link",))))
    assert page.banner.isVisible()
    assert not page.restart.isVisible()


def test_what_could_not_be_done_is_shown(panel: Make) -> None:
    shown = panel("config")
    page = page_of(shown)
    shown.intents.configuring.fail(Problem("x.json is no text", "It is UTF-16.", "Open it elsewhere."))
    assert page.banner.isVisible()


def test_ctrl_f_searches_the_file_and_f3_goes_on(panel: Make) -> None:
    page = page_of(panel("config"), CONFIG)
    page.editor.text.setFocus()
    page.window().search()  # type: ignore[attr-defined] # the window's own
    assert page.editor.field.hasFocus()
    QTest.keyClicks(page.editor.field, "ENDPOINT")
    QTest.keyClick(page.editor.field, Qt.Key.Key_Return)
    first = page.editor.text.textCursor().selectionStart()
    QTest.keyClick(page.editor.field, Qt.Key.Key_F3)
    assert page.editor.text.textCursor().selectionStart() > first
    assert page.editor.text.textCursor().selectedText() == "endpoint"
    QTest.keyClick(page.editor.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert page.editor.text.textCursor().selectionStart() == first
    QTest.keyClick(page.editor.field, Qt.Key.Key_Escape)
    QTest.keyClick(page.editor.field, Qt.Key.Key_Escape)
    assert not page.editor.field.isVisible()


def test_the_form_sets_single_values(panel: Make) -> None:
    shown = panel("config")
    form = page_of(shown).form
    port = form.fields["HARMONY_LINK_PORT"]
    port.setFocus()
    QTest.keyClicks(port, "29000")
    QTest.keyClick(port, Qt.Key.Key_Return)
    form.open_to_network.click()
    form.boxes["ov2-synthesizer-es"].click()
    form.threads.setText("4")
    form.threads.editingFinished.emit()
    assert asked(shown, "set_field") == [
        ("set_field", "HARMONY_LINK_PORT", "29000"),
        ("set_field", "HARMONY_BIND_ADDRESS", ""),
        ("set_field", "ov2-synthesizer-es", "on"),
        ("set_field", "--threads", "4"),
    ]


def test_tokens_are_masked_until_somebody_looks(panel: Make) -> None:
    shown = panel("config")
    form = page_of(shown).form
    token = form.fields["harmony-speech-engine:HF_TOKEN"]
    assert token.echoMode() is QLineEdit.EchoMode.Password
    shown.button("Show Speech Engine: HF_TOKEN").click()
    assert token.echoMode() is QLineEdit.EchoMode.Normal
    assert token.text() == "hf_abc"


def test_what_is_typed_into_a_field_is_not_lost_when_the_form_is_read_again(panel: Make) -> None:
    shown = panel("config")
    form = page_of(shown).form
    port = form.fields["HARMONY_TEXT_PORT"]
    port.setFocus()
    QTest.keyClicks(port, "9")
    store = shown.intents.configuring.store
    store.set(replace(store.value, form=replace(store.value.form, chosen=Chosen())))
    assert port.text() == "78619"


def test_the_link_to_the_models(panel: Make) -> None:
    shown = panel("config")
    page_of(shown)
    shown.button("Language model and context size…").click()
    assert shown.window.page == "models"


def test_quitting_asks_about_what_is_not_saved(panel: Make) -> None:
    shown = panel("config", told__quit=True)
    shown.settings.set("told.quit", True)
    page = page_of(shown, FLAGS)
    typed(page, "--listen\n")
    shown.ui._end()
    question = child(shown.window, FileQuestion)
    question.buttons[CANCEL].click()
    flush_deletions()
    assert not shown.quits
    shown.ui._end()
    child(shown.window, FileQuestion).buttons[SAVE].click()
    assert asked(shown, "save_config") == [("save_config", FLAGS, False)]
    assert shown.quits == [True]


def test_quitting_without_saving(panel: Make) -> None:
    shown = panel("config")
    page = page_of(shown, FLAGS)
    typed(page, "--listen\n")
    shown.ui._end()
    child(shown.window, FileQuestion).buttons[DISCARD].click()
    assert shown.quits == [True]
    assert not asked(shown, "save_config")


def test_going_to_another_file_keeps_the_changes(panel: Make) -> None:
    page = page_of(panel("config"), FLAGS)
    typed(page, "--listen\n# \U0001f600\u00a0ä")
    page.show_file(ENV)
    page.show_file(FLAGS)
    assert page.editor.text.text() == "--listen\n# \U0001f600\u00a0ä"
    assert page.unsaved() == ("text-generation-webui-harmonyai/CMD_FLAGS.txt",)


# The editor itself


def test_any_text_comes_back_as_it_was(edit: CodeEdit) -> None:
    for text in ("", "\n", "a\u00a0b\n\n\tc", "\U0001f600ä\u2028x", "x" * 5000 + "\n"):
        edit.load(text, Syntax.TEXT)
        assert edit.text() == text
        assert not edit.document().isUndoAvailable()


def test_corrections_count_in_characters(edit: CodeEdit) -> None:
    text = '{"\U0001f600\U0001f600": "old", "b": "old"}'
    edit.load(text, Syntax.JSON)
    start = text.index('"old"')
    last = text.rindex('"old"')
    correction = Correction("", (Replacement(start, start + 5, '"né\U0001f600"'), Replacement(last, last + 5, "1")))
    assert not edit.correct(correction, "another text")
    assert edit.correct(correction, text)
    assert edit.text() == correction.applied(text)
    edit.undo()
    assert edit.text() == text


def test_taking_another_text_leaves_the_cursor(edit: CodeEdit) -> None:
    edit.load("one\ntwo\nthree", Syntax.TEXT)
    edit.go_to(len("one\ntwo\nth"))
    edit.take("one\n2\nthree")
    assert edit.textCursor().position() == len("one\n2\nth")


def test_tab_indents_by_spaces_and_a_new_line_keeps_the_indent(edit: CodeEdit) -> None:
    edit.load("a:", Syntax.YAML)
    edit.go_to(2)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Tab, Qt.Key.Key_B, Qt.Key.Key_Return, Qt.Key.Key_C):
        QTest.keyClick(edit, key)
    assert edit.text() == "a:\n  b\n  c"


def test_the_numbers_follow_the_text(edit: CodeEdit, qapp: QApplication) -> None:
    edit.load("\n" * 12_000, Syntax.TEXT)
    wide = edit.number_width()
    edit.load("", Syntax.TEXT)
    assert edit.number_width() < wide
    assert edit.viewportMargins().left() == edit.number_width()
    qapp.processEvents()


LINES = [
    (Syntax.JSON, '  "a": "b", 1.5, true', {'"a"': "name", '"b"': "text", "1.5": "value", "true": "value"}),
    (Syntax.YAML, "  key: 12 # why", {"key": "name", "12": "value", "# why": "comment"}),
    (Syntax.YAML, "- image: a:${TAG:-x}", {"image": "name", "${TAG:-x}": "variable"}),
    (Syntax.YAML, 'url: "http://a#b"', {"url": "name", '"http://a#b"': "text"}),
    (Syntax.DOTENV, "export A=b$C # d", {"A": "name", "$C": "variable", "# d": "comment"}),
    (Syntax.DOTENV, "A='$B # c'", {"A": "name", "'$B # c'": "text"}),
    (Syntax.DOTENV, "# A=b", {"# A=b": "comment"}),
    (Syntax.FLAGS, "--model x --api", {"--model": "name", "--api": "name"}),
    (Syntax.FLAGS, "# --api", {"# --api": "comment"}),
]


@pytest.mark.parametrize(("syntax", "line", "wanted"), LINES)
def test_parts_of_lines_are_told_apart(syntax: Syntax, line: str, wanted: dict[str, str]) -> None:
    found = {line[span.start : span.end].strip(): span.role for span in spans(syntax, line)}
    for part, role in wanted.items():
        assert found.get(part) == role


@pytest.mark.parametrize("colours", [LIGHT, DARK, LIGHT_HIGH_CONTRAST, DARK_HIGH_CONTRAST])
def test_each_colour_can_be_read(colours: object) -> None:
    for role in ("name", "text", "value", "comment", "variable", "sign"):
        for ground in ("sunken", "hover"):
            assert contrast(colour(colours, role), getattr(colours, ground)) >= 4.5  # type: ignore[arg-type] # Colours


def test_spans_never_leave_their_line() -> None:
    for syntax in Syntax:
        for line in ("", "{", '"', "a: 'b", "$", "${", "=", "--", "#", "a=#", "- - -", "\ufeff#"):
            found = list(spans(syntax, line))
            assert all(0 <= span.start <= span.end <= len(line) for span in found)
