"""Whenever ``up`` is ended, the next one finishes: ended at each of its calls in turn, on a real engine."""

from __future__ import annotations

import asyncio
import json
import os
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
from harmony_desktop.stack.project import Project
from tests.control.scripted import scripted_tools
from tests.engine.cases import IMAGE

if TYPE_CHECKING:
    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab

#: Calls that change something; the others only look.
CHANGES = frozenset(
    {"create_network", "create_volume", "create_container", "start", "stop", "remove", "rename", "remove_network"}
)


class Quiet:
    """A reporter that keeps nothing but warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def planned(self, total: int) -> None: ...
    def began(self, step: Step) -> None: ...
    def ended(self, step: Step, error: HarmonyError | None) -> None: ...
    def pulling(self, progress: PullProgress) -> None: ...
    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class Interrupting:
    """An engine whose user loses patience at a certain change.

    Args:
        engine: The real one.
        number: At which change, counted from 1.
        before: Whether at its beginning (the call is under way when everything ends), else right after its end.
    """

    def __init__(self, engine: Engine, number: int, *, before: bool) -> None:
        self._engine = engine
        self._number = number
        self._before = before
        self.changes = 0
        #: What its user ends.
        self.running: asyncio.Task[Quiet] | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._engine, name)
        if name not in CHANGES:
            return found

        async def watched(*args: object, **options: object) -> object:
            self.changes += 1
            now = self.changes == self._number
            if now and self._before:
                asyncio.get_running_loop().call_soon(self._interrupt)
            answer = await found(*args, **options)
            if now:
                self._interrupt()
                await asyncio.sleep(0)  # cancellation arrives at the next wait
            return answer

        return watched

    def _interrupt(self) -> None:
        assert self.running is not None
        self.running.cancel()


def project_in(folder: Path, version: str, *, network: str = "one") -> Project:
    """Two services, one of which needs the other; another version means that both are made anew."""
    services = {
        "front": {"image": IMAGE, "environment": {"VERSION": version}, "depends_on": ["back"]},
        "back": {"image": IMAGE, "environment": {"VERSION": version}, "volumes": ["kept:/kept"]},
    }
    folder.mkdir(exist_ok=True)
    written = {
        "name": "interrupted",
        "services": services,
        "volumes": {"kept": {}},
        "networks": {"default": {"labels": {"version": network}}},
    }
    (folder / "compose.yaml").write_text(json.dumps(written))
    return load_project(project_directory=folder, environ={}, cwd=folder)


async def up(engine: Engine, project: Project) -> Quiet:
    reporter = Quiet()
    await Operations(engine, project, reporter, replace(scripted_tools(), clock=SystemClock())).up(UpOptions())
    return reporter


def outcome(lab: Lab) -> dict[str, tuple[str, str, str]]:
    """What there is of the project: names, states, and the labels that tell which version it is."""
    found = {}
    for item in lab.api.containers(label=["com.docker.compose.project=interrupted"]):
        labels = item["Labels"]
        [name] = item["Names"]
        found[name] = (item["State"], labels["com.docker.compose.config-hash"], labels["com.docker.compose.service"])
    return found


def _before(moment: str, number: int) -> bool:
    return moment == "under way" or (moment == "in turn" and number % 2 == 1)


#: What is begun, and at which moment of its calls it is ended. All of it takes three minutes: `make storm` does it.
WAYS = [("made anew", "in turn")]
if os.environ.get("HARMONY_STORM"):
    WAYS = [
        (what, moment) for what in ("first start", "made anew", "network made anew") for moment in ("under way", "done")
    ]


@pytest.mark.parametrize(("what", "moment"), WAYS)
async def test_the_next_up_finishes(clean_engine: Lab, engine: Engine, tmp_path: Path, what: str, moment: str) -> None:
    folder = tmp_path / "stack"
    old_network = "zero" if what == "network made anew" else "one"
    number, ended = 0, False
    while not ended:
        number += 1
        if what != "first start":
            await up(engine, project_in(folder, "old", network=old_network))
        project = project_in(folder, f"new-{number}")
        impatient = Interrupting(engine, number, before=_before(moment, number))
        running = asyncio.create_task(up(cast("Engine", impatient), project))
        impatient.running = running
        await asyncio.wait({running})
        ended = not running.cancelled()
        if ended:
            running.result()
            assert number > impatient.changes
        else:
            assert impatient.changes >= number
        reporter = await up(engine, project)
        assert outcome(clean_engine) == {
            f"/interrupted-{name}-1": ("running", project.services[name].config_hash, name)
            for name in ("front", "back")
        }, f"after an end at change {number}"
        assert not reporter.warnings
        if what == "first start":
            down = Operations(engine, project, Quiet(), replace(scripted_tools(), clock=SystemClock()))
            await down.down(volumes=True)
