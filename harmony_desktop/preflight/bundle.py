"""Makes the report: gathers all parts at the same time, learns their secrets, masks them, writes the zip."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, TypeVar

from harmony_desktop.control import known_secrets
from harmony_desktop.control.doctor import Finding, FindingStatus
from harmony_desktop.control.machine import MachineScout
from harmony_desktop.control.masking import Masker
from harmony_desktop.control.ports import Connector, Engine, EngineInfo, Folder
from harmony_desktop.control.report import Progress, SavedReport
from harmony_desktop.control.state import StackState
from harmony_desktop.preflight import archive, engine_parts, own_parts, stack_parts
from harmony_desktop.preflight.part import (
    TIME_LIMIT,
    Gathered,
    Kind,
    Member,
    NothingThereError,
    Part,
    gather,
    plain,
    told,
)
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import ComposeError, HarmonyError
from harmony_desktop.stack.project import Project

T = TypeVar("T")

#: Seconds for the checks, each of which has its own limit.
_CHECKS_LIMIT = 45.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the parts outside of stack and engine come from; made by ``bootstrap``.

    Attributes:
        environ: The process environment.
        home: The user's home folder.
        user: The user's name, or "".
        settings: The panel's settings file.
        own_logs: The panel's log files, the newest last; they need not exist.
        contexts: Returns the Docker contexts.
        docker_config: Returns the content of Docker's own configuration file.
        named: Files that the caller names.
    """

    environ: Mapping[str, str]
    home: Path
    user: str
    settings: Path
    own_logs: Sequence[Path]
    contexts: Callable[[], Sequence[object]]
    docker_config: Callable[[], Mapping[str, Any]]
    named: Sequence[Path] = ()


@dataclass(frozen=True, slots=True)
class StackReport:
    """Reports on one stack on one engine (the protocol ReportMaker of control/report.py).

    Args:
        load: Loads the project. Raises HarmonyError.
        connector: Finds the engine.
        folder: The stack folder.
        default_folder: Where a stack folder is made unless the user says otherwise.
        scout: Looks at the machine.
        examine: Runs the checks.
        around: Everything else.
        wanted: "auto", "cpu" or "nvidia" for this call, or "" for what the user has chosen.
        limit: Seconds for each part.
    """

    load: Callable[[], Project]
    connector: Connector
    folder: Folder
    default_folder: Path
    scout: MachineScout
    examine: Callable[[], Awaitable[tuple[Finding, ...]]]
    around: Surroundings
    wanted: str = ""
    limit: float = TIME_LIMIT

    async def save(
        self,
        file: Path,
        *,
        replace: bool = False,
        seen: StackState | None = None,
        progress: Progress | None = None,
    ) -> SavedReport:
        """Write the report: whole, or not at all. Raises HarmonyError when it cannot be written."""
        await asyncio.to_thread(archive.check_target, file, replace=replace)
        async with contextlib.AsyncExitStack() as stack:
            checks = _Checks(self.examine)
            # They search for the engine as well, which takes its time when it is frozen: at the same time, then.
            checking = asyncio.create_task(gather(Part("the checks", checks.members, _CHECKS_LIMIT)), name="checks")
            stack.push_async_callback(_ended, checking)
            sources = await self._sources(stack)
            parts = self._parts(sources, seen)
            done = 0

            async def gathered(part: Part) -> Gathered:
                nonlocal done
                found = await gather(part)
                done += 1
                if progress is not None:
                    progress(done, len(parts) + 1)
                return found

            found = [*await asyncio.gather(*(gathered(part) for part in parts)), await checking]
        packed = await asyncio.to_thread(self._packed, sources, found)
        await asyncio.to_thread(archive.write, file, packed.data)
        return SavedReport(str(file), len(packed.data), packed.members, packed.missing, checks.findings)

    async def _sources(self, stack: contextlib.AsyncExitStack) -> _Sources:
        """Load the project and connect, at the same time; what fails becomes the reason of what is missing."""
        (project, fault), (engine, engine_fault), (location, _) = await asyncio.gather(
            _try(asyncio.to_thread(self.load), self.limit),
            _try(self._connected(stack), self.limit),
            _try(asyncio.to_thread(self.folder.location), self.limit),
        )
        # A mistake is told with its place: then that file's folder is the one that is meant.
        wrong = fault.location if isinstance(fault, ComposeError) else None
        broken = (Path(wrong.file),) if wrong else ()
        folder = project.working_dir if project else Path(location or self.default_folder)
        if broken and broken[0].is_absolute():
            folder = broken[0].parent
        return _Sources(folder, project, _why(fault), engine, _why(engine_fault), (*self.around.named, *broken))

    async def _connected(self, stack: contextlib.AsyncExitStack) -> Engine:
        engine = await self.connector.connect()
        stack.push_async_callback(engine.close)
        return engine

    def _parts(self, sources: _Sources, seen: StackState | None) -> list[Part]:
        around, folder = self.around, sources.folder
        limit = self.limit
        parts = [
            Part("versions", _threaded(lambda: own_parts.versions(around.environ)), limit),
            Part("hardware", lambda: self._hardware(sources), limit),
            Part("Docker contexts", _threaded(self._contexts), limit),
            Part("resolved project", _threaded(lambda: stack_parts.resolved(sources.need_project())), limit),
            Part("files", _threaded(lambda: stack_parts.files(sources.project, folder, sources.named)), limit),
            Part("settings", _threaded(lambda: own_parts.settings(around.settings)), limit),
            Part("the panel's own log", _threaded(lambda: own_parts.own_log(around.own_logs)), limit),
            Part("engine", lambda: engine_parts.about(sources.need_engine()), limit),
            Part("resources", lambda: engine_parts.observed(sources.need_engine(), sources.need_project()), limit),
            Part("services", lambda: engine_parts.states(sources.need_engine(), sources.need_project()), limit),
            Part(
                "containers",
                lambda: engine_parts.containers(sources.need_engine(), sources.project, folder),
                limit,
            ),
            Part("logs", lambda: engine_parts.logs(sources.need_engine(), sources.project, folder), limit),
            Part("events", lambda: engine_parts.events(sources.need_engine(), sources.need_project()), limit),
        ]
        if seen is not None:
            parts.append(Part("window", _threaded(lambda: [_window(seen)]), limit))
        return parts

    async def _hardware(self, sources: _Sources) -> list[Member]:
        wanted = self.wanted or await asyncio.to_thread(self.folder.wanted)
        info: EngineInfo | None = None
        if sources.engine is not None:
            info, _ = await _try(sources.engine.info(), self.limit / 2)
        engine = sources.engine if info is not None else None
        look = await self.scout.look(str(sources.folder), wanted, engine, info)
        return [Member("hardware.json", plain(look), title="cards, driver, memory, disk, and the profile picked")]

    def _contexts(self) -> list[Member]:
        config = self.around.docker_config()
        # Of Docker's configuration, which holds passwords, only what tells where engine and passwords are looked for.
        content = {
            "contexts": [plain(context) for context in self.around.contexts()],
            "active": config.get("currentContext") or "default",
            "credential_helper": config.get("credsStore") or "",
            "credential_helpers": plain(config.get("credHelpers") or {}),
            "registries": sorted(str(key) for key in config.get("auths") or ()),
            "proxies": plain(config.get("proxies") or {}),
        }
        return [Member("engine/contexts.json", content, title="Docker contexts, registries, proxies")]

    def _packed(self, sources: _Sources, found: Iterable[Gathered]) -> archive.Archive:
        """Learn from everything first, for what is a secret in one file may be quoted in another."""
        masker = Masker(str(self.around.home), self.around.user)
        masker.learn_environment(self.around.environ)
        with contextlib.suppress(OSError, ValueError):
            masker.learn_data(self.around.docker_config())
        if sources.project is not None:
            known_secrets.learn_project(masker, sources.project)
        parts = tuple(found)
        for member in (member for part in parts for member in part.members):
            if member.kind is Kind.DATA:
                masker.learn_data(member.content)
            elif member.kind is Kind.FILE:
                known_secrets.learn_file(masker, member.name, str(member.content))
        return archive.pack(parts, masker)


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the parts are taken from, or why there is nothing to take them from."""

    folder: Path
    project: Project | None
    project_fault: str
    engine: Engine | None
    engine_fault: str
    named: tuple[Path, ...] = ()

    def need_engine(self) -> Engine:
        if self.engine is None:
            raise NothingThereError(f"There is no engine to ask. {self.engine_fault}")
        return self.engine

    def need_project(self) -> Project:
        if self.project is None:
            raise NothingThereError(f"The stack's files could not be loaded. {self.project_fault}")
        return self.project


@dataclass(slots=True)
class _Checks:
    """Runs the checks, and keeps what they found for the caller."""

    examine: Callable[[], Awaitable[tuple[Finding, ...]]]
    findings: tuple[Finding, ...] | None = field(default=None)

    async def members(self) -> list[Member]:
        self.findings = await self.examine()
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.status:<8} {finding.title} [{finding.id}]\n")
            lines += [f"         {line}\n" for line in finding.cause.splitlines()]
            if finding.status is not FindingStatus.OK:
                lines += [f"         -> {line}\n" for line in finding.advice.splitlines()]
        return [
            Member("findings.json", plain(self.findings), title="what the checks found"),
            Member("findings.txt", "".join(lines), Kind.LOG, title="the same, as `doctor` prints it"),
        ]


def _window(seen: StackState) -> Member:
    return Member("app/window.json", plain(seen), title="what the window showed")


def _threaded(call: Callable[[], Sequence[Member]]) -> Callable[[], Awaitable[Sequence[Member]]]:
    return lambda: asyncio.to_thread(call)


async def _ended(task: asyncio.Task[Gathered]) -> None:
    """End a task that is still at work, because the report is not wanted any more."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task])


async def _try(work: Awaitable[T], limit: float) -> tuple[T | None, Exception | None]:
    """Return what came of it, or why nothing did."""
    try:
        async with asyncio.timeout(limit):
            return await work, None
    except TimeoutError:
        return None, NothingThereError(f"There was no answer within {limit:g} seconds.")
    except (HarmonyError, OSError) as error:
        return None, error


def _why(fault: Exception | None) -> str:
    return told(fault) if fault else ""
