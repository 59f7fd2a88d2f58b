"""The whole of the user interface: theme, window, tray, and what closing and quitting mean."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from harmony_desktop.control.kinds import OperationKind
from harmony_desktop.ui.close_choice import CloseChoice
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.main_window import MainWindow
from harmony_desktop.ui.settings import Key, Settings, flag

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from harmony_desktop.control.intents import Intents
    from harmony_desktop.control.stack_state import StackState
    from harmony_desktop.control.state import Problem
    from harmony_desktop.control.update_news import UpdateNews
    from harmony_desktop.ui.closing import Question
    from harmony_desktop.ui.corner import Corner
    from harmony_desktop.ui.crash_teller import CrashTeller
    from harmony_desktop.ui.mac_habits import MacHabits
    from harmony_desktop.ui.theme import Theme
    from harmony_desktop.ui.tray import Tray


class DesktopUi(QObject):
    """Builds window and tray over the core's intents.

    Args:
        intents: What can be asked of the core, and what there is to show.
        settings: What the window remembers.
        quit: Called once when the panel is to end; the caller tears down.
        start_minimized: Begin in the tray (where there is one; else the window is shown minimised).
        tray_available: Whether the desktop has a tray; Qt's answer by default.
        late: Whether the core is still to come: the window is empty at first, so that its outline is painted soon;
            ``furnish`` fills it, and ``prepare`` does the rest when the core has come.

    Attributes:
        window: The window.
        theme: Colours and fonts, once the window is furnished.
    """

    theme: Theme

    def __init__(
        self,
        intents: Intents,
        *,
        settings: Settings,
        quit: Callable[[], None],  # noqa: A002 - the word for it
        start_minimized: bool = False,
        tray_available: Callable[[], bool] | None = None,
        late: bool = False,
    ) -> None:
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise TypeError("a QApplication must exist before the window")
        super().__init__(app)
        app.setQuitOnLastWindowClosed(False)
        app.setDesktopFileName("harmony-desktop")
        self._intents = intents
        self._settings = settings
        self._quit = quit
        self._start_minimized = start_minimized
        self._late = late
        self._furnished = False
        self._leaving = False
        self._stopping = False
        self._old_problem: Problem | None = None
        self._question: Question | None = None
        self._crash_teller: CrashTeller | None = None
        self._corner: Corner | None = None
        self._habits: MacHabits | None = None
        self._tray_available = tray_available
        self._unsubscribe: Callable[[], None] = lambda: None
        self._unsubscribe_news: Callable[[], None] = lambda: None
        self._app = app
        self.window = self._empty_window()
        if not late:
            self.furnish()

    def furnish(self) -> None:
        """Give the window its language, its colours and what is in it; a second call does nothing."""
        if self._furnished:
            return
        self._furnished = True
        from harmony_desktop.ui import style  # noqa: PLC0415 - behind the first paint
        from harmony_desktop.ui.languages import speak  # noqa: PLC0415 - behind the first paint
        from harmony_desktop.ui.theme import Scheme, Theme  # noqa: PLC0415 - behind the first paint

        speak(self._settings.get(Key.LANGUAGE))
        self._app.setApplicationDisplayName(tr("Harmony"))
        stored = self._settings.get(Key.SCHEME, Scheme.SYSTEM.value)
        known = {scheme.value: scheme for scheme in Scheme}
        self.theme = Theme(self._app, known.get(stored if isinstance(stored, str) else "", Scheme.SYSTEM))
        style.apply(self._app, self.theme)
        self.window.furnish(self.theme, late=self._late)
        if not self._late:
            _ = self.corner
        self._unsubscribe = self._intents.store.subscribe(self._follow)
        self._unsubscribe_news = self._intents.news.subscribe(self._follow_news)
        self._intents.watch_updates(flag(self._settings, Key.UPDATES, True))
        if sys.platform == "darwin":
            from harmony_desktop.ui.mac_habits import MacHabits  # noqa: PLC0415 - there alone

            hidden = self._start_minimized
            self._habits = MacHabits(self._app, self.raise_, self.leave, self._is_shown, began_hidden=hidden)

    @property
    def corner(self) -> Corner:
        """The tray icon and what is told beside it; made at the first use, behind the first paint."""
        if self._corner is None:
            from harmony_desktop.ui.corner import Corner  # noqa: PLC0415 - not for the first paint
            from harmony_desktop.ui.stack_page import open_address  # noqa: PLC0415 - not for the first paint

            made = Corner(self, self._intents, self._settings, self._tray_available, self._looked_at)
            made.tray.show_wanted.connect(self.raise_)
            made.tray.toggle_wanted.connect(self._toggle)
            made.tray.quit_wanted.connect(self.leave)
            made.tray.page_wanted.connect(open_address)
            made.tray.gone.connect(self._tray_gone)
            made.outlet.clicked.connect(self.raise_)
            self._corner = made
        return self._corner

    @property
    def tray(self) -> Tray:
        """The tray icon."""
        return self.corner.tray

    def _looked_at(self) -> bool:
        return self.window.isActiveWindow()

    def _empty_window(self) -> MainWindow:
        """Return a window that is still to be furnished."""
        made = MainWindow(self._intents, self._settings, lambda: self.tray.available)
        made.close_wanted.connect(self.close)
        made.quit_wanted.connect(self.leave)
        # Not at once: who has asked for another language is part of the window that goes.
        made.language_chosen.connect(lambda: QTimer.singleShot(0, self, self._remake))
        return made

    def _remake(self) -> None:
        """Make window and tray anew in the language that was chosen: the same page, in the same place."""
        if self._leaving:
            return
        old_window, old_corner = self.window, self._corner
        geometry = old_window.saveGeometry()
        from harmony_desktop.ui.languages import speak  # noqa: PLC0415 - not for the first paint

        speak(self._settings.get(Key.LANGUAGE))
        self.window = self._empty_window()
        self.window.furnish(self.theme)
        self.window.restoreGeometry(geometry)
        self.window.show()
        old_window.finish()
        old_window.deleteLater()
        if old_corner is not None:
            old_corner.end()
            self._corner = None
        self.tray.begin()
        # The page that is hidden last has told the core that nobody looks.
        self._intents.set_visible(True)
        self.window.activateWindow()

    def show(self) -> None:
        """Show the window (or only the tray icon), then the tray: first paint comes first."""
        if self._start_minimized:
            self.furnish()
            self._intents.set_visible(False)
            self.tray.begin()
            if not self.tray.available:
                self.window.showMinimized()
            return
        self.window.show()
        if not self._late:
            QTimer.singleShot(0, self, self.tray.begin)

    def prepare(self) -> None:
        """After the first paint, when the core is there: make the rest, so that the first state finds it ready."""
        self.furnish()
        late, self._late = self._late, False
        self._watch_crashes()
        self._watch_releases()
        self.window.prepare()
        if flag(self._settings, Key.START_STACK):
            self._intents.start_when_there()
        if late and not self._start_minimized:
            self.tray.begin()

    def _watch_crashes(self) -> None:
        from harmony_desktop.assets import project_address  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.ui.crash_teller import CrashTeller  # noqa: PLC0415

        crashes = self._intents.crashes
        if flag(self._settings, Key.LOG_DETAILED):
            crashes.log_in_detail(True)
        self._crash_teller = CrashTeller(
            self.theme,
            lambda: self.window,
            self._intents,
            self._tell_on_desktop,
            project_address("issues"),
        )

    def _watch_releases(self) -> None:
        from harmony_desktop.control.app_news import AppNews  # noqa: PLC0415 - not for the first paint
        from harmony_desktop.ui.release_words import announcement  # noqa: PLC0415

        def follow(news: AppNews) -> None:
            found = announcement(news, self._settings)
            if found is not None and not self._leaving:
                self.corner.teller.tell(found)

        desk = self._intents.app_releases
        desk.store.subscribe(follow)
        desk.watch(flag(self._settings, Key.RELEASES, True))

    def _tell_on_desktop(self, title: str, text: str) -> None:
        self.corner.outlet.tell(title, text)

    def raise_(self) -> None:
        """Bring the window to the front, from wherever it is."""
        self.window.raise_up()

    def close(self) -> None:
        """Do what closing the window means: hide into the tray, ask, quit, or stop and quit."""
        choice = self._settings.get(Key.CLOSE, CloseChoice.ASK.value)
        if choice == CloseChoice.QUIT.value:
            self._end()
        elif choice == CloseChoice.STOP.value:
            self._stop_and_end()
        elif self.tray.available:
            self.window.hide()
            self._tell_of_tray()
        elif not self._services_run():
            self._end()
        else:
            from harmony_desktop.ui.closing import ask_on_close  # noqa: PLC0415 - not for the first paint

            self._ask(ask_on_close, self._closed_with)

    def leave(self) -> None:
        """Quit the panel; containers keep running, which is said once.

        A question says it, even from the tray: the balloons of the older tray protocol end with the process.
        """
        if not self._services_run() or flag(self._settings, Key.TOLD_QUIT):
            self._end()
            return
        from harmony_desktop.ui.closing import tell_on_quit  # noqa: PLC0415 - not for the first paint

        self._ask(tell_on_quit, self._left_with)

    def end(self) -> None:
        """Quit the panel without a word about the containers; unsaved texts are asked about."""
        self._end()

    def destroy(self) -> None:
        """Take window and tray away; nothing of them acts afterwards."""
        self._leaving = True
        self._unsubscribe()
        self._unsubscribe_news()
        if self._habits is not None:
            self._habits.end()
        if self._crash_teller is not None:
            self._crash_teller.close()
        if self._corner is not None:
            self._corner.end()
        self.window.finish()
        self.window.deleteLater()

    def _ask(self, make: Callable[[Theme, QWidget], Question], answered: Callable[[CloseChoice, bool], None]) -> None:
        """Ask one question at a time."""
        if self._question is not None:
            self._question.raise_()
            self._question.activateWindow()
            return
        self._question = make(self.theme, self.window)
        self._question.finished.connect(self._asked)
        self._question.answered.connect(answered)
        self._question.open()
        self._question.raise_()
        self._question.activateWindow()

    def _asked(self) -> None:
        self._question = None

    def _follow(self, state: StackState) -> None:
        self.tray.show_state(state)
        self.corner.teller.follow(state)
        if self._stopping:
            self._end_when_stopped(state)

    def _follow_news(self, news: UpdateNews) -> None:
        self.tray.show_news(news)
        if self._leaving:
            return
        from harmony_desktop.ui.update_words import announcement  # noqa: PLC0415 - not for the first paint

        found = announcement(news, self._settings)
        if found is not None:
            self.corner.teller.tell(found)

    def _tell_of_tray(self) -> None:
        if flag(self._settings, Key.TOLD_TRAY):
            return
        self._settings.set(Key.TOLD_TRAY, True)
        text = tr("Harmony waits in the tray, and its services keep running.")
        if not self._services_run():
            text = tr("Harmony waits in the tray.")
        self.corner.outlet.tell(tr("Harmony is still there"), text)

    def _tray_gone(self) -> None:
        """A window that waits in a tray that is no more could not be found again."""
        if not self.window.isVisible() and not self._leaving:
            self.raise_()

    def _is_shown(self) -> bool:
        return self.window.isVisible()

    def _toggle(self) -> None:
        if self.window.isVisible() and not self.window.isMinimized() and self.window.isActiveWindow():
            self.window.hide()
        else:
            self.raise_()

    def _closed_with(self, choice: CloseChoice, remember: bool) -> None:
        if remember:
            self._settings.set(Key.CLOSE, choice.value)
        self._settings.set(Key.TOLD_QUIT, True)
        self._left_with(choice)

    def _left_with(self, choice: CloseChoice, _remember: bool = False) -> None:
        self._settings.set(Key.TOLD_QUIT, True)
        if choice is CloseChoice.STOP:
            self._stop_and_end()
        else:
            self._end()

    def _services_run(self) -> bool:
        return any(service.runs for service in self._intents.store.value.services)

    def _stop_and_end(self) -> None:
        if not self._services_run():
            self._end()
            return
        self._stopping = True
        self._old_problem = self._intents.store.value.problem
        self._intents.stop()

    def _end_when_stopped(self, state: StackState) -> None:
        if state.operation is None and state.problem is not None and state.problem != self._old_problem:
            self._stopping = False  # something would not stop: stay, and show why
            self.raise_()
        elif state.operation is not None and state.operation.kind is not OperationKind.STOP:
            self._stopping = False  # the user has thought better of it
        elif state.operation is None and not any(service.runs for service in state.services):
            self._stopping = False
            self._end()

    def _end(self) -> None:
        if self._leaving:
            return
        unsaved = self.window.unsaved()
        if unsaved:
            from harmony_desktop.ui.unsaved import settle_unsaved  # noqa: PLC0415 - not for the first paint

            self.window.raise_up()
            settle_unsaved(self.theme, self.window, self._intents.configuring, unsaved, self._end)
            return
        self._leaving = True
        self._quit()
