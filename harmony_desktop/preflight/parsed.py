"""What the services' settings say, read leniently: a file that is not well-formed says nothing here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harmony_desktop.preflight.texts import Kind, TextFile
from harmony_desktop.preflight.world import World
from harmony_desktop.stack import dotenv
from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.source import Source


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
