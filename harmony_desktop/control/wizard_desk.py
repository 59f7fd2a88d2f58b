"""Goes through the first run on the window's behalf: keeps the page, looks up what it shows, does what is chosen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

from harmony_desktop.control.memory_choice import Chosen, MemoryNow
from harmony_desktop.control.ports import Engine, EngineInfo
from harmony_desktop.control.proof import Part, Proof, Subject, prove
from harmony_desktop.control.state import Problem, StackState
from harmony_desktop.control.store import Store
from harmony_desktop.control.tools import Tools
from harmony_desktop.control.wizard import (
    Choices,
    Install,
    InstallPhase,
    Page,
    Progress,
    WizardState,
    WizardTools,
    after,
    before,
    changed,
    reachable,
)
from harmony_desktop.control.wizard_ports import checked_ports
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: Lines of the installer that are kept.
_LINES = 2000
#: Seconds between two pictures of what the installer says, and after the last key before a folder is looked at.
_PERIOD, _PAUSE = 0.1, 0.25
#: How often the engine is asked for after the folder was made.
_TRIES = 200

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Around:
    """What the desk knows of the rest of the panel.

    Attributes:
        seen: Returns what the window shows.
        engine: Returns the engine and what it says of itself, or None.
        prepare: Makes the folder with these choices, and loads it. Raises HarmonyError.
        subject: Returns what the proof is about. Raises HarmonyError.
        start: Brings the stack up.
        show: The set-up is shown from now on, or no longer.
        retry_engine: Looks for the engine now.
        spawn: Runs something beside everything else.
        mask: Returns a text of ours without secrets.
        memory: Returns what there is to compute in now; None where nobody tells.
    """

    seen: Callable[[], StackState]
    engine: Callable[[], tuple[Engine, EngineInfo] | None]
    prepare: Callable[[Choices], Awaitable[None]]
    subject: Callable[[], Awaitable[Subject]]
    start: Callable[[], None]
    show: Callable[[bool], None]
    retry_engine: Callable[[], None]
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    mask: Callable[[str], str]
    memory: Callable[[], Awaitable[MemoryNow]] | None = None


class SettingUp(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[WizardState]:
        """What there is to show."""
        ...

    def open(self, *, again: bool = False) -> None:
        """Show the set-up where it was left; ``again``: from its beginning."""
        ...

    def leave(self) -> None:
        """Close it; it is remembered where."""
        ...

    def finish(self) -> None:
        """Close it for good."""
        ...

    def go(self, page: Page) -> None:
        """Show a page, if one may go there."""
        ...

    def next(self, *, skip: bool = False) -> None:
        """Go on; ``skip``: and leave what this page is about for later."""
        ...

    def back(self) -> None:
        """Go back."""
        ...

    def look_again(self) -> None:
        """Look up again what the page shows."""
        ...

    def choose_folder(self, folder: str) -> None:
        """The stack's folder shall be there."""
        ...

    def choose_hardware(self, hardware: str) -> None:
        """Harmony shall compute on this: auto, cpu or nvidia."""
        ...

    def adopt(self, wanted: bool) -> None:
        """The folder that was set up by hand shall be taken over (or not)."""
        ...

    def choose_speech(self, option: str, on: bool) -> None:
        """A group of speech models shall be on or off."""
        ...

    def choose_port(self, variable: str, port: int) -> None:
        """A service shall have this port."""
        ...

    def use_offered_ports(self) -> None:
        """All ports that are taken shall be the free ones that are offered."""
        ...

    def choose_address(self, address: str) -> None:
        """Services shall listen on this address."""
        ...

    def prepare(self, *, start: bool = False) -> None:
        """Make the folder as chosen; ``start``: and start what is in it, where there is an engine."""
        ...

    def install(self) -> None:
        """Install the engine, as its help offers."""
        ...

    def cancel_install(self) -> None:
        """No longer install it."""
        ...

    def prove(self, part: str = "") -> None:
        """Try everything, or one part of it."""
        ...

    def stop_proof(self) -> None:
        """No longer try."""
        ...

    def dismiss(self) -> None:
        """The user has read the problem."""
        ...


class WizardDesk:
    """Implements ``SettingUp``.

    Args:
        files: The machine's files.
        tools: The machine's side.
        around: The rest of the panel.
    """

    def __init__(self, files: WizardTools, tools: Tools, around: Around) -> None:
        self._files = files
        self._tools = tools
        self._around = around
        self._store = Store(WizardState())
        self._installing: asyncio.Task[None] | None = None
        self._proving: asyncio.Task[None] | None = None
        self._kept: Progress | None = None
        self._saving = asyncio.Lock()
        self._asked: dict[Page, int] = {}
        self._opened = False

    @property
    def store(self) -> Store[WizardState]:
        """What there is to show."""
        return self._store

    # Where one is

    def open(self, *, again: bool = False) -> None:
        """Show the set-up where it was left; ``again``: from its beginning."""
        self._around.spawn(self._telling(partial(self._open, again)), "open the set-up")

    async def _open(self, again: bool) -> None:
        kept = None if self._opened and not again else await asyncio.to_thread(self._files.recall)
        progress = self._store.value.progress if self._opened else kept or Progress()
        folder = await asyncio.to_thread(self._files.default_folder)
        seen = self._around.seen()
        if again or not progress.choices.folder:
            choices = Choices(folder, self._hardware(seen))
            progress = Progress(page=Page.WELCOME if again else progress.page, choices=choices)
        if seen.folder and seen.folder != progress.choices.folder and progress.prepared:
            progress = replace(progress, prepared=False)
        self._opened = True
        self._update(progress=replace(progress, open=True), problem=None, proof=Proof())
        self._around.show(True)
        self._remember()
        self.look_again()

    @staticmethod
    def _hardware(seen: StackState) -> str:
        return "auto" if seen.hardware.automatic or not seen.hardware.profile else seen.hardware.profile

    def leave(self) -> None:
        """Close it; it is remembered where."""
        self._progress(open=False)
        self._around.show(False)

    def finish(self) -> None:
        """Close it for good: another time it begins at its beginning."""
        self._progress(open=False, page=Page.WELCOME, done=frozenset(Page))
        self._around.show(False)

    def go(self, page: Page) -> None:
        """Show a page, if one may go there."""
        if page is not self._store.value.page and reachable(self._store.value, page):
            self._progress(page=page)
            self._update(problem=None)
            self.look_again()

    def next(self, *, skip: bool = False) -> None:
        """Go on; ``skip``: and leave what this page is about for later."""
        state = self._store.value
        if state.blocked():
            return
        done = state.progress.done - {state.page} if skip else state.progress.done | {state.page}
        self._progress(page=after(state.page), done=done)
        self._update(problem=None)
        self.look_again()

    def back(self) -> None:
        """Go back."""
        self.go(before(self._store.value.page))

    # What the pages show

    def look_again(self) -> None:
        """Look up again what the page shows."""
        page = self._store.value.page
        looks = {
            Page.MACHINE: self._look_at_toolkit,
            Page.FOLDER: self._look_at_folder,
            Page.MODELS: self._look_at_speech,
            Page.PORTS: self._look_at_ports,
            Page.START: self._look_at_start,
        }
        if page in looks:
            self._look_up(page, looks[page])

    def _look_up(self, page: Page, work: Callable[[Callable[[], bool]], Awaitable[None]], pause: float = 0.0) -> None:
        """Look something up; only the last of several that overlap is shown."""
        number = self._asked[page] = self._asked.get(page, 0) + 1

        def current() -> bool:
            return self._asked[page] == number

        async def look() -> None:
            try:
                if pause:
                    await self._tools.clock.sleep(pause)
                if current():
                    await self._telling(partial(work, current))
            finally:
                if current():
                    self._update(looking=self._store.value.looking - {page})

        self._update(looking=self._store.value.looking | {page})
        self._around.spawn(look(), f"look up {page}")

    async def _look_at_folder(self, current: Callable[[], bool]) -> None:
        choices = self._store.value.choices
        found = await asyncio.to_thread(self._files.look, choices.folder, self._profile())
        room = await self._room()
        if current():
            self._update(look=found, images=room[0], images_free=room[1])

    async def _room(self) -> tuple[int, int]:
        """Return what the images take, and what is free for them (-1 where that cannot be seen)."""
        choices, profile = self._store.value.choices, self._profile()
        try:
            project = await asyncio.to_thread(self._files.project, choices, profile)
        except HarmonyError:
            return 0, -1
        sizes = {service.image or "": service.presentation.image_size for service in project.services.values()}
        there = self._around.engine()
        if there is None or not there[1].address.startswith("unix://"):
            return sum(sizes.values()), -1
        space = await asyncio.to_thread(self._tools.space, there[1].root_dir, there[1].name)
        return sum(sizes.values()), space.free if space is not None else -1

    async def _look_at_toolkit(self, current: Callable[[], bool]) -> None:
        there = self._around.engine()
        found = await asyncio.to_thread(self._files.toolkit, there is not None and there[1].rootless)
        if current():
            self._update(toolkit=found)

    async def _look_at_speech(self, current: Callable[[], bool]) -> None:
        choices, profile = self._store.value.choices, self._profile()
        found = await asyncio.to_thread(self._files.speech, choices, profile)
        chosen, there = await asyncio.gather(
            asyncio.to_thread(self._chosen, choices, profile), self._around.memory() if self._around.memory else _none()
        )
        if current():
            self._update(speech=found, chosen=chosen, there=there)

    def _chosen(self, choices: Choices, profile: str) -> Chosen:
        """Return what the stack would load; nothing where nobody reads that."""
        if self._tools.choices is None:
            return Chosen()
        return self._tools.choices.chosen(self._files.project(choices, profile))

    async def _look_at_ports(self, current: Callable[[], bool]) -> None:
        choices, profile = self._store.value.choices, self._profile()
        address, may_choose = await asyncio.to_thread(self._files.address, choices, profile)
        found = await asyncio.to_thread(self._files.ports, choices, profile)
        project = await asyncio.to_thread(self._files.project, choices, profile)
        there = self._around.engine()
        found = await checked_ports(found, project, there[0] if there is not None else None, self._tools.ports)
        if current():
            self._update(ports=found, address=address, may_choose_address=may_choose)

    async def _look_at_start(self, current: Callable[[], bool]) -> None:
        await self._look_at_folder(current)
        if not self._store.value.ports:
            await self._look_at_ports(current)
        if not self._store.value.speech:
            await self._look_at_speech(current)

    def _profile(self) -> str:
        wanted = self._store.value.choices.hardware
        return wanted if wanted != "auto" else self._around.seen().hardware.profile or "cpu"

    # What is chosen

    def choose_folder(self, folder: str) -> None:
        """The stack's folder shall be there."""
        if folder != self._store.value.choices.folder:
            self._choose(folder=folder, adopt=False, ports={}, speech={}, address="")
            self._update(ports=(), speech=(), look=None)
            self._look_up(Page.FOLDER, self._look_at_folder, _PAUSE)

    def choose_hardware(self, hardware: str) -> None:
        """Harmony shall compute on this: auto, cpu or nvidia."""
        self._choose(hardware=hardware)
        self._update(speech=())

    def adopt(self, wanted: bool) -> None:
        """The folder that was set up by hand shall be taken over (or not)."""
        self._choose(adopt=wanted)

    def choose_speech(self, option: str, on: bool) -> None:
        """A group of speech models shall be on or off."""
        self._choose(speech={**self._store.value.choices.speech, option: on})

    def choose_port(self, variable: str, port: int) -> None:
        """A service shall have this port."""
        if 0 < port < 65536 and self._store.value.choices.ports.get(variable) != port:
            self._choose(ports={**self._store.value.choices.ports, variable: port})
            self._look_up(Page.PORTS, self._look_at_ports, _PAUSE)

    def use_offered_ports(self) -> None:
        """All ports that are taken shall be the free ones that are offered."""
        state = self._store.value
        offered = {option.variable: option.offered for option in state.ports if option.offered}
        self._choose(ports={**state.choices.ports, **offered})
        self._look_up(Page.PORTS, self._look_at_ports)

    def choose_address(self, address: str) -> None:
        """Services shall listen on this address."""
        self._choose(address=address)
        self._look_up(Page.PORTS, self._look_at_ports)

    def _choose(self, **choices: Any) -> None:  # noqa: ANN401 - the fields of Choices
        progress = changed(self._store.value.progress, **choices)
        self._update(progress=progress)
        self._remember()

    # What is done

    def prepare(self, *, start: bool = False) -> None:
        """Make the folder as chosen; ``start``: and start what is in it, where there is an engine."""
        if not self._store.value.preparing:
            self._update(preparing=True, problem=None)
            self._around.spawn(self._telling(partial(self._prepare, start)), "prepare")

    async def _prepare(self, start: bool) -> None:
        there = self._around.engine() is not None
        try:
            await self._around.prepare(self._store.value.choices)
            self._progress(prepared=True)
        finally:
            self._update(preparing=False)
        if start and there and await self._engine_back():
            self._around.start()

    async def _engine_back(self) -> bool:
        """Wait for the engine, which is looked for anew when there is another stack to watch; False when it is gone."""
        for _ in range(_TRIES):
            if self._around.engine() is not None:
                return True
            await self._tools.clock.sleep(_PERIOD)
        return False

    def install(self) -> None:
        """Install the engine, as its help offers."""
        offer = self._around.seen().engine.help.install
        act = offer.act if offer is not None else None
        if act is not None and not self._store.value.install.running:
            self._update(install=Install(InstallPhase.RUNNING))
            self._around.spawn(self._install(act), "install")

    async def _install(self, act: Callable[[Callable[[str], None]], Awaitable[None]]) -> None:
        lines: list[str] = []

        def heard(line: str) -> None:
            lines.append(line)
            del lines[:-_LINES]

        async def picture() -> None:
            while True:
                await self._tools.clock.sleep(_PERIOD)
                if lines:
                    self._update(install=replace(self._store.value.install, lines=tuple(lines)))

        doing = self._installing = asyncio.ensure_future(_awaited(act(heard)))
        showing = asyncio.create_task(picture())
        phase, fault = InstallPhase.DONE, None
        try:
            await asyncio.wait([doing])
            if doing.cancelled():
                phase = InstallPhase.CANCELLED
            elif error := doing.exception():
                phase, fault = InstallPhase.FAILED, self._problem(error)
        except asyncio.CancelledError:
            doing.cancel()
            await asyncio.wait([doing])
            raise
        finally:
            showing.cancel()
            await asyncio.wait([showing])
            self._installing = None
        self._update(install=Install(phase, tuple(lines), fault))
        self._around.retry_engine()

    def cancel_install(self) -> None:
        """No longer install it."""
        if self._installing is not None and self._store.value.install.phase is InstallPhase.RUNNING:
            self._update(install=replace(self._store.value.install, phase=InstallPhase.CANCELLING))
            self._installing.cancel()

    def prove(self, part: str = "") -> None:
        """Try everything, or one part of it."""
        if self._proving is None:
            only = frozenset({Part(part)}) if part else frozenset[Part]()
            self._around.spawn(self._telling(partial(self._prove, only)), "proof")

    async def _prove(self, only: frozenset[Part]) -> None:
        earlier = self._store.value.proof

        def tell(proof: Proof) -> None:
            steps = proof.steps
            if only and earlier.steps:
                fresh = {step.part: step for step in steps}
                steps = tuple(fresh.get(step.part, step) for step in earlier.steps)
            self._update(proof=replace(proof, steps=steps))

        async def work() -> None:
            await prove(await self._around.subject(), tell, only)

        self._update(problem=None)
        self._proving = asyncio.ensure_future(work())
        try:
            await asyncio.wait([self._proving])
            if self._proving.cancelled():
                self._update(proof=replace(earlier, running=False))
            else:
                self._proving.result()
        except asyncio.CancelledError:
            self._proving.cancel()
            await asyncio.wait([self._proving])
            raise
        finally:
            self._proving = None
        if self._store.value.proof.passed:
            self._progress(done=self._store.value.progress.done | {Page.PROOF})

    def stop_proof(self) -> None:
        """No longer try."""
        if self._proving is not None:
            self._proving.cancel()

    def dismiss(self) -> None:
        """The user has read the problem."""
        self._update(problem=None)

    # The rest

    def _progress(self, **fields: Any) -> None:  # noqa: ANN401 - the fields of Progress
        self._update(progress=replace(self._store.value.progress, **fields))
        self._remember()

    def _remember(self) -> None:
        self._around.spawn(self._telling(self._save), "remember the set-up")

    async def _save(self) -> None:
        async with self._saving:
            progress = self._store.value.progress
            if progress != self._kept:
                self._kept = progress
                await asyncio.to_thread(self._files.remember, progress)

    async def _telling(self, work: Callable[[], Awaitable[None]]) -> None:
        """Show a fault where it is set up."""
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the last resort: the panel stays alive and says so
            self._update(problem=self._problem(error))

    def _problem(self, error: BaseException) -> Problem:
        if isinstance(error, HarmonyError):
            title, cause, advice = (self._masked(text) for text in (error.title, error.cause, error.advice))
            return Problem(title, cause, advice)
        _log.error("a fault of the panel itself", exc_info=error)
        return Problem(say("Something went wrong in the panel itself"), repr(error), say("Please report it."))

    def _masked(self, text: str) -> str:
        """Return a text without secrets; one that has none stays what it was made of."""
        masked = self._around.mask(text)
        return text if masked == text else masked

    def _update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of WizardState
        self._store.set(replace(self._store.value, **changes))


async def _none() -> MemoryNow:
    return MemoryNow()


async def _awaited(work: Awaitable[None]) -> None:
    await work
