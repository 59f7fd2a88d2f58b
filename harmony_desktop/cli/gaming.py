"""``gaming``: hand the graphics card to a game, and bring everything back as it was."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping

from harmony_desktop.cli.environment import Environment
from harmony_desktop.cli.session import Session, operate
from harmony_desktop.control.gaming import BroughtBack, GamingRecord, Reading, freed
from harmony_desktop.control.gaming_words import came_back, deeds, measured, summary


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=("on", "off", "status"),
        default="status",
        help="on: unload the text model, stop what cannot unload; off: bring all back; status: tell (default)",
    )
    parser.add_argument("--forget", action="store_true", help="with off: leave everything as it is now")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print the result")


async def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Turn gaming mode on or off, or tell of it."""
    async with operate(arguments, environment) as session:
        back: BroughtBack | None = None
        if arguments.action == "on":
            record = await session.operations.free()
        elif arguments.action == "off" and arguments.forget:
            await session.operations.gaming.forget()
            record = None
        elif arguments.action == "off":
            back = await session.operations.bring_back()
            record = await session.operations.gaming.record()
        else:
            record = await session.operations.gaming.record()
        if arguments.format == "json":
            told = _as_json(record) | (_back_as_json(back) if back is not None else {})
            environment.out.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        else:
            _print(arguments.action, record, back, environment, session)
    return 0


def _print(
    action: str, record: GamingRecord | None, back: BroughtBack | None, environment: Environment, session: Session
) -> None:
    titles: Mapping[str, str] = {service.name: service.title for service in session.project.services.values()}
    if back is not None:
        for line in (came_back(back, titles), *back.left):
            if line:
                session.reporter.say(line)
        environment.out.write("Gaming mode is off.\n")
        return
    if record is None:
        environment.out.write(
            "Nothing of Harmony holds what a game could want. Gaming mode stays off.\n"
            if action == "on"
            else "Gaming mode is off.\n"
        )
        return
    lines = [
        "Gaming mode is on.",
        summary(record),
        deeds(record, titles),
        measured(record),
        "Bring it back: harmony-desktop gaming off",
    ]
    environment.out.write("".join(f"{line}\n" for line in lines if line))


def _as_json(record: GamingRecord | None) -> dict[str, object]:
    if record is None:
        return {"on": False}
    return {
        "on": True,
        "complete": record.whole,
        "since": record.since.isoformat(timespec="seconds"),
        "frees": "graphics card" if record.card else "memory",
        "stopped": list(record.stopped_services),
        "unloaded": [
            {"service": each.service, "model": each.model, "arguments": dict(each.arguments)}
            for each in record.unloaded
        ],
        "freed_bytes": freed(record),
        "before": _reading(record.before),
        "after": _reading(record.after),
    }


def _reading(reading: Reading | None) -> dict[str, object] | None:
    if reading is None:
        return None
    cards = [{"uuid": card.uuid, "name": card.name, "used": card.used} for card in reading.cards]
    return {"cards": cards, "memory_used": reading.memory}


def _back_as_json(back: BroughtBack) -> dict[str, object]:
    return {"was_on": back.was_on, "started": list(back.started), "loaded": list(back.loaded), "left": list(back.left)}
