"""What the window shows of an operation while it goes on."""

from __future__ import annotations

from harmony_desktop.control.ports import LayerPhase, LayerProgress, PullProgress
from harmony_desktop.control.progress import ProgressReporter
from harmony_desktop.control.state import Operation, OperationKind
from harmony_desktop.control.transfer import DownloadPhase
from harmony_desktop.plan.steps import Action, Step
from harmony_desktop.stack.errors import HarmonyError
from tests.control.scripted import until
from tests.plan.builders import project, service


def pull(image: str, name: str) -> Step:
    return Step(f"pull {image}", Action.PULL, image, "not here yet", service=name)


def state(image: str, current: int) -> PullProgress:
    return PullProgress(image, "", current, 1000, 0, 1, (LayerProgress("x", LayerPhase.DOWNLOADING, current, 1000),))


async def test_downloads_are_shown_seldom_and_to_their_end() -> None:
    shown: list[Operation] = []
    reporter = ProgressReporter(project(service("a"), service("b")), OperationKind.UP, (), shown.append)
    steps = [pull("one", "a"), pull("two", "b")]
    reporter.planned(2)
    for step in steps:
        reporter.began(step)
    assert shown[-1].text == "Downloading 2 images"
    assert [download.phase for download in shown[-1].pulls] == [DownloadPhase.WAITING] * 2
    before = len(shown)
    for byte in range(1000):
        reporter.pulling(state("one", byte))
    assert len(shown) == before, "hundreds of messages make one picture"
    await until(lambda: len(shown) > before)
    assert shown[-1].pulls[0].progress.current == 999
    reporter.ended(steps[0], None)
    reporter.ended(steps[1], HarmonyError("no"))
    assert [download.phase for download in shown[-1].pulls] == [DownloadPhase.DONE, DownloadPhase.FAILED]
    reporter.planned(5)
    assert not shown[-1].pulls, "the next part of the operation begins"
    reporter.finish()


async def test_silence_is_shown_as_well() -> None:
    """The speed sinks although nobody says anything."""
    shown: list[Operation] = []
    reporter = ProgressReporter(project(service("a")), OperationKind.PULL, (), shown.append)
    reporter.planned(1)
    reporter.began(pull("one", "a"))
    reporter.pulling(state("one", 1))
    await until(lambda: shown[-1].pulls[0].progress.current == 1)
    seen = len(shown)
    await until(lambda: len(shown) > seen)
    reporter.finish()


async def test_warnings_are_shown_at_once() -> None:
    shown: list[Operation] = []
    reporter = ProgressReporter(project(service("a")), OperationKind.UP, (), shown.append)
    reporter.warn("a word")
    assert shown[-1].warnings == ("a word",)
