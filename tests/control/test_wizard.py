"""The set-up through its desk: where one may go, what is remembered, what is looked up, and what is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.port_records import PortHolder
from harmony_desktop.control.ports import EngineHelp, EngineInstall, Gpu
from harmony_desktop.control.proof import Subject, Voice
from harmony_desktop.control.state import EngineState, Problem, StackState
from harmony_desktop.control.tools import Tools
from harmony_desktop.control.wizard import (
    EVERYBODY,
    ONLY_HERE,
    PAGES,
    Choices,
    FolderKind,
    FolderLook,
    InstallPhase,
    Page,
    PortOption,
    Progress,
    SpeechOption,
    WizardState,
    from_json,
    reachable,
    to_json,
)
from harmony_desktop.control.wizard_desk import Around, WizardDesk
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Port, Project
from tests.control.scripted import ScriptedClock, scripted_tools
from tests.control.scripted_ports import ScriptedPorts
from tests.plan.builders import project, service


class Hasty(ScriptedClock):
    """No time passes in a wait."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass
class Files:
    """Files that are not there."""

    kept: Progress | None = None
    looks: dict[str, FolderLook] = field(default_factory=dict)
    fault: HarmonyError | None = None

    def unfinished(self) -> bool:
        return self.kept is not None and self.kept.open

    def recall(self) -> Progress | None:
        return from_json(to_json(self.kept)) if self.kept else None

    def remember(self, progress: Progress) -> None:
        if self.fault is not None:
            raise self.fault
        self.kept = progress

    def default_folder(self) -> str:
        return "/home/you/Harmony"

    def look(self, folder: str, profile: str) -> FolderLook:
        return self.looks.get(folder, FolderLook(folder, FolderKind.NEW, free=10**12))

    def project(self, choices: Choices, profile: str) -> Project:
        port = choices.ports.get("UI_PORT", 8080)
        return project(replace(service("ui"), ports=(Port(80, port, choices.address or ONLY_HERE),)))

    def speech(self, choices: Choices, profile: str) -> tuple[SpeechOption, ...]:
        return (SpeechOption("a", "A", "", 3, on=True), SpeechOption("b", "B", "", 4, on=False))

    def ports(self, choices: Choices, profile: str) -> tuple[PortOption, ...]:
        return (PortOption("ui", "UI", 80, choices.ports.get("UI_PORT", 8080), "UI_PORT"),)

    def address(self, choices: Choices, profile: str) -> tuple[str, bool]:
        return ONLY_HERE, True

    def prepare(self, choices: Choices, profile: str, gpus: tuple[Gpu, ...]) -> tuple[str, ...]:
        raise NotImplementedError

    def toolkit(self, rootless: bool) -> str:
        return "Install it:\ncommand"

    def voices(self, folder: str) -> tuple[Voice, ...]:
        return ()

    def sound_file(self, folder: str) -> Path:
        return Path(folder) / "hello.wav"


class Desk:
    """A desk with everything around it."""

    def __init__(self, files: Files | None = None) -> None:
        self.files = files or Files()
        self.ports = ScriptedPorts()
        self.tools: Tools = replace(scripted_tools(Hasty()), ports=self.ports)
        self.seen = StackState()
        self.shown: list[bool] = []
        self.prepared: list[Choices] = []
        self.fault: HarmonyError | None = None
        self.retried = 0
        self.tasks: list[asyncio.Task[None]] = []
        self.desk = WizardDesk(
            self.files,
            self.tools,
            Around(
                seen=lambda: self.seen,
                engine=lambda: None,
                prepare=self.prepare,
                subject=self.subject,
                start=lambda: None,
                show=self.shown.append,
                retry_engine=self.retry,
                spawn=self.spawn,
                mask=str,
            ),
        )

    @property
    def state(self) -> WizardState:
        return self.desk.store.value

    def is_at(self, page: Page) -> bool:
        return self.state.page is page

    def retry(self) -> None:
        self.retried += 1

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))

    async def prepare(self, choices: Choices) -> None:
        if self.fault is not None:
            raise self.fault
        self.prepared.append(choices)

    async def subject(self) -> Subject:
        raise HarmonyError("Docker does not answer", advice="Try again in a moment.")

    async def settled(self) -> WizardState:
        while any(not task.done() for task in self.tasks):
            await asyncio.wait(self.tasks)
        return self.state

    async def opened(self) -> WizardState:
        self.desk.open()
        return await self.settled()

    async def at(self, page: Page) -> WizardState:
        await self.opened()
        while self.state.page is not page:
            self.desk.next()
            await self.settled()
        return self.state


def go(work: Callable[[Desk], Awaitable[None]], files: Files | None = None) -> Desk:
    async def run() -> Desk:
        desk = Desk(files)
        await work(desk)
        await desk.settled()
        return desk

    return asyncio.run(run())


def test_it_begins_at_its_beginning_with_the_usual_folder() -> None:
    async def work(desk: Desk) -> None:
        state = await desk.opened()
        assert state.page is Page.WELCOME
        assert state.choices.folder == "/home/you/Harmony"

    assert go(work).shown == [True]


@pytest.mark.parametrize("page", PAGES)
def test_killed_at_any_page_it_goes_on_there(page: Page) -> None:
    files = Files()
    chosen = Choices("/somewhere", "cpu", {"b": True}, {"UI_PORT": 9000}, EVERYBODY)

    async def first(desk: Desk) -> None:
        await desk.opened()
        desk.desk.choose_folder("/somewhere")
        desk.desk.choose_hardware("cpu")
        desk.desk.choose_speech("b", True)
        desk.desk.choose_port("UI_PORT", 9000)
        desk.desk.choose_address(EVERYBODY)
        await desk.settled()
        while desk.state.page is not page:
            desk.desk.next()
            await desk.settled()

    go(first, files)

    async def second(desk: Desk) -> None:
        state = await desk.opened()
        assert state.page is page
        assert state.choices == chosen
        assert state.progress.done == set(PAGES[: PAGES.index(page)])

    go(second, files)


def test_left_it_is_not_unfinished_and_goes_on_when_asked() -> None:
    files = Files()

    async def work(desk: Desk) -> None:
        await desk.at(Page.PORTS)
        assert files.unfinished()
        desk.desk.leave()
        await desk.settled()
        assert not files.unfinished()
        assert (await desk.opened()).page is Page.PORTS
        desk.desk.open(again=True)
        assert (await desk.settled()).page is Page.WELCOME
        desk.desk.finish()

    assert go(work, files).shown == [True, False, True, True, False]
    assert not files.unfinished()


def test_nobody_gets_past_a_folder_that_is_none() -> None:
    bad = FolderLook("/opt", FolderKind.UNUSABLE, Problem("The stack folder cannot be written"))
    made = FolderLook("/stack", FolderKind.QUICKSTART)

    async def work(desk: Desk) -> None:
        await desk.at(Page.FOLDER)
        for folder in ("/opt", "/stack"):
            desk.desk.choose_folder(folder)
            assert desk.state.blocked()  # not looked at yet
            await desk.settled()
            desk.desk.next()
            assert desk.is_at(Page.FOLDER)
        assert not reachable(desk.state, Page.PORTS)
        desk.desk.go(Page.PORTS)
        assert desk.is_at(Page.FOLDER)
        desk.desk.adopt(True)
        desk.desk.next()
        assert desk.is_at(Page.MODELS)
        desk.desk.back()
        assert (await desk.settled()).page is Page.FOLDER
        desk.desk.choose_folder("/other")
        assert not desk.state.choices.adopt

    go(work, Files(looks={"/opt": bad, "/stack": made}))


def test_voices_and_their_sum() -> None:
    async def work(desk: Desk) -> None:
        state = await desk.at(Page.MODELS)
        assert state.speech_need == 3
        desk.desk.choose_speech("b", True)
        assert desk.state.speech_need == 7

    go(work)


def test_ports_that_are_taken_get_free_ones() -> None:
    async def work(desk: Desk) -> None:
        desk.ports.taken = {8080: PortHolder("python3", 12), 8081: PortHolder("x", 13)}
        state = await desk.at(Page.PORTS)
        assert "Port 8080 is held by python3" in state.ports[0].fault
        assert state.ports[0].offered == 8082
        desk.desk.use_offered_ports()
        state = await desk.settled()
        assert (state.ports[0].port, state.ports[0].fault) == (8082, "")
        desk.desk.choose_port("UI_PORT", 70000)
        assert desk.state.choices.ports == {"UI_PORT": 8082}

    go(work)


def test_what_was_prepared_is_prepared_anew_after_a_change() -> None:
    async def work(desk: Desk) -> None:
        await desk.at(Page.START)
        assert not reachable(desk.state, Page.PROOF)
        desk.desk.prepare()
        assert desk.state.preparing
        state = await desk.settled()
        assert state.progress.prepared
        assert reachable(state, Page.PROOF)
        desk.desk.choose_speech("a", False)
        assert not desk.state.progress.prepared
        desk.fault = HarmonyError("The stack folder could not be written", cause="disk full")
        desk.desk.prepare()
        state = await desk.settled()
        assert state.problem is not None
        assert state.problem.cause == "disk full"
        assert not state.preparing
        desk.desk.dismiss()
        assert desk.state.problem is None

    assert [each.speech for each in go(work).prepared] == [{}]


def test_a_proof_without_an_engine_is_told() -> None:
    async def work(desk: Desk) -> None:
        await desk.opened()
        desk.desk.prove()
        state = await desk.settled()
        assert state.problem is not None
        assert state.problem.title == "Docker does not answer"

    go(work)


def test_progress_that_cannot_be_kept_is_told_and_no_hindrance() -> None:
    async def work(desk: Desk) -> None:
        state = await desk.opened()
        assert state.problem is not None
        desk.desk.next()
        assert desk.state.page is Page.ENGINE

    go(work, Files(fault=HarmonyError("The set-up cannot be remembered")))


def offering(act: Callable[[Callable[[str], None]], Awaitable[None]]) -> StackState:
    return StackState(engine=EngineState(help=EngineHelp(install=EngineInstall("", ("apt-get update",), act))))


def test_the_installer_is_heard_and_the_engine_looked_for() -> None:
    async def act(tell: Callable[[str], None]) -> None:
        tell("$ apt-get update")

    async def work(desk: Desk) -> None:
        desk.seen = offering(act)
        desk.desk.install()
        assert desk.state.install.running
        desk.desk.install()  # once is enough
        state = await desk.settled()
        assert state.install.phase is InstallPhase.DONE
        assert state.install.lines == ("$ apt-get update",)

    assert go(work).retried == 1


def test_a_failed_installation_is_told_with_its_words() -> None:
    async def act(tell: Callable[[str], None]) -> None:
        tell("E: no way")
        raise HarmonyError("Docker could not be installed", cause="status 100")

    async def work(desk: Desk) -> None:
        desk.seen = offering(act)
        desk.desk.install()
        install = (await desk.settled()).install
        assert install.phase is InstallPhase.FAILED
        assert install.lines == ("E: no way",)
        assert install.fault is not None
        assert install.fault.cause == "status 100"

    go(work)


def test_an_installation_can_be_cancelled() -> None:
    async def work(desk: Desk) -> None:
        begun = asyncio.Event()

        async def act(tell: Callable[[str], None]) -> None:
            begun.set()
            await asyncio.Event().wait()

        desk.seen = offering(act)
        desk.desk.install()
        await begun.wait()
        desk.desk.cancel_install()
        assert desk.state.install.phase is InstallPhase.CANCELLING
        assert (await desk.settled()).install.phase is InstallPhase.CANCELLED

    go(work)
