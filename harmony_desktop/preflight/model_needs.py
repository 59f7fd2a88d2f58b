"""How much memory the chosen models take, about: a table of the speech models, and the text model's own size. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_MB, _GB = 10**6, 10**9
#: What a FasterWhisper model takes, by a word of its name.
_WHISPER = (("large", 6 * _GB), ("medium", 4 * _GB), ("small", 2 * _GB), ("base", _GB), ("tiny", _GB))
_PER_LANGUAGE = 512 * _MB
#: What a language model takes beyond its file: the context's cache and buffers.
_CONTEXT = 1.2


@dataclass(frozen=True, slots=True)
class Need:
    """Memory that a group of models takes, in bytes, and whether it is the card's."""

    what: str
    size: int
    on_card: bool


def speech_needs(configs: Iterable[object]) -> tuple[Need, ...]:
    """Return what the models of a ``model_configs`` take together; each family's parts count once."""
    needs: dict[str, Need] = {}
    for config in configs:
        if not isinstance(config, dict):
            continue
        kind, name = str(config.get("model_type") or ""), str(config.get("name") or "")
        device = config.get("device_config")
        on_card = isinstance(device, dict) and str(device.get("device")).startswith("cuda")
        family, size = _family(kind, name, config)
        if family:
            needs.setdefault(family, Need(family, size, on_card))
    return tuple(needs.values())


def _family(kind: str, name: str, config: Mapping[str, Any]) -> tuple[str, int]:
    if kind.startswith("HarmonySpeech"):
        return "Harmony Speech V1", _GB
    if kind == "FasterWhisper":
        words = f"{name} {config.get('model') or ''}".lower()
        return name, next((size for word, size in _WHISPER if word in words), _GB)
    language = str(config.get("language") or "")
    if kind == "OpenVoiceV1Synthesizer":
        return f"OpenVoice V1 {language}".strip(), _PER_LANGUAGE
    if kind == "MeloTTSSynthesizer":
        return f"OpenVoice V2 {language}".strip(), _PER_LANGUAGE
    return "", 0


def model_of(flags: str) -> str:
    """Return the model that flags load at the start, or ""."""
    words: list[str] = []
    for line in flags.splitlines():
        try:
            words += shlex.split(line, comments=True)
        except ValueError:
            words += line.split()
    for index, word in enumerate(words):
        if word == "--model" and index + 1 < len(words):
            return words[index + 1]
        if match := re.fullmatch(r"--model=(.+)", word):
            return match[1]
    return ""


def text_need(name: str, file_size: int, *, on_card: bool) -> Need:
    """Return what a language model takes."""
    return Need(name, int(file_size * _CONTEXT), on_card)
