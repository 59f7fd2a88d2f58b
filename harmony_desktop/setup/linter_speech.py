"""What the speech engine's configuration says about the machine it gets, and about itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.findings import Correction, Finding, Place, Replacement, Severity
from harmony_desktop.setup.speech_config import SpeechConfig, SpeechModel
from harmony_desktop.setup.speech_sizes import need_of
from harmony_desktop.stack.project import Service
from harmony_desktop.stack.words import say
from harmony_desktop.stack.yaml_places import Scalar

_SIZES = ("tiny", "base", "small", "medium", "large")


def lint_speech(service: Service, path: Path, config: SpeechConfig) -> Iterator[Finding]:
    """Yield what is wrong with a configuration.

    Args:
        service: The service that mounts it.
        path: Where it is.
        config: What it says.
    """
    models = config.models()
    yield from _devices(service, path, config, models)
    seen: set[str] = set()
    for model in models:
        place = config.place(model.index, "name")
        if place is not None and model.name in seen:
            yield _at(path, config, place).finding(
                Severity.WARNING,
                say("A second model has the name {name}: only one of them can be asked for.", name=model.name),
            )
        seen.add(model.name)
    learner = next(
        (m for m in models if "openvoice" in m.model_type.casefold() and m.model_type.endswith("Encoder")), None
    )
    if learner is not None and not any(model.transcribes for model in models):
        place = config.place(learner.index, "name")
        if place is not None:
            yield _at(path, config, place).finding(
                Severity.HINT, say("OpenVoice learns a voice with the help of a Whisper model, and none is on.")
            )


def substitute(wanted: str, offered: Sequence[SpeechModel], *, small: bool) -> str:
    """Return the model to name in the place of one that is not offered, or "".

    Args:
        wanted: The one that was named.
        offered: What there is.
        small: Whether a small one is better: for finding out whether somebody speaks at all.
    """
    models = [model for model in offered if model.transcribes and model.name]
    if not models:
        return ""
    same = next((model.name for model in models if model.name.casefold() == wanted.strip().casefold()), "")
    if same:
        return same
    by_need = sorted(models, key=lambda model: (need_of(model.model_type, model.model), _rank(model.name)))
    return by_need[0 if small else -1].name


def _rank(name: str) -> int:
    """Return how large a model is by its name, for those of which nothing else is known."""
    return next((index for index, word in enumerate(_SIZES) if word in name.casefold()), len(_SIZES) // 2)


def _devices(service: Service, path: Path, config: SpeechConfig, models: Sequence[SpeechModel]) -> Iterator[Finding]:
    """The device of each model is one that the service's container has."""
    has_card = bool(service.gpus) or service.spec.get("runtime") == "nvidia" or bool(service.spec.get("devices"))
    wrong = "cpu" if has_card else "cuda"
    right = "cuda" if has_card else "cpu"
    places = [
        place
        for model in models
        if model.device.partition(":")[0] == wrong
        and (place := config.place(model.index, "device_config", "device")) is not None
    ]
    if not places or (has_card and len(places) < len(models)):
        return  # some models on the processor beside a card are a choice
    if has_card:
        severity = Severity.HINT
        message = say("{title} has a graphics card, but all its models compute on the processor.", title=service.title)
    else:
        severity = Severity.ERROR
        message = say("{title} gets no graphics card in this profile: cuda cannot work.", title=service.title)
    changes = tuple(Replacement(place.start, place.end, right) for place in places)
    correction = Correction(say("Write {value} for all models", value=right), changes)
    yield replace(_at(path, config, places[0]).finding(severity, message), correction=correction)


def _at(path: Path, config: SpeechConfig, scalar: Scalar) -> Place:
    return Place(path, config.text, scalar.start, scalar.end)
