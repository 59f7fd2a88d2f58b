"""Adjustments and held ports as the gallery shows them: nothing is read, and nothing is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.adjust_desk import AdjustState
from harmony_desktop.control.adjustments import Adjustment, EngineSize, FileChange, Preview
from harmony_desktop.control.remedies import Remedy
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store

_ROOT = Path("/home/you/Harmony")
_GIB = 1024**3
_ENV = """\
# Which hardware: docker-compose.yml (processor) or docker-compose.nvidia.yml (NVIDIA graphics card).
# Files of your own that change or add something go behind it, with a : between (on Windows a ;).
COMPOSE_FILE=docker-compose.yml{}

# Who may reach the services: 127.0.0.1 is this computer alone, 0.0.0.0 everybody on your network.
"""
_OVERRIDE = """\
# Adjustments of single services: limits, restart policies, numbers of containers.
services:
  harmonyspeech-engine:
    deploy:
      resources:
        limits:
          memory: 400m
    restart: unless-stopped
"""


def opened() -> AdjustState:
    """The form, with two values adjusted."""
    return AdjustState(
        service="harmonyspeech-engine",
        title="Speech Engine",
        current=Adjustment(memory=4 * _GIB, restart="on-failure:3"),
        base=Adjustment(0, 0.0, "on-failure:5", 1),
        size=EngineSize(cpus=8, memory=16 * _GIB),
        single="It is published on port 12080 of this computer, and only one container can have a port.",
    )


def previewed() -> AdjustState:
    """What would be written, with a warning."""
    changes = (
        FileChange(_ROOT / ".env", _ENV.format("").encode(), _ENV.format(":docker-compose.harmony.yml").encode()),
        FileChange(_ROOT / "docker-compose.harmony.yml", None, _OVERRIDE.encode()),
    )
    warning = "Speech Engine needs 500m at least, and its models on top: with 400m it will be ended for want of memory."
    preview = Preview(_ROOT, "harmonyspeech-engine", changes, ("Speech Engine will be made anew.",))
    return replace(opened(), preview=preview, warnings=(warning,))


def port_held() -> Problem:
    """A start that found two ports in use, and what is offered for them."""
    remedy = Remedy(
        "use-free-ports",
        "Use 2 free ports instead",
        "“Use 2 free ports instead” does so, and starts again. Before: HARMONY_TEXT_API_PORT=5000, "
        "HARMONY_SPEECH_UI_PORT=8080.",
        again=True,
    )
    cause = (
        "Text Generation publishes port 5000, which is held by AirPlay Receiver (process 612).\n"
        "Speech UI publishes port 8080, which is held by the container blog-web-1 of the project blog."
    )
    advice = (
        "AirPlay Receiver can be turned off in System Settings, General, AirDrop & Handoff.\n"
        "End what holds them, or write these lines into /home/you/Harmony/.env:\n"
        "HARMONY_TEXT_API_PORT=5001\nHARMONY_SPEECH_UI_PORT=8081"
    )
    return Problem("Ports 5000 and 8080 are in use", cause, advice, remedies=(remedy,))


class RecordedDesk:
    """Implements ``control.adjust_desk.Adjusting``.

    Args:
        calls: Where what is asked for is written down.
        shown: What it shows when it is opened.
    """

    def __init__(self, calls: list[tuple[object, ...]], shown: AdjustState | None) -> None:
        self._calls = calls
        self._shown = shown or opened()
        self._store = Store(AdjustState())

    @property
    def store(self) -> Store[AdjustState]:
        """What there is to show."""
        return self._store

    def open(self, service: str) -> None:
        """Show the recorded form."""
        self._calls.append(("adjust", service))
        self._store.set(self._shown)

    def preview(self, wanted: Adjustment) -> None:
        """Show the recorded preview."""
        self._calls.append(("preview", wanted))
        self._store.set(previewed())

    def look_again(self) -> None:
        """Show the form again."""
        self._store.set(opened())

    def apply(self, *, start: bool) -> None:
        """Write it down, and be done."""
        self._calls.append(("apply", start))
        self._store.set(replace(self._store.value, done=True))

    def close(self) -> None:
        """Forget it."""
        self._store.set(AdjustState())
