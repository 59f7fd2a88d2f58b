"""Recorded states of services in trouble: loops, and troubles that began elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harmony_desktop.control.state import ServiceState, Stage

#: Makes a service of the stack in a stage: name, stage, reason, seconds ago, and fields of ServiceState.
Make = Callable[..., ServiceState]

LINK, TEXT, SPEECH, SPEECH_UI = (
    "harmony-link",
    "text-generation-webui-harmonyai",
    "harmonyspeech-engine",
    "harmonyspeech-ui",
)
_LESS = "Choose a smaller model or a shorter context, or close what else uses the card."
_OOM = "the graphics card ran out of memory: 2.32 GiB more were needed"
_OOM_LINES = (
    "INFO model_loader.py:120] loading faster-whisper-large-v3-turbo",
    "    self.model = self.model.to(self.device)",
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.32 GiB.",
)


def root_cause(make: Make) -> tuple[ServiceState, ...]:
    """The speech engine failed, and with it those that cannot do without it."""
    told = f"it could not reach Speech Engine, which failed: {_OOM}"
    roots = (SPEECH,)
    lines = ('nginx: [emerg] host not found in upstream "harmonyspeech-engine" in /etc/nginx/conf.d/default.conf:12',)
    return (
        make(LINK, Stage.LIMITED, f"Speech Engine failed: {_OOM}", 40, roots=roots),
        make(SPEECH_UI, Stage.FAILED, told, 38, exit_code=1, roots=roots, evidence=lines, advice=_LESS),
        make(TEXT, Stage.READY, "Hermes 3 8B loaded", 3600),
        make(SPEECH, Stage.FAILED, _OOM, 40, exit_code=1, evidence=_OOM_LINES, advice=_LESS),
    )


def root_stopped(make: Make) -> tuple[ServiceState, ...]:
    """Somebody stopped the speech engine, and its page does not start without it."""
    told = "it could not reach Speech Engine, which is stopped"
    roots = (SPEECH,)
    return (
        make(LINK, Stage.LIMITED, "Speech Engine is stopped", 40, roots=roots),
        make(SPEECH_UI, Stage.FAILED, told, 38, exit_code=1, roots=roots),
        make(TEXT, Stage.READY, "Hermes 3 8B loaded", 3600),
        make(SPEECH, Stage.STOPPED, "", 40),
    )


def loop(make: Make) -> tuple[ServiceState, ...]:
    """The speech engine crashes again and again."""
    told = f"restarts in a loop: 4 times in 3 minutes ({_OOM})"
    limited = f"Speech Engine failed: {told}"
    # It runs, for as long as it does: the light stays red all the same.
    running = make(SPEECH, Stage.READY, "", 180)
    return (
        make(LINK, Stage.LIMITED, limited, 180, roots=(SPEECH,)),
        make(SPEECH_UI, Stage.LIMITED, limited, 180, roots=(SPEECH,)),
        make(TEXT, Stage.READY, "Hermes 3 8B loaded", 3600),
        replace(running, stage=Stage.FAILED, reason=told, evidence=_OOM_LINES, advice=_LESS),
    )
