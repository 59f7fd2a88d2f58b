"""Whether the chosen models fit into the memory of the engine and of the card."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.plan.sources import binds
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.gpu_profile import asks_for_card
from harmony_desktop.preflight.model_needs import Need, model_of, speech_needs, text_need
from harmony_desktop.preflight.parsed import speech_models
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


class ModelsMemory:
    """The speech models of the configuration and the text model of the flags, as if all were loaded at once."""

    id = "memory.models"
    title = say("Memory for the models")
    group = Group.ROOM
    quick = False

    async def run(self, world: World) -> Finding:
        """Add up, and compare."""
        project, info = world.loaded_project(), world.answering()
        needs = [*speech_needs(speech_models(world)), *await asyncio.to_thread(lambda: list(_text(world, project)))]
        base = sum(service.presentation.memory for service in project.services.values())
        on_engine = base + sum(need.size for need in needs if not need.on_card)
        on_card = sum(need.size for need in needs if need.on_card)
        gpus = world.look.gpus.gpus if world.look else ()
        card = max((gpu.memory for gpu in gpus), default=0)
        causes = []
        if info.memory and on_engine > info.memory:
            causes.append(_cause(say("Docker"), on_engine, info.memory))
        if on_card and card and on_card > card:
            causes.append(_cause(say("the graphics card"), on_card, card))
        if not causes:
            return ok(self, say("All together take about {size} GB.", size=f"{(on_engine + on_card) / 1e9:.1f}"))
        largest = sorted(needs, key=lambda need: -need.size)[:3]
        names = ", ".join(f"{need.what} ({need.size / 1e9:.1f} GB)" for need in largest)
        advice = say(
            "Take large ones away that you do not need, or choose smaller ones. The largest: {names}.", names=names
        )
        return hint(self, lines(causes), advice)


def _cause(what: str, needed: int, there: int) -> str:
    return say(
        "All models together need about {needed} GB of {what}, which has {there} GB; models load when they are first "
        "used.",
        needed=f"{needed / 1e9:.1f}",
        what=what,
        there=f"{there / 1e9:.1f}",
    )


def _text(world: World, project: Project) -> Iterator[Need]:
    for flags in world.texts_of(Kind.FLAGS):
        name = model_of(flags.text)
        folder = next((folder for service, folder in _model_folders(project) if service in flags.services), None)
        if not name or folder is None:
            continue
        size = _size(folder / name)
        if size:
            yield text_need(name, size, on_card=asks_for_card(project))


def _model_folders(project: Project) -> Iterator[tuple[str, Path]]:
    for service, mount in binds(project):
        if PurePosixPath(mount.target).name == "models":
            yield service.name, Path(mount.source)


def _size(path: Path) -> int:
    """Return the bytes of a model: a file, or a folder of files; 0 where it is not there."""
    try:
        if path.is_file():
            return path.stat().st_size
        return sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    except OSError:
        return 0
