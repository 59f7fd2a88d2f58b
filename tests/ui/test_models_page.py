"""The models page: what is shown, and what presses, drops and dialogs become."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from harmony_desktop.control.model_memory import MemoryThere
from harmony_desktop.control.models_state import ModelsState
from harmony_desktop.ui.gallery_models import models_states
from harmony_desktop.ui.main_window import MODELS
from harmony_desktop.ui.model_dialogs import DeleteDialog, ImportDialog, TokenDialog, UseModelDialog
from harmony_desktop.ui.model_download import DownloadDialog
from harmony_desktop.ui.model_words import fit_words, tokens
from harmony_desktop.ui.models_page import ModelsPage

from .conftest import Panel, child, flush_deletions

Make = Callable[..., Panel]

#: The offscreen platform has no window manager to tell.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

HERMES = "Hermes-3-Llama-3.1-8B.Q4_K_M.gguf"


def page_of(panel: Panel) -> ModelsPage:
    panel.window.show_page(MODELS)
    return child(panel.window, ModelsPage)


def show(panel: Panel, **changes: object) -> None:
    store = panel.intents.modelling.store
    store.set(replace(store.value, **changes))  # type: ignore[arg-type] # fields of ModelsState


def asked(panel: Panel) -> list[tuple[object, ...]]:
    return [call for call in panel.calls() if call[0] != "look_at_models"]


@pytest.mark.parametrize("name", list(models_states()))
def test_every_state_is_shown(panel: Make, name: str) -> None:
    page = page_of(panel(name))
    assert page.title_label.text()
    assert page.isVisible()


def test_it_says_what_is_loaded_and_what_it_starts_with(panel: Make) -> None:
    page = page_of(panel("models"))
    assert page.title_label.text() == "Hermes 3 Llama 3.1 8B is loaded"
    assert "starts with Hermes-3-Llama-3.1-8B.Q4_K_M and a context of 8192 tokens" in page.text_label.text()
    assert page.rows[0].light.accessibleName() == "Hermes-3-Llama-3.1-8B.Q4_K_M: loaded"
    assert "fits on the card" in page.rows[0].fit.text()
    assert "partly on the processor" in page.rows[1].fit.text()
    assert not page.rows[3].use.isVisible(), "what is broken cannot be used"
    assert page.rows[0].unload.isVisible()
    assert not page.rows[1].unload.isVisible()


def test_without_a_model_there_are_two_ways_to_one(panel: Make) -> None:
    shown = panel("models-empty")
    page = page_of(shown)
    assert page.title_label.text() == "Without a model Harmony has nothing to think with"
    assert {"Import a file…", "Download…"} <= shown.buttons()
    assert page.download.property("kind") == "primary"
    page.suggestions[1].get.click()
    dialog = child(shown.window, DownloadDialog)
    assert dialog.isVisible()
    assert ("look_up_model", f"{'unsloth/Qwen3-4B-Instruct-2507-GGUF'}/Qwen3-4B-Instruct-2507-Q4_K_M.gguf") in asked(
        shown
    )
    dialog.reject()


def test_use_asks_for_the_context_and_tells_what_it_takes(panel: Make) -> None:
    shown = panel("models")
    page_of(shown).rows[2].use.click()
    dialog = child(shown.window, UseModelDialog)
    assert dialog.choices[8192].isChecked()
    assert 131072 in dialog.choices
    assert "fits on the card" in dialog.choices[2048].accessibleDescription()
    dialog.choices[16384].click()
    dialog.deed.click()
    assert asked(shown) == [("use_model", "Qwen3-4B-Instruct-2507-Q4_K_M.gguf", 16384)]


def test_unload_and_delete(panel: Make) -> None:
    shown = panel("models")
    page = page_of(shown)
    page.rows[0].unload.click()
    page.rows[0].delete.click()
    dialog = child(shown.window, DeleteDialog)
    texts = " ".join(made.text() for made in dialog.findChildren(type(page.title_label)))
    assert "4.6 GB" in texts
    assert "will start without one" in texts
    assert "loaded now" in texts
    dialog.deed.click()
    assert asked(shown) == [("unload_model",), ("remove_model", HERMES)]
    show(shown, removed=models_states()["models-deleted"].removed)
    page.notice.undo.click()
    assert asked(shown)[-1] == ("put_model_back",)


def test_a_file_is_chosen_and_copied_or_shared(panel: Make, qtbot: QtBot, tmp_path: Path) -> None:
    shown = panel("models")
    page = page_of(shown)
    page.import_file.click()
    dialog = child(shown.window, QFileDialog)
    qtbot.waitUntil(dialog.isVisible)
    page.import_file.click()
    assert len(shown.window.findChildren(QFileDialog)) == 1
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF")
    dialog.selectFile(str(file))
    dialog.accept()
    assert asked(shown) == [("import_model", str(file), False)], "on another disk there is nothing to ask"
    place = shown.intents.modelling.store.value.place
    assert place is not None
    show(shown, place=replace(place, folder=tmp_path))
    page.bring_in(str(file))
    question = child(shown.window, ImportDialog)
    question.share.click()
    question.deed.click()
    assert asked(shown)[-1] == ("import_model", str(file), True)


def test_a_file_can_be_dropped(panel: Make, tmp_path: Path) -> None:
    shown = panel("models")
    page = page_of(shown)

    def drop(*names: str) -> bool:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name)) for name in names])
        event = QDropEvent(
            QPointF(5, 5), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        )
        event.ignore()
        page.dropEvent(event)
        return event.isAccepted()

    assert not drop("notes.txt")
    assert not drop("a.gguf", "b.gguf")
    assert drop("a.gguf")
    assert asked(shown) == [("import_model", str(tmp_path / "a.gguf"), False)]


def test_how_far_it_is_and_the_way_out(panel: Make) -> None:
    shown = panel("models-downloading")
    page = page_of(shown)
    assert page.work.isVisible()
    assert page.work.accessibleName() == "Downloading Qwen3-4B-Instruct-2507-Q4_K_M"
    assert not page.download.isEnabled()
    page.work.cancel.click()
    assert asked(shown) == [("cancel_model_work",)]
    show(shown, going_on=None, said="Cancelled.")
    assert not page.work.isVisible()
    assert page.notice.title.text() == "Cancelled."
    page.notice.close_button.click()
    assert not page.notice.isVisible()


def test_what_is_found_on_the_hub_can_be_chosen(panel: Make) -> None:
    shown = panel("models")
    page = page_of(shown)
    page.download.click()
    dialog = child(shown.window, DownloadDialog)
    assert not dialog.download.isEnabled()
    dialog.field.setText("NousResearch/Hermes-3-Llama-3.1-8B-GGUF")
    dialog.search.click()
    assert asked(shown) == [("look_up_model", "NousResearch/Hermes-3-Llama-3.1-8B-GGUF")]
    show(shown, repository=models_states()["models-found"].repository)
    assert "licence llama3" in dialog.status.text()
    assert dialog.choices["Hermes-3-Llama-3.1-8B.Q5_K_M.gguf"].isChecked(), "what suits this machine"
    assert not dialog.choices[HERMES].isEnabled(), "it is here already"
    dialog.choices["Hermes-3-Llama-3.1-8B.Q3_K_M.gguf"].click()
    dialog.download.click()
    assert asked(shown)[-1] == ("download_model", "Hermes-3-Llama-3.1-8B.Q3_K_M.gguf")


def test_unfinished_downloads_can_be_cleared(panel: Make) -> None:
    shown = panel("models-deleted")
    page = page_of(shown)
    assert page.clear.text() == "Delete unfinished downloads (1.4 GB)"
    page.clear.click()
    assert asked(shown) == [("clear_unfinished",)]
    show(shown, unfinished=0)
    assert not page.clear.isVisible()


def test_a_token_is_asked_for_and_hidden(panel: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    shown = panel("models-gated")
    page = page_of(shown)
    assert page.notice.title.text() == "This model asks who takes it"
    page.notice.page.click()
    assert [url.toString() for url in opened] == ["https://huggingface.co/maker/Closed-GGUF"]
    page.notice.token.click()
    dialog = child(shown.window, TokenDialog)
    assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
    assert not dialog.deed.isEnabled()
    dialog.field.setText(" hf_abc ")
    dialog.deed.click()
    assert asked(shown) == [("keep_token", "hf_abc")]
    show(shown, has_token=True)
    page.forget_token.click()
    assert asked(shown)[-1] == ("keep_token", "")


def test_the_fault_of_a_load_leads_to_the_log(panel: Make) -> None:
    shown = panel("models-failed")
    page = page_of(shown)
    page.notice.log.click()
    assert shown.window.page == "logs"


def test_the_stack_page_leads_here_when_no_model_is_loaded(panel: Make) -> None:
    shown = panel("no-model")
    shown.button("Choose a model").click()
    assert shown.window.page == MODELS


def test_the_page_looks_again_when_the_service_changes(panel: Make) -> None:
    shown = panel("models")
    page_of(shown)
    before = shown.intents.calls.count(("look_at_models",))
    services = shown.state.services
    shown.change(services=tuple(replace(s, reason="other") if "text-" in s.name else s for s in services))
    assert shown.intents.calls.count(("look_at_models",)) == before + 1


def test_closing_the_download_ends_a_look_up(panel: Make) -> None:
    shown = panel("models-empty")
    page_of(shown).ask_for_download("a/b")
    dialog = child(shown.window, DownloadDialog)
    dialog.reject()
    flush_deletions()
    assert asked(shown)[-1] == ("forget_repository",)


def test_what_has_come_can_be_used_at_once(panel: Make) -> None:
    shown = panel("models-arrived")
    page = page_of(shown)
    page.notice.use.click()
    child(shown.window, UseModelDialog).deed.click()
    assert asked(shown) == [("use_model", "Qwen3-4B-Instruct-2507-Q4_K_M.gguf", 8192)]


def test_words() -> None:
    assert tokens(8192) == "8192 tokens"
    assert tokens(131072) == "128 k tokens"
    assert fit_words(0, MemoryThere()) == ("", "second")
    assert fit_words(2**31, MemoryThere(0, 2**30))[1] == "failed"
    assert ModelsState().model("x") is None
