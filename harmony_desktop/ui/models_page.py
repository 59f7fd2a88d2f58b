"""The models page: what Harmony thinks with, what else there is, and how to get more."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QVBoxLayout

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.memory_desk import MemoryState
from harmony_desktop.control.models_state import ModelsState
from harmony_desktop.control.state import StackState
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.memory_view import MemoryView
from harmony_desktop.ui.model_banner import ModelNotice, ModelWorkCard
from harmony_desktop.ui.model_rows import ModelRow, SuggestionRow
from harmony_desktop.ui.model_words import headline
from harmony_desktop.ui.pages import Page
from harmony_desktop.ui.style import button, card, label, mark, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size

_SUFFIX = ".gguf"


class ModelsPage(Page):
    """Renders the desk's state, and turns presses and dropped files into gestures."""

    relief_wanted = Signal(object)
    """Somebody wants to take away what does not fit into the memory (``Relief``)."""
    log_wanted = Signal(str)
    """Somebody wants to see a service's log."""

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__(theme, "", " ")
        self._turning = turning
        self._desk = intents.modelling
        self._service_seen: tuple[object, ...] = ()
        self._memory_seen: tuple[object, ...] = ()
        self._file_dialog: QFileDialog | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.setAcceptDrops(True)
        self.import_file = button(theme, tr("Import a file…"))
        self.import_file.setToolTip(tr("A GGUF file of this computer; it can be dropped on this page, too"))
        self.import_file.clicked.connect(lambda _checked=False: self.ask_for_file())
        self.download = button(theme, tr("Download…"), "primary")
        self.download.clicked.connect(lambda _checked=False: self.ask_for_download())
        for made in (self.import_file, self.download):
            self.top.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        self.work = ModelWorkCard(theme, turning)
        self.work.cancelled.connect(self._desk.cancel)
        self.notice = ModelNotice(theme, turning)
        self.notice.dismissed.connect(self._desk.dismiss)
        self.notice.put_back.connect(self._desk.put_back)
        self.notice.use_wanted.connect(self._ask_how_to_use)
        self.notice.token_wanted.connect(self.ask_for_token)
        self.notice.page_wanted.connect(_open_page)
        self.notice.log_wanted.connect(self.log_wanted.emit)
        for part in (self.work, self.notice):
            self.content.addWidget(part)
        self._models_card = card()
        self._models = _column(self._models_card)
        self.rows: list[ModelRow] = []
        self.content.addWidget(self._models_card)
        self._planning = intents.planning
        self._memory_card = card()
        memory_inside = QVBoxLayout(self._memory_card)
        memory_inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        self.memory = MemoryView(theme)
        self.memory.wanted.connect(self.relief_wanted)
        memory_inside.addWidget(self.memory)
        self.content.addWidget(self._memory_card)
        self._suggested = label(theme, Type.TITLE, text=tr("Small, well-known models"))
        self._suggestions_card = card()
        self._suggestions = _column(self._suggestions_card)
        self.suggestions: list[SuggestionRow] = []
        self._estimate = label(
            theme, Type.SECOND, "second", tr("Sizes are approximate. Read a model’s licence before you use it.")
        )
        self._estimate.setWordWrap(True)
        self.content.addSpacing(Space.S)
        for widget in (self._suggested, self._suggestions_card, self._estimate):
            self.content.addWidget(widget)
        self.content.addLayout(self._foot())
        self.content.addStretch(1)
        self.show_models(self._desk.store.value)
        self.show_memory(self._planning.store.value)

    def show_state(self, state: StackState) -> None:
        """Look again when the service that computes on models changes."""
        place = self._desk.store.value.place
        service = state.service(place.service) if place is not None else None
        seen = (service.stage, service.reason, state.hardware.profile) if service is not None else ()
        if seen != self._service_seen:
            self._service_seen = seen
            if self.isVisible():
                self._desk.look()

    def show_models(self, state: ModelsState) -> None:
        """Render a state of the desk."""
        title, text = headline(state)
        set_text(self.title_label, title)
        set_text(self.text_label, text)
        self.text_label.setVisible(bool(text))
        able = state.place is not None and state.going_on is None
        for made in (self.import_file, self.download):
            made.setEnabled(able)
            made.setVisible(state.place is not None or not state.looked)
        mark(self.download, "kind", "plain" if state.models else "primary")
        self.work.show_work(state.going_on)
        self.notice.show_state(state)
        self._show_rows(state)
        self._show_suggestions(state)
        place = state.place
        self._folder.show_text(tr("Folder: {path}", path=place.folder) if place is not None else "")
        set_text(self._free, tr("{size} free", size=size(state.free)) if state.free else "")
        self.open_folder.setVisible(place is not None)
        self.forget_token.setVisible(state.has_token)
        self.clear.setVisible(state.unfinished > 0 and state.going_on is None)
        self.clear.setText(tr("Delete unfinished downloads ({size})", size=size(state.unfinished)))

    def showEvent(self, event: QShowEvent) -> None:
        """Look at the models, and follow them while seen."""
        super().showEvent(event)
        self._unsubscribe()
        self._unsubscribe = self._follow()
        self.show_models(self._desk.store.value)
        self._desk.look()
        self._planning.look()

    def _follow(self) -> Callable[[], None]:
        ends = (
            self._desk.store.subscribe(self._models_changed),
            self._planning.store.subscribe(self.show_memory),
        )

        def unsubscribe() -> None:
            for end in ends:
                end()

        return unsubscribe

    def _models_changed(self, state: ModelsState) -> None:
        seen = (state.configured, state.models, state.loaded)
        if seen != self._memory_seen:
            self._memory_seen = seen
            self._planning.look()
        self.show_models(state)

    def show_memory(self, memory: MemoryState) -> None:
        """Show what all models that are set come to."""
        self._memory_card.setVisible(memory.looked and memory.chosen.text is not None)
        self.memory.show_memory(memory)

    def hideEvent(self, event: QHideEvent) -> None:
        """Follow nothing while hidden."""
        super().hideEvent(event)
        self._unsubscribe()
        self._unsubscribe = lambda: None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one model's file at a time."""
        if self._dropped(event) and self._desk.store.value.going_on is None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Import what was dropped."""
        file = self._dropped(event)
        if file:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.bring_in(file)

    def ask_for_file(self) -> None:
        """Ask which file to import; the window goes on meanwhile."""
        if self._file_dialog is not None:
            self._file_dialog.raise_()
            return
        dialog = QFileDialog(self.window(), tr("Import a model"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Models (*.gguf *.GGUF)"), tr("All files (*)")])
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        if folder and Path(folder).is_dir():
            dialog.setDirectory(folder)
        dialog.fileSelected.connect(self.bring_in)
        dialog.finished.connect(self._asked)
        self._file_dialog = dialog
        dialog.open()

    def bring_in(self, file: str) -> None:
        """Import a file; on the disk of the models folder it is asked whether to copy or to share it."""
        from harmony_desktop.ui.model_dialogs import ImportDialog  # noqa: PLC0415 - for those who ask for it

        place = self._desk.store.value.place
        if place is None or not _same_disk(Path(file), place.folder):
            self._desk.import_file(file, link=False)
            return
        dialog = ImportDialog(self.theme, self.window(), file, Path(file).name)
        dialog.chosen.connect(lambda chosen, link: self._desk.import_file(chosen, link=link))
        dialog.open()

    def ask_for_download(self, address: str = "") -> None:
        """Ask which model to download."""
        from harmony_desktop.ui.model_download import DownloadDialog  # noqa: PLC0415 - for those who ask for it

        DownloadDialog(self.theme, self.window(), self._desk, address).open()

    def ask_for_token(self) -> None:
        """Ask for the token of the model hub."""
        from harmony_desktop.ui.model_dialogs import TokenDialog  # noqa: PLC0415 - for those who ask for it

        dialog = TokenDialog(self.theme, self.window())
        dialog.entered.connect(self._desk.keep_token)
        dialog.open()

    def _ask_how_to_use(self, name: str) -> None:
        from harmony_desktop.ui.model_dialogs import UseModelDialog  # noqa: PLC0415 - for those who ask for it

        state = self._desk.store.value
        model = state.model(name)
        if model is not None:
            dialog = UseModelDialog(self.theme, self.window(), model, state, self._planning.store.value)
            dialog.chosen.connect(self._desk.use)
            dialog.open()

    def _ask_whether_to_delete(self, name: str) -> None:
        from harmony_desktop.ui.model_dialogs import DeleteDialog  # noqa: PLC0415 - for those who ask for it

        state = self._desk.store.value
        model = state.model(name)
        if model is not None:
            DeleteDialog(self.theme, self.window(), model, state, lambda: self._desk.remove(name)).open()

    def _show_rows(self, state: ModelsState) -> None:
        self._models_card.setVisible(bool(state.models))
        while len(self.rows) < len(state.models):
            row = ModelRow(self.theme, self._turning)
            row.use_wanted.connect(self._ask_how_to_use)
            row.unload_wanted.connect(self._desk.unload)
            row.delete_wanted.connect(self._ask_whether_to_delete)
            self.rows.append(row)
            self._models.addWidget(row)
        for index, row in enumerate(self.rows):
            row.setVisible(index < len(state.models))
            if index < len(state.models):
                row.show_model(state.models[index], state, first=index == 0)

    def _show_suggestions(self, state: ModelsState) -> None:
        shown = state.suggestions if state.place is not None else ()
        for widget in (self._suggested, self._suggestions_card, self._estimate):
            widget.setVisible(bool(shown))
        while len(self.suggestions) < len(shown):
            row = SuggestionRow(self.theme)
            row.wanted.connect(self.ask_for_download)
            row.licence_wanted.connect(_open_page)
            self.suggestions.append(row)
            self._suggestions.addWidget(row)
        for index, row in enumerate(self.suggestions):
            row.setVisible(index < len(shown))
            if index < len(shown):
                row.show_suggestion(shown[index], state, first=index == 0)

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._folder = ElidedLabel(self.theme, Type.SECOND, "second")
        self._free = label(self.theme, Type.SECOND, "second")
        self.open_folder = button(self.theme, tr("Open folder"), "small")
        self.open_folder.clicked.connect(lambda _checked=False: self._open_folder())
        self.forget_token = button(self.theme, tr("Forget the hub’s token"), "small")
        self.forget_token.clicked.connect(lambda _checked=False: self._desk.keep_token(""))
        self.clear = button(self.theme, "", "small")
        self.clear.clicked.connect(lambda _checked=False: self._desk.clear_unfinished())
        row.addWidget(self._folder, 1)
        for made in (self._free, self.clear, self.forget_token, self.open_folder):
            row.addWidget(made)
        return row

    def _open_folder(self) -> None:
        place = self._desk.store.value.place
        if place is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(place.folder)))

    def _asked(self, _result: int = 0) -> None:
        self._file_dialog = None

    def _dropped(self, event: QDropEvent) -> str:
        """Return the one file that is dropped, or ""."""
        urls = event.mimeData().urls()
        if len(urls) != 1 or self._desk.store.value.place is None:
            return ""
        file = urls[0].toLocalFile()
        return file if file.lower().endswith(_SUFFIX) else ""


def _column(frame: QFrame) -> QVBoxLayout:
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(1, 1, 1, 1)
    layout.setSpacing(0)
    return layout


def _open_page(page: str) -> None:
    QDesktopServices.openUrl(QUrl(page))


def _same_disk(file: Path, folder: Path) -> bool:
    try:
        return file.stat().st_dev == folder.stat().st_dev
    except OSError:
        return False
