"""Turns an operation's steps into the words and numbers that the window shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import field, replace
from datetime import UTC, datetime

from harmony_desktop.control.ports import PullProgress
from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.control.transfer import DownloadMeter, Pace
from harmony_desktop.plan.steps import Action, Step
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say, say_number

#: Seconds between two pictures of a download: the engine reports hundreds of times a second.
PULL_PERIOD = 0.2
#: Seconds between two pictures while nothing comes: the speed sinks.
_IDLE_PERIOD = 1.0

_DOING: dict[Action, Callable[[str], str]] = {
    Action.CREATE: lambda service: say("Preparing {service}", service=service),
    Action.START: lambda service: say("Starting {service}", service=service),
    Action.UNPAUSE: lambda service: say("Waking {service}", service=service),
    Action.STOP: lambda service: say("Stopping {service}", service=service),
    Action.RESTART: lambda service: say("Restarting {service}", service=service),
    Action.REMOVE: lambda service: say("Removing {service}", service=service),
    Action.RENAME: lambda service: say("Preparing {service}", service=service),
    Action.WAIT: lambda service: say("Waiting for {service}", service=service),
    Action.PULL: lambda service: say("Downloading {service}", service=service),
    Action.TAG: lambda service: say("Returning to the earlier version of {service}", service=service),
}


@dataclass(slots=True)
class ProgressReporter:
    """A reporter that keeps an ``Operation`` up to date.

    Args:
        project: For the titles of services.
        kind: What was asked.
        services: What it is about.
        show: Is given each new picture; on the loop's thread.
    """

    project: Project
    kind: OperationKind
    services: tuple[str, ...]
    show: Callable[[Operation], None]
    warnings: list[str] = field(default_factory=list)
    _operation: Operation = field(init=False)
    _meter: DownloadMeter = field(default_factory=DownloadMeter)
    _flush: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._operation = Operation(self.kind, services=self.services, started_at=datetime.now(UTC))
        self.show(self._operation)

    @property
    def operation(self) -> Operation:
        """The newest picture."""
        return self._operation

    def planned(self, total: int) -> None:
        """See Reporter."""
        self._meter.clear()
        self._update(replace(self._operation, text="", done=0, total=total, pulls=(), pace=Pace()))

    def began(self, step: Step) -> None:
        """See Reporter."""
        if step.action is Action.PULL:
            self._meter.expect(step.target)
        self._update(self._with_pulls(replace(self._operation, text=self._words(step))))

    def ended(self, step: Step, error: HarmonyError | None) -> None:
        """See Reporter."""
        if step.action is Action.PULL:
            self._meter.end(step.target, well=error is None)
        self._update(self._with_pulls(replace(self._operation, done=self._operation.done + 1)))

    def pulling(self, progress: PullProgress) -> None:
        """See Reporter."""
        self._meter.take(time.monotonic(), progress)
        self._show_soon(PULL_PERIOD)

    def warn(self, text: str) -> None:
        """See Reporter."""
        self.warnings.append(text)
        self._update(replace(self._operation, warnings=tuple(self.warnings)))

    def note(self, text: str) -> None:
        """See Reporter."""
        self._update(replace(self._operation, text=text))

    def cancelling(self) -> None:
        """The user has asked for its end."""
        self._update(replace(self._operation, cancelling=True))

    def finish(self) -> None:
        """It has ended; nothing is shown any more."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None

    def _show_soon(self, seconds: float) -> None:
        """Show the downloads once more after a while, unless that is going to happen sooner."""
        loop = asyncio.get_running_loop()
        if self._flush is not None:
            if self._flush.when() <= loop.time() + seconds:
                return
            self._flush.cancel()
        self._flush = loop.call_later(seconds, self._show_pulls)

    def _show_pulls(self) -> None:
        self._flush = None
        self._update(self._with_pulls(self._operation))
        if self._meter.active:
            self._show_soon(_IDLE_PERIOD)

    def _with_pulls(self, operation: Operation) -> Operation:
        now = time.monotonic()
        return replace(operation, pulls=self._meter.downloads(now), pace=self._meter.pace(now))

    def _update(self, operation: Operation) -> None:
        self._operation = operation
        self.show(operation)

    def _words(self, step: Step) -> str:
        if step.action is Action.PULL and self._meter.active > 1:
            return say_number("Downloading {n} image", "Downloading {n} images", self._meter.active)
        doing = _DOING.get(step.action)
        service = self.project.services.get(step.service)
        if doing is None or service is None:
            return say("Preparing the network") if "network" in step.action else say("Preparing")
        return doing(service.title)
