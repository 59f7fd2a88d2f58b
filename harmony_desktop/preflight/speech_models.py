"""Whether the transcription models that characters ask for are offered by the speech engine's settings (trap 6)."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.findings import Topic
from harmony_desktop.preflight.linted import tell
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say


class SpeechModels:
    """``stt.harmony.model`` and ``vadmodel`` of each character, against ``model_configs`` of the profile in use."""

    id = "settings.speech-models"
    title = say("Speech models")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Tell what the linter found of them."""
        return tell(self, world, Topic.SPEECH, say("All that are asked for are offered."))
