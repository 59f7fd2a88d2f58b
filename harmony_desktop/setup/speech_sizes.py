"""What speech models need of memory: a table (``resources/speech-models.json``), and sums over it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import field
from functools import cache

from harmony_desktop import assets
from harmony_desktop.records import dataclass
from harmony_desktop.setup.speech_config import SpeechModel

_MIB = 1024**2


@dataclass(frozen=True, slots=True)
class Family:
    """Models that belong together.

    Attributes:
        id: Its name in the program.
        title: Its name for people.
        text: What it is good for.
        types: The kinds of models (``model_type``) that it consists of.
        memory: Bytes that it needs, about: as a whole, a language, or a model.
        per: What the memory is for: "family", "language" or "model".
        models: Bytes of single models, by what is loaded.
    """

    id: str
    title: str
    text: str
    types: tuple[str, ...]
    memory: int
    per: str
    models: dict[str, int] = field(default_factory=dict)


@cache
def families() -> tuple[Family, ...]:
    """Return all families that are known."""
    table = json.loads((assets.resources_dir() / "speech-models.json").read_text(encoding="utf-8"))
    return tuple(
        Family(
            entry["id"],
            entry["title"],
            entry["text"],
            tuple(entry["types"]),
            entry["memory_mb"] * _MIB,
            entry["per"],
            {name: size * _MIB for name, size in entry.get("models", {}).items()},
        )
        for entry in table["families"]
    )


def family_of(model_type: str) -> Family | None:
    """Return the family of a kind of model, or None."""
    return next((family for family in families() if model_type in family.types), None)


def need_of(model_type: str, model: str) -> int:
    """Return what one model needs by itself in bytes, about; 0 where it is not known."""
    family = family_of(model_type)
    return 0 if family is None else family.models.get(model, family.memory)


def need_of_all(models: Iterable[SpeechModel]) -> int:
    """Return what models need together in bytes, about: parts of a family, or of a language, count once."""
    needs: dict[tuple[str, str], int] = {}
    for model in models:
        family = family_of(model.model_type)
        if family is None:
            continue
        if family.per == "model":
            needs[family.id, model.model] = family.models.get(model.model, family.memory)
        elif family.per == "family":
            needs[family.id, ""] = family.memory
        elif model.language:
            needs[family.id, model.language] = family.memory
    return sum(needs.values())
