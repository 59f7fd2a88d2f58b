"""Everything that can be done, as a list to search: what the command palette offers. Pure, but for what it calls."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import Light, StackState, Stage
from harmony_desktop.ui.headline import can_act, controls
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.wording import page_words


class Command(NamedTuple):
    """One entry: its words, the group it belongs to, its keys, and what it does."""

    title: str
    group: str
    run: Callable[[], object]
    keys: str = ""


class Places(NamedTuple):
    """Where commands lead that are not about the stack itself.

    Attributes:
        pages: Name and title of each page of the window, with its keys.
        show_page: Shows a page.
        show_log: Shows the log of a service ("" for all).
        open_address: Opens a page in the browser.
        others: Further commands of the window.
        adjust: Opens the dialog that adjusts a service.
    """

    pages: tuple[tuple[str, str, str], ...]
    show_page: Callable[[str], object]
    show_log: Callable[[str], object]
    open_address: Callable[[str], object]
    others: tuple[Command, ...] = ()
    adjust: Callable[[str], object] | None = None


def commands(state: StackState, intents: Intents, places: Places) -> list[Command]:
    """Return what can be done now, the most likely first; what cannot be done now is left out."""
    found: list[Command] = []
    shown = controls(state)
    stack = tr("Stack")
    for control, title, call in (
        (shown.start, tr("Start Harmony"), intents.start),
        (shown.stop, tr("Stop Harmony"), intents.stop),
        (shown.restart, tr("Restart Harmony"), intents.restart),
    ):
        if control.visible and control.enabled:
            found.append(Command(title, stack, call))
    if state.operation is not None and not state.operation.cancelling:
        found.append(Command(tr("Cancel what is being done"), stack, intents.cancel))
    for service in state.services:
        if service.light in {Light.READY, Light.ATTENTION, Light.BUSY}:
            found += [
                Command(page_words(service, page), service.title, partial(places.open_address, page.url))
                for page in service.pages
            ]
    if can_act(state):
        for service in state.services:
            found += _of_service(service.name, service.title, intents, runs=service.runs, stage=service.stage)
    found += [
        Command(tr("Go to {page}", page=title), tr("Window"), partial(places.show_page, name), keys)
        for name, title, keys in places.pages
    ]
    found += [
        Command(
            tr("Show log of {service}", service=service.title),
            service.title,
            partial(places.show_log, service.name),
        )
        for service in state.services
    ]
    if places.adjust is not None:
        found += [
            Command(tr("Adjust {service}…", service=service.title), service.title, partial(places.adjust, service.name))
            for service in state.services
        ]
    return [*found, *places.others]


def _of_service(name: str, title: str, intents: Intents, *, runs: bool, stage: Stage) -> Iterable[Command]:
    if runs:
        yield Command(tr("Stop {service}", service=title), title, partial(intents.stop, (name,)))
    else:
        yield Command(tr("Start {service}", service=title), title, partial(intents.start, (name,)))
    if runs or stage is Stage.FAILED:
        yield Command(tr("Restart {service}", service=title), title, partial(intents.restart, (name,)))


def matching(found: Iterable[Command], words: str) -> list[Command]:
    """Return the commands that hold every word, those that begin with the first word before the others.

    Case and accents do not count.
    """
    wanted = _plain(words).split()
    if not wanted:
        return list(found)
    ranked = []
    for index, command in enumerate(found):
        title = _plain(command.title)
        text = f"{title} {_plain(command.group)}"
        if all(word in text for word in wanted):
            begins = any(part.startswith(wanted[0]) for part in title.split())
            ranked.append((not title.startswith(wanted[0]), not begins, index, command))
    return [command for *_, command in sorted(ranked, key=lambda item: item[:3])]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
