"""Runs a plan's graph, as parallel as its dependencies allow. It decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Protocol

from harmony_desktop.control.clock import SystemClock
from harmony_desktop.control.fetching import Fetcher, Patience
from harmony_desktop.control.ports import (
    Clock,
    ConflictError,
    Engine,
    EngineError,
    EngineUnavailableError,
    NotFoundError,
    PullProgress,
)
from harmony_desktop.plan.observed import Observed
from harmony_desktop.plan.steps import Action, Plan, Step
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Condition, Project
from harmony_desktop.stack.words import capital, joined, say

#: Seconds that a removal which somebody else began may take, and seconds between two looks at it.
REMOVAL_LIMIT = 30.0
_REMOVAL_PERIOD = 0.1


class Reporter(Protocol):
    """Hears what goes on."""

    def planned(self, total: int) -> None:
        """So many steps are about to run."""

    def began(self, step: Step) -> None:
        """A step runs."""

    def ended(self, step: Step, error: HarmonyError | None) -> None:
        """A step has ended, well or not."""

    def pulling(self, progress: PullProgress) -> None:
        """An image is on its way."""

    def warn(self, text: str) -> None:
        """Something works but deserves a word."""

    def note(self, text: str) -> None:
        """What is going on right now, where it is no step: waiting for another program, planning anew."""


class PlanError(HarmonyError):
    """Steps of a plan failed; the first failure tells the story, ``failures`` holds all of them."""

    def __init__(self, failures: tuple[tuple[Step, HarmonyError], ...]) -> None:
        step, first = failures[0]
        others = "".join(f"\n{other.target}: {error.title}" for other, error in failures[1:])
        super().__init__(first.title, cause=first.cause + others, advice=first.advice)
        self.exit_status = first.exit_status
        self.service = step.service
        self.failures = failures


#: Waits until a service meets a condition. Raises HarmonyError when it cannot any more.
Waiter = Callable[[str, Condition], Awaitable[None]]


@dataclass(slots=True)
class Executor:
    """Runs plans against one engine for one project.

    Args:
        engine: The engine.
        project: The project that the plan was made from.
        observed: The snapshot that the plan was made from.
        reporter: Hears what goes on.
        waiter: Waits for conditions.
        clock: Time.
        patience: How long a registry may be silent.
    """

    engine: Engine
    project: Project
    observed: Observed
    reporter: Reporter
    waiter: Waiter
    clock: Clock = field(default_factory=SystemClock)
    patience: Patience = field(default_factory=Patience)
    _created: dict[tuple[str, int], str] = field(default_factory=dict)
    _fetcher: Fetcher = field(init=False)

    def __post_init__(self) -> None:
        self._fetcher = Fetcher(self.engine, self.clock, self.reporter.pulling, self.patience)

    async def run(self, plan: Plan) -> None:
        """Run all steps; a failed one keeps those behind it from running, the others go on.

        Cancelling ends the waiting and lets no further step begin.

        Raises:
            PlanError: at least one required step failed.
        """
        self.reporter.planned(len(plan.steps))
        tasks: dict[str, asyncio.Task[bool]] = {}
        failures: list[tuple[Step, HarmonyError]] = []
        try:
            async with asyncio.TaskGroup() as group:
                # No task runs before this loop has ended: each will find all the others in the map.
                for step in plan.steps:
                    tasks[step.id] = group.create_task(self._run(step, tasks, failures), name=step.id)
        except BaseExceptionGroup as group_error:
            # Only faults of our own code arrive here: the first one tells it.
            raise group_error.exceptions[0] from group_error
        if failures:
            raise PlanError(tuple(failures))

    async def _run(
        self,
        step: Step,
        tasks: dict[str, asyncio.Task[bool]],
        failures: list[tuple[Step, HarmonyError]],
    ) -> bool:
        """Return whether those behind this step may run."""
        before = [tasks[i] for i in step.after if i in tasks]
        ended = [tasks[i] for i in step.after_any if i in tasks]
        if before or ended:
            await asyncio.wait([*before, *ended])
        if not all(task.result() for task in before):
            return False
        self.reporter.began(step)
        try:
            await self._act(step)
        except HarmonyError as error:
            self.reporter.ended(step, error)
            if step.required or isinstance(error, EngineUnavailableError):
                failures.append((step, error))
                return False
            self.reporter.warn(_as_warning(step, error))
            return True
        self.reporter.ended(step, None)
        return True

    async def _act(self, step: Step) -> None:
        engine = self.engine
        match step.action:
            case Action.PULL:
                await self._pull(step)
            case Action.TAG:
                await engine.tag(step.name, step.target)
            case Action.CREATE_NETWORK:
                network = next(n for n in self.project.networks.values() if n.name == step.target)
                await engine.create_network(self.project, network)
            case Action.CREATE_VOLUME:
                volume = next(v for v in self.project.volumes.values() if v.name == step.target)
                await engine.create_volume(self.project, volume)
            case Action.REMOVE_NETWORK:
                await _gone_is_fine(engine.remove_network(step.target))
            case Action.REMOVE_VOLUME:
                await _gone_is_fine(engine.remove_volume(step.target))
            case Action.WAIT:
                await self.waiter(step.service, step.condition or Condition.STARTED)
            case _:
                await self._act_on_container(step)

    async def _pull(self, step: Step) -> None:
        said = await self._fetcher.fetch(step.target, missing=self.observed.images.get(step.target) is None)
        if said:
            self.reporter.warn(said)

    async def _act_on_container(self, step: Step) -> None:
        engine = self.engine
        container = self._created.get((step.service, step.number)) or step.container_id or step.target
        match step.action:
            case Action.CREATE:
                self._created[step.service, step.number] = await self._create(step)
            case Action.START:
                await self._start(step, container)
            case Action.UNPAUSE:
                await engine.unpause(container)
            case Action.STOP:
                await _gone_is_fine(engine.stop(step.container_id, grace=self._grace(step)))
            case Action.RESTART:
                await engine.restart(container, grace=self._grace(step))
            case Action.REMOVE:
                await _gone_is_fine(self._remove(step.container_id))
            case Action.RENAME:
                await engine.rename(container, step.name)
            case _:
                raise AssertionError(step)

    async def _remove(self, container_id: str) -> None:
        """Remove a container; one that is on its way out is waited for. Raises NotFoundError when it is gone."""
        try:
            await self.engine.remove(container_id)
        except ConflictError as conflict:
            if "in progress" not in conflict.cause:
                raise
            give_up = self.clock.now() + REMOVAL_LIMIT
            while self.clock.now() < give_up:
                await self.engine.inspect(container_id)
                await self.clock.sleep(_REMOVAL_PERIOD)
            raise

    async def _start(self, step: Step, container: str) -> None:
        """Start a container; what the engine says of a failure is told in plain words first."""
        try:
            await self.engine.start(container)
        except (EngineUnavailableError, NotFoundError):
            raise
        except EngineError as error:
            from harmony_desktop.control.diagnose import diagnose  # noqa: PLC0415 - for failures alone

            service = self.project.services.get(step.service)
            diagnosis = diagnose(None, error=error.cause)
            plain = "" if diagnosis.cause == error.cause else say("{cause}.", cause=capital(diagnosis.cause))
            raise EngineError(
                say("{service} cannot start", service=service.title if service else step.target),
                cause=joined((plain, error.cause), "\n"),
                advice=diagnosis.advice or error.advice,
                status=error.status,
            ) from error

    async def _create(self, step: Step) -> str:
        service = self.project.services[step.service]
        image = self.observed.images.get(service.image or "")
        if image is None:
            raise NotFoundError(
                say("The image of “{service}” is not here", service=service.name),
                cause=say("“{image}” could not be found on this machine.", image=service.image),
                advice="Fetch it with “pull”, then start again.",
            )
        try:
            return await self.engine.create_container(
                self.project,
                service,
                number=step.number,
                name=step.name or step.target,
                image_id=image.id,
                replaces=step.replaces,
            )
        except ConflictError as conflict:
            raise ConflictError(
                say("The name “{target}” is in use", target=step.name or step.target),
                cause=conflict.cause or "Another container, not of this project, has it.",
                advice="Rename or remove that container, or give the project another name.",
                status=conflict.status,
            ) from conflict

    def _grace(self, step: Step) -> float:
        """Seconds that the engine will let the container have; 10 is the engine's own default."""
        service = self.project.services.get(step.service)
        return 10.0 if service is None or service.stop_grace_period is None else service.stop_grace_period


async def _gone_is_fine(call: Awaitable[None]) -> None:
    """Somebody else may have removed it first."""
    try:
        await call
    except NotFoundError:
        return


def _as_warning(step: Step, error: HarmonyError) -> str:
    if step.action is Action.PULL:
        why = (error.cause or error.title).splitlines()[0].rstrip(".")
        return say("{target} could not be fetched ({why}); the one that is here is used.", target=step.target, why=why)
    return say("{step}: {title}. {cause}", step=str(step), title=error.title, cause=error.cause)
