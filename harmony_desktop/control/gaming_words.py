"""What gaming mode has done, in words for the command line and the window."""

from __future__ import annotations

from collections.abc import Mapping

from harmony_desktop.control.gaming import BroughtBack, GamingRecord, freed
from harmony_desktop.control.gaming_sight import GamingNews
from harmony_desktop.stack.words import enumerated, joined, say, say_number


def news_of_freeing(record: GamingRecord | None) -> GamingNews | None:
    """Return what there is to tell of freeing; None where what is remembered tells it."""
    if record is not None:
        return None
    return GamingNews(say("There is nothing to free"), say("Nothing of Harmony holds what a game could want."))


def news_of_bringing_back(back: BroughtBack, titles: Mapping[str, str]) -> GamingNews:
    """Return what there is to tell of bringing back."""
    if not back.was_on:
        return GamingNews(say("Gaming mode is not on"), say("There is nothing to bring back."))
    text = joined((came_back(back, titles), *back.left))
    if not text:
        text = say("Somebody has brought it back already.")
    return GamingNews(say("Everything is back") if not back.left else say("Gaming mode is off"), text)


def deeds(record: GamingRecord, titles: Mapping[str, str]) -> str:
    """Return what was taken away, as sentences.

    Args:
        record: What was done.
        titles: Service -> the name that people read.
    """
    if not record.whole:
        touched = enumerated([titles.get(name, name) for name in record.services])
        return say("What was done to {services} so far can be brought back.", services=touched)
    stopped = [titles.get(name, name) for name in record.stopped_services]
    unloaded = [each for each in record.unloaded if each.service not in record.stopped_services]
    return joined(
        (
            "" if record.card else say("No service computes on a graphics card here."),
            say_number("{names} is stopped.", "{names} are stopped.", len(stopped), names=enumerated(stopped))
            if stopped
            else "",
            *(
                say(
                    "{model} is unloaded from {service}.",
                    model=each.model,
                    service=titles.get(each.service, each.service),
                )
                for each in unloaded
            ),
        )
    )


def summary(record: GamingRecord) -> str:
    """Return what has come of it, as a sentence or two."""
    if not record.whole:
        return say("Not everything that gaming mode frees was freed.")
    size = freed(record)
    if not record.card:
        return say("{size} of memory were freed.", size=_size(size)) if size else say("Memory and processor are free.")
    if not size:
        return say("The graphics card is free.")
    return say("{size} of the graphics card’s memory were freed.", size=_size(size))


def measured(record: GamingRecord) -> str:
    """Return what was in use before and is now, as sentences; "" where nobody could tell."""
    before, after = record.before, record.after
    if before is None or after is None or freed(record) is None:
        return ""
    if not record.card:
        return say(
            "Memory in use: {before} before, {after} now.",
            before=_size(before.memory),
            after=_size(after.memory),
        )
    then = {card.uuid: card.used for card in before.cards}
    return joined(
        say(
            "{card}: {before} in use before, {after} now.",
            card=card.name,
            before=_size(then[card.uuid]),
            after=_size(card.used),
        )
        for card in after.cards
        if card.uuid in then
    )


def came_back(back: BroughtBack, titles: Mapping[str, str]) -> str:
    """Return what was brought back, as sentences; "" for nothing."""
    started = [titles.get(name, name) for name in back.started]
    return joined(
        (
            say_number("{names} is started.", "{names} are started.", len(started), names=enumerated(started))
            if started
            else "",
            *(say("{model} is loaded.", model=model) for model in back.loaded),
        )
    )


def _size(count: int) -> str:
    """Return bytes of memory for people, as drivers and the machine's page count them: "1.2 GB", "340 MB"."""
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
