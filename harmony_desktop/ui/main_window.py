"""The main window: navigation and pages. Only the first page is made at once, the others when they are wanted.

The window is shown before it is furnished: what is imported here is imported before its first paint, and ``Qt`` alone,
with its hundred enumerations, costs a sixth of the time until then. That is why it stands behind ``QtCore``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol, cast

from PySide6 import QtCore
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow

from harmony_desktop.control.kinds import StackPhase
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.settings import Key, Settings, StackSettings
from harmony_desktop.ui.skeleton import Skeleton
from harmony_desktop.ui.window_place import WindowPlace

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QHideEvent, QKeyEvent, QShowEvent
    from PySide6.QtWidgets import QStackedWidget, QWidget

    from harmony_desktop.control.checkup_state import CheckupState
    from harmony_desktop.control.intents import Intents
    from harmony_desktop.control.memory_relief import Relief
    from harmony_desktop.control.stack_state import StackState
    from harmony_desktop.ui.checkup_page import CheckupPage
    from harmony_desktop.ui.config_page import ConfigPage
    from harmony_desktop.ui.details_sheet import DetailsSheet
    from harmony_desktop.ui.first_run import FirstRunPage
    from harmony_desktop.ui.hardware_page import HardwarePage
    from harmony_desktop.ui.lights import Turning
    from harmony_desktop.ui.log_page import LogPage
    from harmony_desktop.ui.models_page import ModelsPage
    from harmony_desktop.ui.navigation import Navigation
    from harmony_desktop.ui.settings_page import SettingsPage
    from harmony_desktop.ui.stack_page import StackPage
    from harmony_desktop.ui.theme import Scheme, Theme

STACK, LOGS, HARDWARE, CHECKUP, SETTINGS = "stack", "logs", "hardware", "checkup", "settings"
CONFIGURATION = "configuration"
MODELS = "models"
_FIRST_RUN = "first run"
#: Of the window before it knows its language; it is the same in all so far.
_NAME = "Harmony"


class StatePage(Protocol):
    """What every page can do."""

    def show_state(self, state: StackState) -> None:
        """Render a state."""
        ...


class MainWindow(QMainWindow):
    """Shows one page at a time; tells when the user wants to close it. It is empty until it is furnished.

    Args:
        intents: What can be asked of the core, and what there is to show.
        settings: What the window remembers.
        has_tray: Whether the desktop has a tray now.

    Attributes:
        navigation: The list of pages.
        turning: The clock of all turning lights.
    """

    close_wanted = Signal()
    quit_wanted = Signal()
    language_chosen = Signal()

    navigation: Navigation
    turning: Turning
    _theme: Theme
    _stack: QStackedWidget
    _body: QWidget

    def __init__(self, intents: Intents, settings: Settings, has_tray: Callable[[], bool]) -> None:
        super().__init__()
        self._late = False
        self._furnished = False
        self._intents = intents
        self._settings = settings
        self._stack_settings = StackSettings(settings, lambda: intents.store.value.folder)
        self._has_tray = has_tray
        self._may_close = False
        self._seen = False
        self._details: DetailsSheet | None = None
        self._spoken: StackState | None = None
        self._pages: dict[str, QWidget] = {}
        self._views: dict[str, StatePage] = {}
        self._page = ""
        self._wanted = STACK
        self._unsubscribe: Callable[[], None] = lambda: None
        self._unsubscribe_checkup: Callable[[], None] = lambda: None
        self.setWindowTitle(_NAME)
        self._place = WindowPlace(self, settings)
        self._skeleton: Skeleton | None = None

    def furnish(self, theme: Theme, *, late: bool = False) -> None:
        """Make navigation and page, in the language of the moment.

        Args:
            theme: Colours and fonts.
            late: Whether the core is still to come: ``prepare`` is called then, and does what needs it.
        """
        from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget  # noqa: PLC0415 - behind the first paint

        from harmony_desktop.ui.lights import Turning  # noqa: PLC0415 - behind the first paint
        from harmony_desktop.ui.navigation import Navigation  # noqa: PLC0415 - behind the first paint

        self._theme = theme
        self._late = late
        self.turning = Turning(theme)
        self.setWindowTitle(tr("Harmony"))
        names = (
            (STACK, tr("Stack")),
            (LOGS, tr("Logs")),
            (HARDWARE, tr("Hardware")),
            (CONFIGURATION, tr("Configuration")),
            (CHECKUP, tr("Check-up")),
            (MODELS, tr("Models")),
            (SETTINGS, tr("Settings")),
        )
        self.navigation = Navigation(theme, names)
        self.navigation.chosen.connect(self.show_page)
        self._stack = QStackedWidget()
        body = QWidget()
        layout = QHBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.navigation)
        layout.addWidget(self._stack, 1)
        self._body = body
        if self._skeleton is not None:
            self._skeleton.clear()
            self._skeleton = None
        self.setCentralWidget(body)
        wanted = self._settings.get(Key.PAGE, STACK)
        self._wanted = wanted if isinstance(wanted, str) and wanted in self.navigation.buttons else STACK
        self._furnished = True
        self._unsubscribe = self._intents.store.subscribe(self.show_state)
        self.show_state(self._intents.store.value)
        self._look()
        if not late:
            QTimer.singleShot(0, self, self._finish)

    @property
    def page(self) -> str:
        """The page that is shown."""
        return self._page

    def widget(self, name: str) -> QWidget:
        """Return a page; it is made at its first use."""
        if name not in self._pages:
            made = self._make(name)
            if name in self.navigation.buttons:
                made.setAccessibleName(self.navigation.buttons[name].text())
            self._pages[name] = made
            self._views[name] = made
            self._stack.addWidget(made)
        return self._pages[name]

    def show_page(self, name: str) -> None:
        """Show a page."""
        if self._page == _FIRST_RUN and name != _FIRST_RUN:
            return
        if name == self._page:
            return
        self._page = name
        page = self.widget(name)
        self._views[name].show_state(self._intents.store.value)
        self._stack.setCurrentWidget(page)
        self.navigation.select(name)
        page.setFocus(QtCore.Qt.FocusReason.OtherFocusReason)
        if name != _FIRST_RUN:
            self._settings.set(Key.PAGE, name)

    def show_log(self, service: str) -> None:
        """Show the log of a service ("" for all)."""
        self.show_page(LOGS)
        self._log_page().show_service(service)

    def show_newer(self) -> None:
        """Merge newer versions of the stack's files."""
        self.show_page(CONFIGURATION)
        cast("ConfigPage", self.widget(CONFIGURATION)).merge_newer()

    def relieve(self, relief: Relief) -> None:
        """Do what makes the models fit: in the configuration, where it is looked at and saved, or among the models."""
        if relief.models:
            self.show_page(MODELS)
            return
        self.show_page(CONFIGURATION)
        cast("ConfigPage", self.widget(CONFIGURATION)).show_form()
        self._intents.planning.relieve(relief)

    def show_details(self, service: str) -> None:
        """Show everything about a service."""
        self.show_page(STACK)
        self.details.open(service)

    @property
    def details(self) -> DetailsSheet:
        """The sheet of a service's details; made at its first use."""
        if self._details is None:
            from harmony_desktop.ui.details_sheet import DetailsSheet  # noqa: PLC0415 - not for the first paint

            page = cast("StackPage", self.widget(STACK))
            self._details = DetailsSheet(self._theme, self.turning, self._intents, self._settings, page, self._body)
            self._details.opened.connect(partial(self._stack_settings.set, Key.DETAILS))
            self._details.sheet.log_wanted.connect(self.show_log)
            self._details.sheet.adjust_wanted.connect(self.adjust)
        return self._details

    def prepare(self) -> None:
        """Make what the first paint did without, in a turn of the loop of its own."""
        page = self._stack.currentWidget()
        if self._page == STACK:
            cast("StackPage", page).prepare()
        if self._late:
            self._late = False
            self._finish()

    def show_state(self, state: StackState) -> None:
        """Render a state on what can be seen."""
        first_run = (state.setting_up or state.phase is StackPhase.NO_FOLDER) and self._intents.wizard is not None
        self.navigation.setVisible(not first_run)
        self.navigation.show_state(state)
        if first_run and self._page != _FIRST_RUN:
            self.show_page(_FIRST_RUN)
        elif not first_run and self._page in {"", _FIRST_RUN} and state.phase is not StackPhase.LOADING:
            self._page = ""
            self.show_page(self._wanted)
            QTimer.singleShot(0, self, self._show_details_again)
        elif not self._page:
            self.show_page(STACK)
        if self._seen:
            self._views[self._page].show_state(state)
            self._speak(state)

    def _speak(self, state: StackState) -> None:
        """Tell assistive technology what has changed since the last time."""
        before, self._spoken = self._spoken, state
        if before is None or before is state:
            return
        from PySide6.QtGui import QAccessible  # noqa: PLC0415 - its enumerations cost 3 ms: not for the first paint

        if not QAccessible.isActive():
            return
        from harmony_desktop.ui.announce import announce  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.ui.announcer import announcement  # noqa: PLC0415 - not for the first paint

        text = announcement(before, state, datetime.now().astimezone())
        if text:
            announce(self, text)

    def raise_up(self) -> None:
        """Show the window and bring it to the front."""
        if self.isMinimized():
            self.setWindowState(self.windowState() & ~QtCore.Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def finish(self) -> None:
        """Close for good."""
        self._unsubscribe()
        self._unsubscribe_checkup()
        self._place.remember()
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask what closing means; a session that ends is not asked anything."""
        self._place.remember()
        app = QGuiApplication.instance()
        ending = isinstance(app, QGuiApplication) and app.isSavingSession()
        if self._may_close or ending:
            event.accept()
        else:
            event.ignore()
            self.close_wanted.emit()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell the core that somebody looks."""
        super().showEvent(event)
        if not self._furnished and self._skeleton is None:
            self._skeleton = Skeleton(self, self._settings.get(Key.SCHEME))
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell the core that nobody looks."""
        super().hideEvent(event)
        self._look()

    def changeEvent(self, event: QEvent) -> None:
        """A minimised window does as little as a hidden one."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self._look()

    def _look(self) -> None:
        if not self._furnished:
            return
        seen = self.isVisible() and not self.isMinimized()
        if seen is self._seen:
            return
        self._seen = seen
        if self.isMinimized() or seen:
            # Hiding the content is what tells every timer below to rest: a minimised window sends no hide events.
            self._body.setVisible(seen)
        if seen:
            self.show_state(self._intents.store.value)
        self.turning.pause(not seen)
        self._intents.set_visible(seen)

    def _log_page(self) -> LogPage:
        self.widget(LOGS)
        return cast("LogPage", self._views[LOGS])

    def _count_troubles(self, state: CheckupState) -> None:
        """Show on the navigation how many things need attention."""
        count = state.attention
        words = trn("{n} thing needs attention", "{n} things need attention", count) if count else ""
        self.navigation.show_count(CHECKUP, count, words)

    def _make(
        self, name: str
    ) -> StackPage | LogPage | HardwarePage | ConfigPage | ModelsPage | CheckupPage | SettingsPage | FirstRunPage:
        theme, intents = self._theme, self._intents
        if name == STACK:
            from harmony_desktop.ui.stack_page import StackPage  # noqa: PLC0415 - behind the first paint

            stack = StackPage(theme, self.turning, intents)
            stack.log_wanted.connect(self.show_log)
            stack.models_wanted.connect(partial(self.show_page, MODELS))
            stack.newer_wanted.connect(self.show_newer)
            stack.details_wanted.connect(self.show_details)
            stack.relief_wanted.connect(self.relieve)
            return stack
        if name == LOGS:
            from harmony_desktop.ui.log_page import LogPage  # noqa: PLC0415 - not needed for the first paint

            return LogPage(theme, intents, self._stack_settings)
        if name == HARDWARE:
            from harmony_desktop.ui.hardware_page import HardwarePage  # noqa: PLC0415 - not needed for the first paint

            return HardwarePage(theme, self.turning, intents)
        if name == CONFIGURATION:
            from harmony_desktop.ui.config_page import ConfigPage  # noqa: PLC0415 - not needed for the first paint

            config = ConfigPage(theme, intents)
            config.models_wanted.connect(partial(self.show_page, MODELS))
            config.form.relief_wanted.connect(self.relieve)
            return config
        if name == MODELS:
            from harmony_desktop.ui.models_page import ModelsPage  # noqa: PLC0415 - not needed for the first paint

            models = ModelsPage(theme, self.turning, intents)
            models.log_wanted.connect(self.show_log)
            models.relief_wanted.connect(self.relieve)
            return models
        if name == CHECKUP:
            from harmony_desktop.ui.checkup_page import CheckupPage  # noqa: PLC0415 - not needed for the first paint

            return CheckupPage(theme, self.turning, intents)
        if name == SETTINGS:
            from harmony_desktop.ui.settings_page import SettingsPage  # noqa: PLC0415 - not needed for the first paint

            page = SettingsPage(theme, self.turning, self._settings, self._has_tray(), intents)
            page.language_chosen.connect(self.language_chosen)
            page.help_wanted.connect(self.show_help)
            return page
        from harmony_desktop.ui.first_run import FirstRunPage  # noqa: PLC0415 - needed once

        wizard = intents.wizard
        if wizard is None:
            raise LookupError(name)
        first_run = FirstRunPage(theme, self.turning, intents, wizard, self._settings)
        first_run.models_wanted.connect(partial(self._leave_set_up, MODELS))
        first_run.log_wanted.connect(self._show_log_of_set_up)
        first_run.language_chosen.connect(self.language_chosen)
        return first_run

    def _leave_set_up(self, page: str) -> None:
        """Leave the set-up for another page; it goes on where it was."""
        if self._intents.wizard is not None and self._intents.store.value.phase is not StackPhase.NO_FOLDER:
            self._wanted = page
            self._intents.wizard.leave()

    def _show_log_of_set_up(self, service: str) -> None:
        self._leave_set_up(LOGS)
        self.show_log(service)

    def _shortcuts(self) -> None:
        from harmony_desktop.ui.window_keys import bind  # noqa: PLC0415 - not for the first paint

        calls: dict[str, Callable[[], object]] = {
            "palette": self.show_palette,
            "search": self.search,
            "look-again": self.look_again,
            "other-part": self._go_to_other_part,
            "help": self.show_help,
            "keys": self.show_keys,
            "close": self.close,
            "quit": self.quit_wanted.emit,
        }
        for number, name in enumerate(self.navigation.buttons, start=1):
            calls[f"page-{number}"] = partial(self.show_page, name)
        bind(self, calls)

    def show_palette(self) -> None:
        """Offer everything that can be done, to be found by typing."""
        from harmony_desktop.ui.palette import Palette  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.ui.window_commands import WindowCommands  # noqa: PLC0415 - not for the first paint

        self._intents.look_at_contexts()
        collected = WindowCommands(self, self._theme, self._intents)
        Palette(self._theme, self, collected.collect, self._intents.store.subscribe).open()

    def show_help(self) -> None:
        """Open the help for what is shown."""
        from harmony_desktop.ui.help_window import show_help  # noqa: PLC0415 - not for the first paint

        show_help(self._theme, self, self._page, self._intents.store.value, self.show_keys)

    def show_keys(self) -> None:
        """Show the keys."""
        from harmony_desktop.ui.keyboard_help import KeyboardHelp  # noqa: PLC0415 - not for the first paint

        if self.findChild(KeyboardHelp) is None:
            KeyboardHelp(self._theme, self).open()

    def adjust(self, service: str) -> None:
        """Open the dialog that adjusts a service."""
        from harmony_desktop.ui.adjust_dialog import adjust  # noqa: PLC0415 - not needed for the first paint

        adjust(self._theme, self, self._intents, service)

    def search(self) -> None:
        """Go to the search of the file that is being edited, else to that of the logs."""
        if self._page == CONFIGURATION and cast("ConfigPage", self._views[CONFIGURATION]).focus_search():
            return
        if self._page != _FIRST_RUN:
            self.show_page(LOGS)
            self._log_page().focus_search()

    def look_again(self) -> None:
        """Look for the engine and at the machine again."""
        self._intents.retry_engine()
        self._intents.look_at_machine()

    def choose_scheme(self, scheme: Scheme) -> None:
        """Be light or dark, or as the desktop is; the settings page shows it."""
        self._settings.set(Key.SCHEME, scheme.value)
        self._theme.set_scheme(scheme)
        self._views[self._page].show_state(self._intents.store.value)

    def unsaved(self) -> tuple[str, ...]:
        """Return the names of the configuration files with changes that are not saved."""
        page = self._views.get(CONFIGURATION)
        return cast("ConfigPage", page).unsaved() if page is not None else ()

    def check_up(self) -> None:
        """Check the stack, on the page that tells what came of it."""
        self.show_page(CHECKUP)
        self._intents.checkup.check()

    def models_page(self) -> ModelsPage:
        """Show the models, and return their page."""
        self.show_page(MODELS)
        return cast("ModelsPage", self._views[MODELS])

    def save_backup(self) -> None:
        """Open the dialog that saves a backup."""
        from harmony_desktop.ui.backup_card import save_backup  # noqa: PLC0415 - not needed for the first paint

        save_backup(self._theme, self.turning, self, self._intents)

    def restore_backup(self) -> None:
        """Ask for a backup, and show what restoring it would do."""
        from harmony_desktop.ui.backup_card import restore_backup  # noqa: PLC0415 - not needed for the first paint

        restore_backup(self._theme, self.turning, self, self._intents)

    def save_report(self) -> None:
        """Ask where to save a report, on the page that tells what becomes of it."""
        self.show_page(SETTINGS)
        cast("SettingsPage", self._views[SETTINGS]).report.save.click()

    @property
    def first_run(self) -> FirstRunPage:
        """The page before there is a stack folder."""
        self.widget(_FIRST_RUN)
        return cast("FirstRunPage", self._views[_FIRST_RUN])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button in focus by Enter, and open its menu by Shift+F10: Qt leaves both to some desktops."""
        from harmony_desktop.ui.window_keys import press  # noqa: PLC0415 - not for the first paint

        if not press(event, self.focusWidget()):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Go through the window as it is read."""
        from harmony_desktop.ui.tab_order import go_on  # noqa: PLC0415 - not for the first paint

        return go_on(self, self.focusWidget(), forwards=forwards)

    def _go_to_other_part(self) -> None:
        """Go from the page to the list of pages, or back to the first control of the page."""
        page = self._stack.currentWidget()
        if page is None or not self.navigation.has_focus():
            self.navigation.focus()
            return
        page.setFocus(QtCore.Qt.FocusReason.TabFocusReason)
        if self.focusWidget() is page:
            self.focusNextChild()

    def _show_details_again(self) -> None:
        """Open the details that were open when the window was closed."""
        name = self._stack_settings.get(Key.DETAILS, "")
        if isinstance(name, str) and self._intents.store.value.service(name) is not None:
            self.details.open(name, focus=False)

    def _finish(self) -> None:
        """Do what can wait until after the first paint."""
        from harmony_desktop.ui import icons  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.ui.log_bounds import apply_bound  # noqa: PLC0415 - not for the first paint

        self.setWindowIcon(icons.app_icon())
        self._shortcuts()
        self._unsubscribe_checkup = self._intents.checkup.store.subscribe(self._count_troubles)
        self._count_troubles(self._intents.checkup.store.value)
        apply_bound(self._settings, self._intents.logs)
