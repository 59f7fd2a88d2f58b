"""Progress on stderr: one line for each thing that happened, and on a terminal live lines for what is on its way."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import field
from typing import TextIO

from harmony_desktop.cli.download_lines import ENDED, image_line, live_lines
from harmony_desktop.control.ports import PullProgress
from harmony_desktop.control.transfer import DownloadMeter
from harmony_desktop.plan.steps import Action, Step
from harmony_desktop.records import dataclass
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
#: What lines about steps are made of, beside the names of containers.
STEP_WORDS = frozenset(word for words in (*_DONE.values(), "Running") for word in words.split())
#: Seconds between two lines about the same download where lines cannot be written over.
_PULL_PERIOD = 10.0
#: Seconds between two pictures of live lines.
_LIVE_PERIOD = 0.1
#: Seconds between two looks at downloads of which nothing is heard: their speed sinks.
_IDLE_PERIOD = 1.0


@dataclass(slots=True)
class ConsoleReporter:
    """Tells of each step as it ends.

    Args:
        stream: Where to.
        verbose: Also tell why, and how long it took.
        on_work: Called when a download or the start of a container begins.
    """

    stream: TextIO
    verbose: bool = False
    on_work: Callable[[], None] = lambda: None
    _began: dict[str, float] = field(default_factory=dict)
    _told: dict[str, float] = field(default_factory=dict)
    _meter: DownloadMeter = field(default_factory=DownloadMeter)
    _painted: float = 0.0
    _live: int = 0
    _idle: asyncio.TimerHandle | None = None

    def planned(self, total: int) -> None:
        """See Reporter."""
        self._meter.clear()

    def began(self, step: Step) -> None:
        """See Reporter."""
        self._began[step.id] = time.monotonic()
        if step.action in {Action.PULL, Action.START}:
            self.on_work()
        if step.action is Action.PULL:
            self._meter.expect(step.target)
            self.say(f"Pulling {step.target} ({step.cause})")

    def ended(self, step: Step, error: HarmonyError | None) -> None:
        """See Reporter."""
        if step.action is Action.PULL:
            self._meter.end(step.target, well=error is None)
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
        self._meter.take(now, progress)
        self._tell_downloads(now)

    def warn(self, text: str) -> None:
        """See Reporter."""
        self.say(f"Warning: {text}")

    def note(self, text: str) -> None:
        """See Reporter."""
        self.say(text)

    def say(self, text: str) -> None:
        """Write one line."""
        alive = bool(self._live)
        self._wipe()
        self.stream.write(f"{text}\n")
        if alive:
            self._paint(time.monotonic())
        self.stream.flush()

    def close(self) -> None:
        """Take the live lines away: an error message, or the shell's prompt, comes in their place."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        self._meter.clear()
        if self._live:
            self._wipe()
            self.stream.flush()

    def _tell_downloads(self, now: float) -> None:
        if self.stream.isatty():
            if now - self._painted >= _LIVE_PERIOD:
                self._painted = now
                self._paint(now)
        else:
            for download in self._meter.downloads(now):
                image = download.progress.image
                since = self._told.get(image, self._began.get(f"pull {image}", now))
                if download.phase not in ENDED and now - since >= _PULL_PERIOD:
                    self._told[image] = now
                    self.say(f"Pulling {image_line(download)}")
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(_IDLE_PERIOD, self._look_again)

    def _look_again(self) -> None:
        self._idle = None
        if self._meter.active:
            self._tell_downloads(time.monotonic())

    def _paint(self, now: float) -> None:
        """Write the live lines over the former ones."""
        width, height = self._terminal_size()
        lines = live_lines(self._meter.downloads(now), self._meter.pace(now), width, height)
        self._wipe()
        self.stream.write("".join(f"{line}\n" for line in lines))
        self.stream.flush()
        self._live = len(lines)

    def _terminal_size(self) -> tuple[int, int]:
        """Return columns and lines of the terminal behind the stream, not that of stdout, which may be a file."""
        try:
            size = os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):
            return 80, 24
        return size.columns or 80, size.lines or 24

    def _wipe(self) -> None:
        if self._live:
            self.stream.write(f"\033[{self._live}A\033[J")
            self._live = 0
