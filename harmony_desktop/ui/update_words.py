"""From the news of updates to words. Pure functions."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from harmony_desktop.control.kinds import EngineStatus, StackPhase
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.control.update_news import Availability, Deed, Standing, UpdateNews, short
from harmony_desktop.ui.i18n import capitalised, join_words, number_word, told, tr, trn
from harmony_desktop.ui.notices import Kind
from harmony_desktop.ui.notices import Notice as Told
from harmony_desktop.ui.settings import Key, Settings
from harmony_desktop.ui.wording import clock

_LINES = 5


class Notice(NamedTuple):
    """What the stack page says of updates.

    Attributes:
        title: What there is.
        lines: The services, and what changes.
        services: What "Update" is about; empty for no such button.
        can_return: Whether a return to the earlier version is offered.
        done: Whether it tells what was done (else what can be done).
    """

    title: str
    lines: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    can_return: bool = False
    done: bool = False


def notice(state: StackState, news: UpdateNews) -> Notice | None:
    """Return what the stack page says, or None: nothing while something goes on or Docker is away."""
    if not _calm(state):
        return None
    if news.deed is not None:
        titles = {
            Deed.UPDATED: tr("Harmony is updated"),
            Deed.UP_TO_DATE: tr("Everything is up to date"),
            Deed.RETURNED: tr("Harmony is back at its earlier version"),
        }
        back = news.deed is Deed.UPDATED and bool(news.earlier)
        return Notice(
            titles[news.deed], _shortened(tuple(told(done) for done in news.done)), can_return=back, done=True
        )
    newer = new_items(news)
    if not newer or state.problem is not None:
        return None
    return Notice(count(newer), _shortened(tuple(line(i) for i in newer)), tuple(i.service for i in newer))


def new_items(news: UpdateNews) -> tuple[Availability, ...]:
    """Return the updates that are there; what is held back is none."""
    return tuple(item for item in news.items if item.standing in {Standing.NEWER, Standing.FETCHED})


def held_items(news: UpdateNews) -> tuple[Availability, ...]:
    """Return what is held back."""
    return tuple(item for item in news.items if item.standing is Standing.HELD)


def count(items: tuple[Availability, ...]) -> str:
    """Return "One update is available" or "Two updates are available"."""
    words = capitalised(number_word(len(items)))
    return trn("One update is available", "{word} updates are available", len(items), word=words)


def line(item: Availability) -> str:
    """Return what changes for a service: "Harmony Link: 2a3fe3cde992 → 5b6c0d1e2f30"."""
    if not item.current:
        return tr("{service}: {new}, not here yet", service=item.title, new=short(item.available))
    change = tr("{service}: {old} → {new}", service=item.title, old=short(item.current), new=short(item.available))
    if item.standing is Standing.FETCHED:
        return tr("{change}, downloaded already", change=change)
    return change


def badge(item: Availability) -> tuple[str, str]:
    """Return the words of a row's badge, and what its tooltip explains."""
    if item.standing is Standing.HELD:
        return tr("Held back"), tr(
            "Kept at the earlier version. “Update” fetches the newer one ({new}).", new=short(item.available)
        )
    return tr("Update"), line(item)


def asked(news: UpdateNews, now: datetime) -> str:
    """Return when the registries were asked, or why they did not answer."""
    if news.asking:
        return tr("Looking…")
    if news.fault:
        return told(news.fault)
    if news.asked_at is None:
        return tr("Nobody has looked yet.")
    what = count(new_items(news)) if new_items(news) else tr("Everything is up to date")
    return tr("{what}, as of {time}.", what=what, time=clock(news.asked_at, now))


def announcement(news: UpdateNews, settings: Settings) -> Told | None:
    """Return what to tell a person who does not look at the window; each set of updates is told once."""
    newer = new_items(news)
    mark = " ".join(sorted(item.available for item in newer))
    if not newer or settings.get(Key.UPDATES_TOLD, "") == mark:
        return None
    settings.set(Key.UPDATES_TOLD, mark)
    return Told(Kind.UPDATE, count(newer), join_words([item.title for item in newer]))


def can_update(state: StackState) -> bool:
    """Whether an update can begin now."""
    return _calm(state)


def _calm(state: StackState) -> bool:
    return state.phase is StackPhase.LOADED and state.engine.status is EngineStatus.READY and state.operation is None


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= _LINES:
        return lines
    return (*lines[: _LINES - 1], tr("and {n} more", n=len(lines) - _LINES + 1))
