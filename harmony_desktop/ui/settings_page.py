"""The page of settings: appearance, closing, the stack folder, the engine, and what this is."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt, QUrl, Signal, qVersion
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QFrame, QHBoxLayout, QRadioButton, QVBoxLayout

from harmony_desktop import __version__
from harmony_desktop.control.intents import Intents
from harmony_desktop.control.logs import LogBook
from harmony_desktop.control.state import StackState
from harmony_desktop.control.wizard_desk import SettingUp
from harmony_desktop.ui import languages
from harmony_desktop.ui.backup_card import BackupCard
from harmony_desktop.ui.close_choice import CloseChoice
from harmony_desktop.ui.context_choice import ContextCard
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.keyboard_help import KeyTable, shown_keys
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.log_bounds import BoundSize, apply_bound, chosen_bound
from harmony_desktop.ui.notices import Kind
from harmony_desktop.ui.pages import Page
from harmony_desktop.ui.release_card import ReleaseCard
from harmony_desktop.ui.report_card import ReportCard
from harmony_desktop.ui.settings import Key, Settings, flag
from harmony_desktop.ui.shortcuts import keys
from harmony_desktop.ui.startup_card import StartupCard
from harmony_desktop.ui.style import button, card, label, set_text
from harmony_desktop.ui.teller import key
from harmony_desktop.ui.theme import Scheme, Space, Theme, Type
from harmony_desktop.ui.update_card import UpdateCard


class SettingsPage(Page):
    """A few choices; each takes effect at once."""

    language_chosen = Signal()
    help_wanted = Signal()

    def __init__(self, theme: Theme, turning: Turning, settings: Settings, has_tray: bool, intents: Intents) -> None:
        super().__init__(theme, tr("Settings"))
        self._settings = settings
        self._folder_path = ""
        self._groups: list[QButtonGroup] = []
        self.content.addWidget(self._appearance())
        self.content.addWidget(self._language())
        self.content.addWidget(self._closing(has_tray))
        self.content.addWidget(StartupCard(theme, intents, settings))
        self.content.addWidget(self._notices())
        self.content.addWidget(self._log_size(intents.logs))
        self.content.addWidget(self._folder())
        self.backups = BackupCard(theme, turning, intents)
        self.content.addWidget(self.backups)
        self.content.addWidget(UpdateCard(theme, intents, settings))
        self.content.addWidget(ReleaseCard(theme, intents.app_releases, settings))
        self._intents = intents
        if intents.wizard is not None:
            self.content.addWidget(self._set_up(intents.wizard))
        self._contexts = ContextCard(theme, intents)
        self.content.addWidget(self._contexts)
        self.report = ReportCard(theme, intents.reporting, intents.crashes, settings)
        self.content.addWidget(self.report)
        self.content.addWidget(self._help())
        self.content.addWidget(self._keyboard())
        self.content.addWidget(self._about())
        self.content.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the Docker contexts afresh: another program may have made some."""
        super().showEvent(event)
        self._intents.look_at_contexts()

    def show_state(self, state: StackState) -> None:
        """Show where the stack folder is, and which engines there are."""
        self._contexts.show_state(state)
        self._schemes[self.theme.scheme.value].setChecked(True)
        self._folder_path = state.folder
        self._folder_label.show_text(state.folder or tr("None yet"))
        self._open_folder.setEnabled(bool(state.folder))
        parts = [tr("Version {version}", version=__version__), tr("Qt {version}", version=qVersion())]
        if state.engine.version:
            parts.append(tr("Docker Engine {version}", version=state.engine.version))
        set_text(self._versions, " · ".join(parts))

    def _section(self, title: str, text: str = "") -> tuple[QFrame, QVBoxLayout]:
        frame = card()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(Space.L, Space.M, Space.L, Space.M)
        inside.setSpacing(Space.XS)
        inside.addWidget(label(self.theme, Type.STRONG, text=title))
        if text:
            words = label(self.theme, Type.SECOND, "second", text)
            words.setWordWrap(True)
            inside.addWidget(words)
        return frame, inside

    def _radios(
        self, inside: QVBoxLayout, options: list[tuple[str, str]], chosen: str, call: Callable[[str], None]
    ) -> dict[str, QRadioButton]:
        group = QButtonGroup(self)
        self._groups.append(group)
        radios: dict[str, QRadioButton] = {}
        for value, text in options:
            made = QRadioButton(text)
            made.setChecked(value == chosen)
            made.toggled.connect(partial(_when_chosen, call, value))
            group.addButton(made)
            inside.addWidget(made)
            radios[value] = made
        return radios

    def _appearance(self) -> QFrame:
        frame, inside = self._section(tr("Appearance"))
        options = [
            (Scheme.SYSTEM.value, tr("As the desktop")),
            (Scheme.LIGHT.value, tr("Light")),
            (Scheme.DARK.value, tr("Dark")),
        ]
        self._schemes = self._radios(inside, options, self.theme.scheme.value, self._set_scheme)
        return frame

    def _language(self) -> QFrame:
        frame, inside = self._section(tr("Language"))
        options = [(languages.SYSTEM, tr("As the desktop")), *languages.LANGUAGES]
        chosen = str(self._settings.get(Key.LANGUAGE, languages.SYSTEM))
        known = chosen if chosen in dict(options) else languages.SYSTEM
        self._radios(inside, [(code, name) for code, name in options], known, self._set_language)
        return frame

    def _closing(self, has_tray: bool) -> QFrame:
        frame, inside = self._section(tr("When the window is closed"))
        options = [
            (CloseChoice.ASK.value, tr("Keep Harmony in the tray") if has_tray else tr("Ask")),
            (CloseChoice.QUIT.value, tr("Quit the panel; the services keep running")),
            (CloseChoice.STOP.value, tr("Stop the services and quit")),
        ]
        chosen = str(self._settings.get(Key.CLOSE, CloseChoice.ASK.value))
        self._radios(inside, options, chosen, self._set_close)
        return frame

    def _notices(self) -> QFrame:
        frame, inside = self._section(
            tr("Notifications"), tr("Through the desktop, and only while you do not look at this window.")
        )
        for kind, text in (
            (Kind.READY, tr("Harmony is ready")),
            (Kind.FAILED, tr("A service has failed, or Docker has stopped")),
            (Kind.UPDATE, tr("There is an update")),
            (Kind.GAMING, tr("Gaming mode is on, or everything is back")),
        ):
            box = QCheckBox(text)
            box.setChecked(flag(self._settings, key(kind), True))
            box.toggled.connect(partial(self._settings.set, key(kind)))
            inside.addWidget(box)
        return frame

    def _folder(self) -> QFrame:
        frame, inside = self._section(
            tr("Stack folder"), tr("Plain files: the stack, its configuration and its data. They are yours.")
        )
        row = QHBoxLayout()
        self._folder_label = ElidedLabel(self.theme, Type.TEXT)
        self._open_folder = button(self.theme, tr("Open the folder"), "small")
        self._open_folder.clicked.connect(self._show_folder)
        row.addWidget(self._folder_label, 1)
        row.addWidget(self._open_folder)
        inside.addLayout(row)
        return frame

    def _log_size(self, book: LogBook) -> QFrame:
        frame, inside = self._section(
            tr("Logs"), tr("How much is kept in memory of each service’s log; older lines stay in Docker.")
        )
        words = {
            BoundSize.SMALL: tr("Little: 10,000 lines, at most 2 MB"),
            BoundSize.USUAL: tr("Usual: 100,000 lines, at most 16 MB"),
            BoundSize.LARGE: tr("Much: 300,000 lines, at most 48 MB"),
            BoundSize.HUGE: tr("Very much: 1,000,000 lines, at most 160 MB"),
        }
        options = [(size.value, text) for size, text in words.items()]
        self._radios(inside, options, chosen_bound(self._settings).value, partial(self._set_bound, book))
        return frame

    def _set_bound(self, book: LogBook, value: str, _checked: bool = False) -> None:
        self._settings.set(Key.LOG_BOUND, value)
        apply_bound(self._settings, book)

    def _set_up(self, wizard: SettingUp) -> QFrame:
        frame, inside = self._section(
            tr("Set-up"),
            tr("Every page of the first run, with what is chosen now. Nothing changes before its summary."),
        )
        again = button(self.theme, tr("Run the set-up again"))
        again.clicked.connect(lambda _checked=False: wizard.open(again=True))
        inside.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _help(self) -> QFrame:
        frame, inside = self._section(
            tr("Help"), tr("How everything works, and what to do when something is wrong. It needs no connection.")
        )
        self.help = button(self.theme, tr("Open the help"))
        self.help.setToolTip(shown_keys(keys("help")))
        self.help.clicked.connect(lambda _checked=False: self.help_wanted.emit())
        inside.addWidget(self.help, 0, Qt.AlignmentFlag.AlignLeft)
        return frame

    def _keyboard(self) -> QFrame:
        frame, inside = self._section(tr("Keyboard"))
        inside.addWidget(KeyTable(self.theme))
        return frame

    def _about(self) -> QFrame:
        frame, inside = self._section(tr("About"), tr("Harmony Desktop, the control panel of the Harmony.AI stack."))
        self._versions = label(self.theme, Type.SECOND, "second")
        self._versions.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        inside.addWidget(self._versions)
        inside.addWidget(label(self.theme, Type.SECOND, "second", tr("Free software under the Apache License 2.0.")))
        return frame

    def _set_scheme(self, value: str, _checked: bool = False) -> None:
        if value != self.theme.scheme.value:
            self._settings.set(Key.SCHEME, value)
            self.theme.set_scheme(Scheme(value))

    def _set_language(self, value: str, _checked: bool = False) -> None:
        if value != self._settings.get(Key.LANGUAGE, languages.SYSTEM):
            self._settings.set(Key.LANGUAGE, value)
            self.language_chosen.emit()

    def _set_close(self, value: str, _checked: bool = False) -> None:
        self._settings.set(Key.CLOSE, value)

    def _show_folder(self, _checked: bool = False) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder_path))


def _when_chosen(call: Callable[[str], None], value: str, checked: bool) -> None:
    """Choose a value. It hangs on “toggled”: assistive technology toggles, and nothing is clicked then."""
    if checked:
        call(value)
