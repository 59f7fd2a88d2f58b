"""``depends_on`` with ``service_healthy`` on a real engine: by events, not by asking again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.operations import Operations
from harmony_desktop.control.ports import PullProgress
from harmony_desktop.plan.reconcile import UpOptions
from harmony_desktop.plan.steps import Step
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from tests.control.scripted import scripted_tools
from tests.engine.cases import IMAGE

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab

#: Healthy once it has been asked four times.
CHECK = "echo x >> /tmp/asked; test $$(wc -l < /tmp/asked) -gt 3"


class Counting:
    """An engine that counts how often it is asked what there is.

    Args:
        engine: The real one.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.looks = 0

    def __getattr__(self, name: str) -> Any:
        self.looks += name == "observe"
        return getattr(self._engine, name)


class Order:
    """A reporter that keeps the order in which steps ended."""

    def __init__(self) -> None:
        self.ended_steps: list[str] = []

    def planned(self, total: int) -> None: ...
    def began(self, step: Step) -> None: ...
    def pulling(self, progress: PullProgress) -> None: ...
    def note(self, text: str) -> None: ...
    def warn(self, text: str) -> None: ...

    def ended(self, step: Step, error: HarmonyError | None) -> None:
        assert error is None
        self.ended_steps.append(step.id)


@pytest.mark.both_engines
async def test_dependants_wait_for_health_by_events(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    healthy = {"condition": "service_healthy"}
    services = {
        "needed": {
            "image": IMAGE,
            "healthcheck": {"test": ["CMD-SHELL", CHECK], "interval": "500ms", "retries": 20},
        },
        "one": {"image": IMAGE, "depends_on": {"needed": healthy}},
        "two": {"image": IMAGE, "depends_on": {"needed": healthy}},
    }
    (tmp_path / "compose.yaml").write_text(json.dumps({"name": "healthy", "services": services}))
    project = load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)
    counting, order = Counting(engine), Order()
    tools = replace(scripted_tools(), clock=SystemClock())
    await Operations(cast("Engine", counting), project, order, tools).up(UpOptions())
    steps = order.ended_steps
    [waited] = [step for step in steps if step.startswith("wait for needed")]
    assert steps.index("start healthy-needed-1") < steps.index(waited)
    assert steps.index(waited) < min(steps.index("start healthy-one-1"), steps.index("start healthy-two-1"))
    # Two or three before the wait; its first look; one after the start's event, one after that of the health.
    assert counting.looks <= 7, "four checks of its health, each with three events, are no reason to look"
