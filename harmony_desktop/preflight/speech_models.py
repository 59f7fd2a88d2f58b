"""Whether the transcription models that characters ask for are offered by the speech engine's settings (trap 6)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import ReplaceValue
from harmony_desktop.preflight.check import fail, lines, ok, repair
from harmony_desktop.preflight.parsed import entities, model_configs
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_KEYS = ("model", "vadmodel")
_SIZES = ("tiny", "base", "small", "medium", "large")


class SpeechModels:
    """``stt.harmony.model`` and ``vadmodel`` of each character, against ``model_configs`` of the profile in use."""

    id = "settings.speech-models"
    title = say("Speech models")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare the names."""
        configs = list(model_configs(world))
        if not configs:
            return ok(self, say("No settings of a speech engine are mounted."))
        offered = [m for _, models in configs for m in models if isinstance(m, dict) and m.get("name")]
        names = {str(model["name"]) for model in offered}
        whisper = [str(model["name"]) for model in offered if model.get("model_type") == "FasterWhisper"]
        wrong = dict.fromkeys(item for item in _asked(world) if item[2] not in names)
        if not wrong:
            return ok(self, say("All of them are offered."))
        where = ", ".join(world.name_of(file.path) for file, _ in configs)
        causes = [
            say(
                "{file} asks for {model}, which {config} does not offer.",
                file=world.name_of(file),
                model=model,
                config=where,
            )
            for file, _, model in wrong
        ]
        wishes = [
            ReplaceValue(file, key, model, _nearest(whisper, largest=key == "model"))
            for file, key, model in wrong
            if whisper
        ]
        label = say("Ask for {models} instead", models=", ".join(dict.fromkeys(wish.new for wish in wishes)))
        advice = say(
            "Name one of these: {names}. Or add it to {config}.", names=", ".join(whisper) or "-", config=where
        )
        return fail(self, lines(causes), advice, repair(self, label, wishes))


def _asked(world: World) -> Iterator[tuple[Path, str, str]]:
    """Yield file, key and name of each model that a character asks for."""
    for file, entity in entities(world):
        stt = entity.get("stt")
        harmony = stt.get("harmony") if isinstance(stt, dict) and stt.get("module") == "harmony" else None
        if not isinstance(harmony, dict):
            continue
        for key in _KEYS:
            name = harmony.get(key)
            if isinstance(name, str) and name:
                yield file.path, key, name


def _nearest(names: list[str], *, largest: bool) -> str:
    """Return the most able model for transcription, the quickest one for finding out whether somebody speaks."""

    def size(name: str) -> int:
        return next((index for index, word in enumerate(_SIZES) if word in name), len(_SIZES) // 2)

    return max(names, key=size) if largest else min(names, key=size)
