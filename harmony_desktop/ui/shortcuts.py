"""Every key that does something, as one table: the window binds it; palette, help and documentation show it."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import NamedTuple

from harmony_desktop.ui.i18n import tr


class Place(enum.Enum):
    """Where keys work."""

    ANYWHERE = enum.auto()
    SERVICES = enum.auto()
    LOGS = enum.auto()
    FILES = enum.auto()
    HELP = enum.auto()


class Shortcut(NamedTuple):
    """One thing that keys do.

    Attributes:
        deed: Its name in the program.
        keys: The keys, as QKeySequence reads them; each of them does it.
        words: What they do, in the user's language.
        place: Where they work.
        bound: Whether the panel binds them as they stand; else the widget that has the focus understands them.
    """

    deed: str
    keys: tuple[str, ...]
    words: Callable[[], str]
    place: Place = Place.ANYWHERE
    bound: bool = True


#: The pages in the order of their numbers are ``page-1`` to ``page-7``.
TABLE = (
    Shortcut("page-1", ("Ctrl+1",), lambda: tr("Go to the stack")),
    Shortcut("page-2", ("Ctrl+2",), lambda: tr("Go to the logs")),
    Shortcut("page-3", ("Ctrl+3",), lambda: tr("Go to the hardware")),
    Shortcut("page-4", ("Ctrl+4",), lambda: tr("Go to the configuration")),
    Shortcut("page-5", ("Ctrl+5",), lambda: tr("Go to the check-up")),
    Shortcut("page-6", ("Ctrl+6",), lambda: tr("Go to the models")),
    Shortcut("page-7", ("Ctrl+7",), lambda: tr("Go to the settings")),
    Shortcut("palette", ("Ctrl+K",), lambda: tr("Find anything that can be done, by typing")),
    Shortcut("search", ("Ctrl+F",), lambda: tr("Search the logs, or the file that is being edited")),
    Shortcut("look-again", ("F5",), lambda: tr("Look again for Docker and the graphics card")),
    Shortcut("other-part", ("F6",), lambda: tr("Go to the list of pages, and back")),
    Shortcut("help", ("F1",), lambda: tr("Open the help for what is shown")),
    Shortcut("keys", ("Ctrl+/", "Ctrl+?"), lambda: tr("Show these keys")),
    Shortcut("close", ("Ctrl+W",), lambda: tr("Close the window")),
    Shortcut("quit", ("Ctrl+Q",), lambda: tr("Quit the panel; the services keep running")),
    Shortcut("next", ("Tab", "Shift+Tab"), lambda: tr("Go to the next control, or to the one before"), bound=False),
    Shortcut("press", ("Space", "Return"), lambda: tr("Press the button that has the focus"), bound=False),
    Shortcut("back", ("Esc",), lambda: tr("Leave a menu, a dialog or the search"), bound=False),
    Shortcut(
        "map",
        ("Left", "Right", "Up", "Down"),
        lambda: tr("Go from box to box of the map"),
        place=Place.SERVICES,
        bound=False,
    ),
    Shortcut(
        "menu", ("Shift+F10", "Menu"), lambda: tr("Open the menu of the service"), place=Place.SERVICES, bound=False
    ),
    Shortcut("next-match", ("F3", "Shift+F3"), lambda: tr("Go to the next match, or to the one before"), Place.LOGS),
    Shortcut("oldest", ("Home",), lambda: tr("Go to the oldest line"), Place.LOGS, bound=False),
    Shortcut("newest", ("End",), lambda: tr("Go to the newest line, and follow"), Place.LOGS, bound=False),
    Shortcut("follow", ("Ctrl+End",), lambda: tr("The same, from the whole page"), Place.LOGS),
    Shortcut(
        "select",
        ("Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down"),
        lambda: tr("Select"),
        Place.LOGS,
        bound=False,
    ),
    Shortcut("select-all", ("Ctrl+A",), lambda: tr("Select all lines"), Place.LOGS, bound=False),
    Shortcut("copy", ("Ctrl+C",), lambda: tr("Copy what is selected"), Place.LOGS, bound=False),
    Shortcut("copy-whole", ("Ctrl+Shift+C",), lambda: tr("Copy it with times and services"), Place.LOGS, bound=False),
    Shortcut("clear", ("Ctrl+L",), lambda: tr("Hide the lines that are there now"), Place.LOGS),
    Shortcut("save", ("Ctrl+S",), lambda: tr("Save the lines that are shown"), Place.LOGS),
    Shortcut("wrap", ("Alt+Z",), lambda: tr("Wrap long lines, or do not"), Place.LOGS),
    Shortcut(
        "log-menu", ("Shift+F10", "Menu"), lambda: tr("Open the menu of the lines"), place=Place.LOGS, bound=False
    ),
    Shortcut("save-file", ("Ctrl+S",), lambda: tr("Save the file"), Place.FILES),
    Shortcut("next-found", ("F3",), lambda: tr("Go to the next place that was found"), Place.FILES),
    Shortcut("previous-found", ("Shift+F3",), lambda: tr("Go to the one before"), Place.FILES),
    Shortcut("next-problem", ("F8",), lambda: tr("Go to the next problem"), Place.FILES),
    Shortcut("undo", ("Ctrl+Z", "Ctrl+Shift+Z"), lambda: tr("Undo, and do again"), Place.FILES, bound=False),
    Shortcut("help-back", ("Alt+Left",), lambda: tr("Go back to the page before"), Place.HELP),
    Shortcut("help-forward", ("Alt+Right",), lambda: tr("Go forward again"), Place.HELP),
)

_BY_DEED = {shortcut.deed: shortcut for shortcut in TABLE}


def keys(deed: str) -> tuple[str, ...]:
    """Return the keys that do something; the first is the one to tell of."""
    return _BY_DEED[deed].keys


def place_words(place: Place) -> str:
    """Return where keys work, in the user's language."""
    return {
        Place.ANYWHERE: tr("Anywhere"),
        Place.SERVICES: tr("On a service"),
        Place.LOGS: tr("In the logs"),
        Place.FILES: tr("In a configuration file"),
        Place.HELP: tr("In the help"),
    }[place]
