"""Speech models as a choice for people: grouped by family and language, with what each takes of the memory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from harmony_desktop.records import dataclass
from harmony_desktop.setup.speech_config import SpeechConfig, SpeechModel, switched
from harmony_desktop.setup.speech_sizes import Family, family_of, need_of
from harmony_desktop.stack.words import Words, say

if TYPE_CHECKING:
    from harmony_desktop.control.proof import Voice
    from harmony_desktop.control.wizard import SpeechOption

#: Kinds of models that speak by themselves; the others need a sample of a voice.
_SPEAKING = frozenset({"OpenVoiceV1Synthesizer", "MeloTTSSynthesizer", "KittenTTSSynthesizer"})
_LANGUAGES = {
    "EN": say("English"),
    "ZH": say("Chinese"),
    "ES": say("Spanish"),
    "FR": say("French"),
    "JP": say("Japanese"),
    "KR": say("Korean"),
}


_CARD = re.compile(r"cuda(?::(\d{1,3}))?", re.ASCII)


@dataclass(slots=True)
class _Group:
    family: Family
    language: str
    model: str
    names: list[str]
    devices: list[str]
    on: bool


def options(text: str, used: frozenset[str] = frozenset()) -> tuple[SpeechOption, ...]:
    """Return the groups of a configuration.

    Args:
        text: The configuration.
        used: Names of models that Harmony Link asks for.

    Raises:
        YamlEditError: It is not YAML.
    """
    from harmony_desktop.control.wizard import SpeechOption  # noqa: PLC0415 - a start that reckons memory does without

    return tuple(
        SpeechOption(
            name,
            group_title(group.family, group.language, group.model),
            group.family.text,
            need_of(group.family.types[0], group.model),
            group.on,
            say("Harmony Link listens with it") if used & set(group.names) else "",
            card_of(group.devices),
        )
        for name, group in _groups(text).items()
    )


def switch(text: str, wanted: Mapping[str, bool]) -> str:
    """Return the configuration with groups switched on and off; everything else in it stays.

    What all languages of a family share is on as long as one of them is.

    Raises:
        YamlEditError: It cannot be done.
    """
    groups = _groups(text)
    for name, on in wanted.items():
        for member in groups[name].names if name in groups else ():
            text = switched(text, member, on=on)
    config = SpeechConfig(text)
    for model in (*config.models(), *config.switched_off()):
        family = family_of(model.model_type)
        if family is None or family.per != "language" or model.language:
            continue
        if any(group.family.id == family.id for group in groups.values()):
            speaking = any(m.language and family_of(m.model_type) is family for m in SpeechConfig(text).models())
            text = switched(text, model.name, on=speaking)
    return text


def voices(text: str) -> tuple[Voice, ...]:
    """Return what can speak without a sample of a voice. Raises YamlEditError."""
    from harmony_desktop.control.proof import Voice  # noqa: PLC0415 - as above

    config = SpeechConfig(text)
    return tuple(
        Voice(model.name, model.language, config.document.value("model_configs", model.index, "voices", 0))
        for model in config.models()
        if model.model_type in _SPEAKING
    )


def used_models(config: bytes) -> frozenset[str]:
    """Return the names of speech models that Harmony Link's ``config.json`` asks for."""
    try:
        return frozenset(_named(json.loads(config)))
    except (ValueError, RecursionError):
        return frozenset()


def _named(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in {"model", "vadmodel"} and isinstance(inner, str) and inner:
                yield inner
            else:
                yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _groups(text: str) -> dict[str, _Group]:
    config = SpeechConfig(text)
    found: dict[str, _Group] = {}
    for model, on in (*((m, True) for m in config.models()), *((m, False) for m in config.switched_off())):
        family = family_of(model.model_type)
        if family is None or (family.per == "language" and not model.language):
            continue
        name = group_id(family, model)
        group = found.setdefault(name, _Group(family, model.language, model.model, [], [], on=False))
        group.devices.append(model.device)
        if model.name not in group.names:
            group.names.append(model.name)
        group.on = group.on or on
    return dict(sorted(found.items(), key=lambda item: _FAMILY_ORDER.get(item[1].family.id, 99)))


_FAMILY_ORDER = {"harmony-speech-v1": 0, "openvoice-v2": 1, "openvoice-v1": 2, "faster-whisper": 3}


def group_id(family: Family, model: SpeechModel) -> str:
    """Return the name in the program of the group that a model counts with."""
    if family.per == "family":
        return family.id
    return f"{family.id}:{model.language if family.per == 'language' else model.model}"


def group_title(family: Family, language: str, model: str) -> Words:
    """Return a group's name for people."""
    if family.per == "family":
        return say("{family}", family=family.title)
    if family.per == "language":
        return say("{family}, {language}", family=family.title, language=_LANGUAGES.get(language.upper(), language))
    return say("{family} {model}", family=family.title, model=model)


def card_of(devices: Iterable[str]) -> int | None:
    """Return the graphics card of models that count together: the first that one of them names; None for none."""
    found = [int(match[1] or 0) for device in devices if (match := _CARD.fullmatch(device.strip().lower()))]
    return min(found, default=None)
