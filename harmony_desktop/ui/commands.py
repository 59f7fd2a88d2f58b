"""Everything that can be done, as a list to search: what the command palette offers. Pure, but for what it calls."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.state import Light, StackState, Stage
from harmony_desktop.ui import gaming_words
from harmony_desktop.ui.headline import can_act, controls
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.profiles import can_choose, chosen, profiles
from harmony_desktop.ui.update_words import can_update, new_items
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
    found = [*_of_problem(state, intents), *_of_stack(state, intents), *_of_engine(state, intents)]
    for service in state.services:
        if service.light in {Light.READY, Light.ATTENTION, Light.BUSY}:
            found += [
                Command(page_words(service, page), service.title, partial(places.open_address, page.url))
                for page in service.pages
            ]
    if can_act(state):
        for service in state.services:
            found += _of_service(service.name, service.title, intents, runs=service.runs, stage=service.stage)
    found += _of_gaming(state, intents)
    found += _of_updates(state, intents)
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
    return [*found, *_of_hardware(state, intents), *_of_contexts(state, intents), *places.others]


def _of_problem(state: StackState, intents: Intents) -> Iterable[Command]:
    """What is offered against the problem that is shown."""
    if state.problem is None:
        return
    group = tr("Problem")
    if state.operation is None:
        for remedy in state.problem.remedies:
            yield Command(told(remedy.label), group, partial(intents.remedy, remedy.id))
    yield Command(tr("Dismiss the problem"), group, intents.dismiss_problem)


def _of_stack(state: StackState, intents: Intents) -> Iterable[Command]:
    shown = controls(state)
    stack = tr("Stack")
    for control, title, call in (
        (shown.start, tr("Start Harmony"), intents.start),
        (shown.stop, tr("Stop Harmony"), intents.stop),
        (shown.restart, tr("Restart Harmony"), intents.restart),
    ):
        if control.visible and control.enabled:
            yield Command(title, stack, call)
    if state.operation is not None and not state.operation.cancelling:
        yield Command(tr("Cancel what is being done"), stack, intents.cancel)


def _of_gaming(state: StackState, intents: Intents) -> Iterable[Command]:
    """What hands the graphics card to a game, and what brings all back."""
    if not can_act(state):
        return
    group = tr("Gaming mode")
    if state.gaming is None or not state.gaming.whole:
        yield Command(gaming_words.free_title(state), group, intents.free_for_game)
    if state.gaming is not None:
        yield Command(gaming_words.back_title(), group, intents.bring_back)
        yield Command(tr("Gaming mode: leave everything as it is"), group, intents.forget_gaming)


def _of_engine(state: StackState, intents: Intents) -> Iterable[Command]:
    """What helps against an engine that is not there."""
    engine = state.engine
    group = tr("Docker")
    if engine.being_started:
        yield Command(tr("Do not start Docker after all"), group, intents.cancel_engine_start)
    elif engine.help.start is not None:
        yield Command(told(engine.help.start.label), group, intents.start_engine)


def _of_updates(state: StackState, intents: Intents) -> Iterable[Command]:
    news = intents.news.value
    if not can_update(state):
        return
    group = tr("Updates")
    newer = new_items(news)
    if newer:
        title = trn("Update one service", "Update {n} services", len(newer))
        yield Command(title, group, partial(intents.update, tuple(item.service for item in newer)))
    if len(newer) > 1:
        for item in newer:
            title = tr("Update {service}", service=item.title)
            yield Command(title, item.title, partial(intents.update, (item.service,)))
    if news.earlier:
        yield Command(tr("Return to the earlier version"), group, intents.roll_back)
    if not news.asking:
        yield Command(tr("Look for updates"), group, intents.ask_for_updates)


def _of_hardware(state: StackState, intents: Intents) -> Iterable[Command]:
    """What Harmony can compute on besides what is in force."""
    if not can_choose(state):
        return
    for name, title in profiles():
        if name != chosen(state.hardware):
            yield Command(tr("Compute on: {what}", what=title), tr("Hardware"), partial(intents.choose_hardware, name))


def _of_contexts(state: StackState, intents: Intents) -> Iterable[Command]:
    """The engines that can be used besides the one in use."""
    choice = state.contexts
    if choice.overruled or state.operation is not None:
        return
    group = tr("Docker")
    if choice.chosen:
        title = tr("Use the engine that the docker command uses")
        yield Command(title, group, partial(intents.choose_context, ""))
    for option in choice.options:
        if option.name != choice.chosen and not option.fault:
            title = tr("Use the Docker context {name}", name=option.name)
            yield Command(title, group, partial(intents.choose_context, option.name))


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
