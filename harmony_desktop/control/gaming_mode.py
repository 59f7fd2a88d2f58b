"""Gaming mode at work: takes what holds the graphics card away from the stack, and brings it back as it was."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import UTC, datetime

from harmony_desktop.control.executor import Reporter
from harmony_desktop.control.gaming import (
    ALIVE,
    BroughtBack,
    GamingMemory,
    GamingRecord,
    Reading,
    Stopped,
    Unloaded,
    Way,
    find_holders,
    found_again,
)
from harmony_desktop.control.gaming_models import StackModels, is_local
from harmony_desktop.control.gaming_reading import read_meters, read_settled
from harmony_desktop.control.models import same_model
from harmony_desktop.control.ports import Engine, EngineInfo
from harmony_desktop.control.snapshot import look
from harmony_desktop.control.text_api import Answering, Endpoint
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.plan.steps import Plan, Step
from harmony_desktop.plan.teardown import plan_restart, plan_start, plan_stop
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


@dataclass(slots=True)
class _Finding:
    """What there is to take away."""

    stop: set[str] = field(default_factory=set)
    unload: list[tuple[Container, Endpoint, Unloaded]] = field(default_factory=list)


def _alive(observed: Observed) -> tuple[Stopped, ...]:
    return tuple(Stopped(c.service, c.number, c.id) for c in observed.containers if c.state in ALIVE and not c.oneoff)


@dataclass(frozen=True, slots=True)
class GamingMode:
    """Works on one project on one engine; whoever calls holds the stack's lock.

    Args:
        engine: The engine.
        project: The project.
        reporter: Hears what goes on.
        tools: The machine's side.
        run: Runs a plan.
        run_starts: Runs a plan that starts containers.
    """

    engine: Engine
    project: Project
    reporter: Reporter
    tools: Tools
    run: Callable[[Plan, Observed], Awaitable[Plan]]
    run_starts: Callable[[Plan, Observed], Awaitable[Plan]]

    async def record(self) -> GamingRecord | None:
        """Return what is remembered; None while gaming mode is off."""
        return await asyncio.to_thread(self._memory.load, self.project) if self.tools.gaming is not None else None

    async def free(self) -> GamingRecord | None:
        """Unload and stop what holds the card. Returns what was done; None where nothing holds it.

        What is about to be done is written down first: ended at any point, all of it can be brought back.

        Raises:
            HarmonyError: Something could not be done; what was done stays, and can be brought back.
        """
        earlier = await self.record()
        observed = await look(self.engine, self.project, images=False)
        info = await self.engine.info()
        models = StackModels(self.engine, info, self.project, self.tools)
        holders = find_holders(self.project)
        found = await self._find(models, observed, holders.ways)
        if not found.stop and not found.unload and earlier is None:
            return None
        record = earlier or GamingRecord(datetime.now(UTC), holders.card, running=_alive(observed))
        before = record.before or await self._measure(info)
        record = self._planned(replace(record, card=holders.card, whole=False, before=before), observed, found)
        await self._save(record)
        refused = await self._unload(models, found)
        if refused:
            record = self._planned(record, observed, _Finding(refused))
            await self._save(record)
        stopped = found.stop | refused
        if stopped:
            await self.run(plan_stop(self.project, observed, stopped), observed)
        record = replace(record, whole=True, after=await self._measure_after(info, before))
        await self._save(record)
        return record

    async def bring_back(self) -> BroughtBack:
        """Start what was stopped and load what was unloaded, as far as it is still missing; gaming mode is off then.

        Raises:
            HarmonyError: Something could not be brought back; gaming mode stays on, and the next call goes on.
        """
        record = await self.record()
        if record is None:
            return BroughtBack()
        left: list[str] = []
        observed = await look(self.engine, self.project, images=False)
        found = self._there(record.stopped, observed, left)
        found += await self._ended_with_the_computer(record, observed)
        ending = await self._ending(record)
        to_start = [c for c in found if c.state not in ALIVE]
        to_restart = [c for c in found if c.state in ALIVE and c.id in ending]
        started = tuple(dict.fromkeys(container.service for container in (*to_start, *to_restart)))
        if started:
            await self.run_starts(self._starts(observed, to_start, to_restart), observed)
            observed = await look(self.engine, self.project, images=False)
        loaded = await self._load(record, observed, left)
        await self.forget()
        return BroughtBack(True, started, tuple(loaded), tuple(left))

    async def end_with_start(self) -> None:
        """Everything has been started: what is missing of models is loaded, and gaming mode is off in any case."""
        if await self.record() is None:
            return
        try:
            back = await self.bring_back()
        except HarmonyError as error:
            await self.forget()
            self.reporter.warn(
                say("{title}. {cause}", title=error.title, cause=error.cause) if error.cause else error.title
            )
            return
        for text in back.left:
            self.reporter.warn(text)

    async def forget(self) -> None:
        """Gaming mode is off; everything stays as it is. Raises HarmonyError."""
        if self.tools.gaming is None:
            return
        try:
            await asyncio.to_thread(self._memory.forget, self.project)
        except OSError as error:
            raise self._not_written(error) from error

    # Taking away

    async def _find(self, models: StackModels, observed: Observed, ways: Mapping[str, Way]) -> _Finding:
        """Look at all that runs of those who hold something, each asked at the same time."""
        found = _Finding()
        alive = [c for c in observed.containers if c.service in ways and c.state in ALIVE and not c.oneoff]
        found.stop.update(c.service for c in alive if ways[c.service] is Way.STOP)
        to_ask = [c for c in alive if ways[c.service] is Way.UNLOAD]
        answers = await asyncio.gather(*(models.loaded(c) for c in to_ask))
        for container, (endpoint, loaded) in zip(to_ask, answers, strict=True):
            if endpoint is None or loaded.answering is not Answering.READY:
                # It loads, or wants a key, or cannot be asked at all: what it holds cannot be told.
                found.stop.add(container.service)
            elif loaded.name:
                found.unload.append((container, endpoint, await models.remembered(container, loaded)))
        return found

    def _planned(self, record: GamingRecord, observed: Observed, found: _Finding) -> GamingRecord:
        to_stop = tuple(c for c in observed.containers if c.service in found.stop and c.state in ALIVE and not c.oneoff)
        return record.with_unloaded(tuple(model for _, _, model in found.unload)).with_stopped(to_stop)

    async def _unload(self, models: StackModels, found: _Finding) -> set[str]:
        """Unload, one after the other; return the services that would not."""
        refused: set[str] = set()
        for container, endpoint, model in found.unload:
            if container.service in found.stop | refused:
                continue
            self.reporter.note(say("Unloading {model}", model=model.model))
            if not await models.unload(endpoint):
                refused.add(container.service)
        return refused

    # Bringing back

    async def _ended_with_the_computer(self, record: GamingRecord, observed: Observed) -> list[Container]:
        """Return the containers that ran on until the computer was restarted: nobody has stopped those on purpose."""
        now = await self._measure(await self.engine.info())
        if now is None or now.booted <= record.since.timestamp():
            return []
        return self._there((each for each in record.running if each not in record.stopped), observed, [])

    async def _ending(self, record: GamingRecord) -> set[str]:
        """Return the containers whose stop was asked for and has not come to its end yet.

        Whoever asked for it was killed; the engine goes on with it all the same, when its grace period is over.
        """
        if record.whole:
            return set()
        ending: set[str] = set()
        stream = self.engine.events(int(record.since.timestamp() * 1e9), until_now=True)
        try:
            async for event in stream:
                if event.type == "container" and event.action == "kill":
                    ending.add(event.id)
                elif event.type == "container" and event.action in {"die", "start"}:
                    ending.discard(event.id)
        finally:
            await stream.aclose()
        return ending

    def _there(self, stopped: Iterable[Stopped], observed: Observed, left: list[str]) -> list[Container]:
        """Return the containers of those that were stopped; tells of those that are no more."""
        found: list[Container] = []
        gone: dict[str, None] = {}
        for each in stopped:
            container = found_again(observed, each.service, each.number, each.container)
            if container is None or each.service not in self.project.services:
                gone[each.service] = None
            else:
                found.append(container)
        left += [
            say("{service} has been removed meanwhile; “Start” makes it again.", service=self._title(name))
            for name in gone
        ]
        return found

    def _starts(self, observed: Observed, to_start: Iterable[Container], to_restart: Iterable[Container]) -> Plan:
        steps: list[Step] = []
        for containers, make in ((to_start, plan_start), (to_restart, plan_restart)):
            ids = {container.id for container in containers}
            if ids:
                plan = make(self.project, observed, dict.fromkeys(c.service for c in containers))
                steps += [step for step in plan.steps if step.container_id in ids]
        return Plan(tuple(steps))

    async def _load(self, record: GamingRecord, observed: Observed, left: list[str]) -> list[str]:
        """Load the models again; return those that were loaded. Raises HarmonyError after all have been tried."""
        models = StackModels(self.engine, await self.engine.info(), self.project, self.tools)
        loaded: list[str] = []
        faults: list[HarmonyError] = []
        for wanted in record.unloaded:
            container = found_again(observed, wanted.service, wanted.number)
            title = self._title(wanted.service)
            if container is None or container.state is not ContainerState.RUNNING:
                left.append(
                    say("{service} does not run any more; {model} was left.", service=title, model=wanted.model)
                )
                continue
            self.reporter.note(say("Loading {model}", model=wanted.model))
            try:
                now = await models.load(container, wanted)
            except HarmonyError as error:
                faults.append(error)
                continue
            if same_model(now, wanted.model):
                loaded.append(wanted.model)
            else:
                left.append(say("{service} has {model} loaded by now, which stays.", service=title, model=now))
        if faults:
            raise faults[0]
        return loaded

    # What both need

    def _title(self, service: str) -> str:
        found = self.project.services.get(service)
        return found.title if found is not None else service

    @property
    def _memory(self) -> GamingMemory:
        if self.tools.gaming is None:
            raise HarmonyError(say("There is no gaming mode here"))
        return self.tools.gaming

    async def _save(self, record: GamingRecord) -> None:
        try:
            await asyncio.to_thread(self._memory.save, self.project, record)
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> HarmonyError:
        return HarmonyError(
            say("What gaming mode does cannot be written down"),
            cause=f"{error.filename}: {error.strerror}" if error.filename else str(error),
            advice=say("Make room, or ask for access to this file: without it nothing could be brought back."),
        )

    async def _measure(self, info: EngineInfo) -> Reading | None:
        return await read_meters(self.tools.meters if is_local(info) else None, str(self.project.working_dir))

    async def _measure_after(self, info: EngineInfo, before: Reading | None) -> Reading | None:
        meters = self.tools.meters if is_local(info) else None
        return await read_settled(meters, str(self.project.working_dir), self.tools.clock, before)
