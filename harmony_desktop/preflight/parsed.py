"""What the services' settings say, read leniently: a file that is not well-formed says nothing here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harmony_desktop.preflight.texts import Kind, TextFile
from harmony_desktop.preflight.world import World
from harmony_desktop.stack import dotenv
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.source import Source


def json_of(file: TextFile) -> Any:  # noqa: ANN401 - JSON
    """Return what a JSON file holds, None where it is none."""
    try:
        return json.loads(file.text)
    except ValueError:
        return None


def entities(world: World) -> Iterator[tuple[TextFile, Mapping[str, Any]]]:
    """Yield the settings of each character, with their file."""
    for file in world.texts_of(Kind.JSON):
        content = json_of(file)
        found = content.get("entities") if isinstance(content, dict) else None
        for entity in found.values() if isinstance(found, dict) else ():
            if isinstance(entity, dict):
                yield file, entity


def model_configs(world: World) -> Iterator[tuple[TextFile, list[Any]]]:
    """Yield the speech models of each configuration that offers some."""
    for file in world.texts_of(Kind.YAML):
        try:
            documents = Source(file.path, file.content).documents()
        except ComposeError:
            continue
        value: Any = documents[0].value if documents else None
        models = value.get("model_configs") if isinstance(value, dict) else None
        if isinstance(models, list):
            yield file, models


def speech_models(world: World) -> list[Any]:
    """Return the speech models of all configurations."""
    return [model for _, models in model_configs(world) for model in models]


def variables(world: World, file: TextFile) -> Mapping[str, str]:
    """Return an env file's variables as Compose reads them, none where it cannot be read."""
    try:
        return dotenv.parse(file.text, world.environ.get, file=str(file.path))
    except ComposeError:
        return {}
