"""What the command palette offers in a window: all that can be done with the stack, and the window's own commands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import StackPhase
from harmony_desktop.ui.commands import Command, Places, commands
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.release_dialog import show_release
from harmony_desktop.ui.shortcuts import keys
from harmony_desktop.ui.stack_page import open_address
from harmony_desktop.ui.theme import Scheme, Theme

if TYPE_CHECKING:
    from harmony_desktop.ui.main_window import MainWindow


class WindowCommands:
    """Collects the commands of a window as it is now.

    Args:
        window: The window.
        theme: What the commands of the appearance change.
        intents: What the commands of the stack become.
    """

    def __init__(self, window: MainWindow, theme: Theme, intents: Intents) -> None:
        self._window = window
        self._theme = theme
        self._intents = intents

    def collect(self) -> list[Command]:
        """Return what can be done now."""
        window, state = self._window, self._intents.store.value
        first_run = state.phase is StackPhase.NO_FOLDER or state.setting_up
        titles = window.navigation.titles
        pages = () if first_run else titles
        numbered = tuple((name, title, keys(f"page-{n}")[0]) for n, (name, title) in enumerate(pages, start=1))
        others = self._of_first_run() if first_run else self._of_pages()
        places = Places(
            numbered, window.show_page, window.show_log, open_address, (*others, *self._of_window()), window.adjust
        )
        return commands(state, self._intents, places)

    def _of_first_run(self) -> tuple[Command, ...]:
        group = tr("Set-up")
        return tuple(Command(title, group, press) for title, press in self._window.first_run.choices())

    def _of_pages(self) -> tuple[Command, ...]:
        window, folder = self._window, self._intents.store.value.folder
        found = [
            Command(tr("Search the logs"), tr("Logs"), window.search, keys("search")[0]),
            Command(tr("Show the logs of all services"), tr("Logs"), partial(window.show_log, "")),
            Command(tr("Check the stack"), tr("Check-up"), window.check_up),
            Command(tr("Download a model…"), tr("Models"), lambda: window.models_page().ask_for_download()),
            Command(tr("Import a model…"), tr("Models"), lambda: window.models_page().ask_for_file()),
            Command(tr("Save a backup…"), tr("Stack"), window.save_backup),
            Command(tr("Save a report…"), tr("Help"), window.save_report),
            *self._of_panel(),
        ]
        found += [
            Command(
                tr("Details of {service}", service=service.title),
                service.title,
                partial(window.show_details, service.name),
            )
            for service in self._intents.store.value.services
        ]
        if self._intents.upgrading.store.value.names:
            found.append(Command(tr("Review newer versions of files"), tr("Configuration"), window.show_newer))
        wizard = self._intents.wizard
        if wizard is not None:
            found.append(Command(tr("Go on with the set-up"), tr("Stack"), wizard.open))
            found.append(Command(tr("Run the set-up again"), tr("Stack"), partial(wizard.open, again=True)))
        if folder:
            address = QUrl.fromLocalFile(folder)
            found.append(Command(tr("Open the stack folder"), tr("Stack"), partial(QDesktopServices.openUrl, address)))
        return tuple(found)

    def _of_panel(self) -> list[Command]:
        """What is about the panel itself."""
        found, desk, log = [], self._intents.app_releases, self._intents.crashes.log_folder
        news = desk.store.value
        if news.release is not None:
            show = partial(show_release, self._theme, self._window, desk)
            found.append(Command(tr("See what is new in Harmony Desktop"), tr("Help"), show))
        elif news.known and not news.asking:
            found.append(Command(tr("Look for new versions of Harmony Desktop"), tr("Help"), desk.ask))
        if log:
            address = QUrl.fromLocalFile(log)
            found.append(
                Command(tr("Open the folder of the log"), tr("Help"), partial(QDesktopServices.openUrl, address))
            )
        return found

    def _of_window(self) -> tuple[Command, ...]:
        window, group = self._window, tr("Window")
        schemes = (
            (Scheme.SYSTEM, tr("Appearance: as the desktop")),
            (Scheme.LIGHT, tr("Appearance: light")),
            (Scheme.DARK, tr("Appearance: dark")),
        )
        return (
            Command(tr("Look for Docker and cards again"), group, window.look_again, keys("look-again")[0]),
            *(
                Command(title, group, partial(window.choose_scheme, scheme))
                for scheme, title in schemes
                if scheme is not self._theme.scheme
            ),
            Command(tr("Restore a backup…"), tr("Stack"), window.restore_backup),
            Command(tr("Open the help"), tr("Help"), window.show_help, keys("help")[0]),
            Command(tr("Show the keys"), tr("Help"), window.show_keys, keys("keys")[0]),
            Command(tr("Close the window"), group, window.close, keys("close")[0]),
            Command(tr("Quit Harmony"), group, window.quit_wanted.emit, keys("quit")[0]),
        )
