"""Progress on stderr, one line for each thing that happened."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TextIO

from harmony_desktop.control.ports import PullProgress
from harmony_desktop.plan.steps import Action, Step
from harmony_desktop.stack.errors import HarmonyError

_DONE = {
    Action.PULL: "Pulled",
    Action.TAG: "Returned to the earlier version of",
    Action.CREATE_NETWORK: "Created network",
    Action.REMOVE_NETWORK: "Removed network",
    Action.CREATE_VOLUME: "Created volume",
    Action.REMOVE_VOLUME: "Removed volume",
    Action.CREATE: "Created",
    Action.START: "Started",
    Action.UNPAUSE: "Unpaused",
    Action.STOP: "Stopped",
    Action.RESTART: "Restarted",
    Action.REMOVE: "Removed",
    Action.WAIT: "Waited for",
}
#: Seconds between two lines about the same download where lines cannot be written over.
_PULL_PERIOD = 5.0


@dataclass(slots=True)
class ConsoleReporter:
    """Tells of each step as it ends.

    Args:
        stream: Where to.
        verbose: Also tell why, and how long it took.
    """

    stream: TextIO
    verbose: bool = False
    _began: dict[str, float] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)
    _line_open: bool = False

    def planned(self, total: int) -> None:
        """See Reporter."""

    def began(self, step: Step) -> None:
        """See Reporter."""
        self._began[step.id] = time.monotonic()
        if step.action is Action.PULL:
            self.say(f"Pulling {step.target} ({step.cause})")

    def ended(self, step: Step, error: HarmonyError | None) -> None:
        """See Reporter."""
        if error is not None:
            if step.required:
                self.say(f"Failed  {step}: {error.title}")
            return
        verb = _DONE.get(step.action)
        if verb is None:
            return
        seconds = time.monotonic() - self._began[step.id]
        why = f"  ({step.cause}, {seconds:.1f} s)" if self.verbose else ""
        self.say(f"{verb}  {step.target}{why}")

    def pulling(self, progress: PullProgress) -> None:
        """See Reporter."""
        now = time.monotonic()
        text = _describe(progress)
        if self.stream.isatty():
            self.stream.write(f"\r\033[2K{text}")
            self.stream.flush()
            self._line_open = True
        elif now - self._told.get(progress.image, self._began.get(f"pull {progress.image}", now)) >= _PULL_PERIOD:
            self._told[progress.image] = now
            self.say(text)

    def warn(self, text: str) -> None:
        """See Reporter."""
        self.say(f"Warning: {text}")

    def note(self, text: str) -> None:
        """See Reporter."""
        self.say(text)

    def say(self, text: str) -> None:
        """Write one line."""
        if self._line_open:
            self.stream.write("\r\033[2K")
            self._line_open = False
        self.stream.write(f"{text}\n")
        self.stream.flush()


def _describe(progress: PullProgress) -> str:
    layers = f", {progress.layers_done} of {progress.layers} layers" if progress.layers else ""
    size = f"{megabytes(progress.current)} of {megabytes(progress.total)}" if progress.total else progress.status
    return f"Pulling {progress.image}: {size}{layers}"


def megabytes(count: int) -> str:
    """Return a number of bytes for people, in powers of ten as registries count."""
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
