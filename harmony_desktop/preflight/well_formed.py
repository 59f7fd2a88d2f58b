"""Whether the services' JSON and YAML can be read at all, with the place where it goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import fail, lines, ok
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.source import Source
from harmony_desktop.stack.words import joined, say

_ADVICE = say("Correct it there, or take the file that ships: the one of a fresh stack folder.")


class WellFormedJson:
    """JSON files that services get."""

    id = "files.json"
    title = say("JSON files")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Read each of them."""
        wrong = list(_wrong_json(world))
        if wrong:
            return fail(self, lines(wrong), _ADVICE)
        return ok(self, say("All {count} of them.", count=len(list(world.texts_of(Kind.JSON)))))


class WellFormedYaml:
    """YAML files that services get; the compose files are the business of stack.files."""

    id = "files.yaml"
    title = say("YAML files")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Read each of them."""
        wrong = list(_wrong_yaml(world))
        if wrong:
            return fail(self, lines(wrong), _ADVICE)
        return ok(self, say("All {count} of them.", count=len(list(world.texts_of(Kind.YAML)))))


def _wrong_json(world: World) -> Iterator[str]:
    for file in world.texts_of(Kind.JSON):
        try:
            json.loads(file.text)
        except json.JSONDecodeError as error:
            place = f"{file.path}:{error.lineno}:{error.colno}"
            yield say("{place}: {problem}.", place=place, problem=error.msg)


def _wrong_yaml(world: World) -> Iterator[str]:
    for file in world.texts_of(Kind.YAML):
        try:
            Source(file.path, file.content).documents()
        except ComposeError as error:
            place = error.location or file.path
            yield joined((say("{place}: {problem}.", place=place, problem=error.title), error.cause))
