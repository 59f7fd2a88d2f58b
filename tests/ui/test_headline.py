"""From the state to words: what a user reads in every recorded state, and in the corners between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harmony_desktop.control.ports import EngineStatus
from harmony_desktop.control.state import (
    ContainerView,
    EngineState,
    Light,
    Operation,
    OperationKind,
    PageLink,
    ServiceState,
    StackPhase,
    StackState,
    Stage,
    UseLink,
)
from harmony_desktop.ui.faults import fault
from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.headline import Control, Deed, can_act, controls, headline

NOW = datetime.now(UTC).astimezone()
YES, NO, OFF = Control(visible=True, enabled=True), Control(), Control(visible=True)


@pytest.mark.parametrize(
    ("name", "title", "light", "deed"),
    [
        ("loading", "One moment", Light.UNKNOWN, None),
        ("first-run", "Welcome to Harmony", Light.STOPPED, None),
        ("engine-searching", "Looking for Docker", Light.UNKNOWN, None),
        ("engine-absent", "Harmony needs Docker", Light.ATTENTION, Deed.RETRY_ENGINE),
        ("engine-stopped", "Docker is not running", Light.ATTENTION, Deed.RETRY_ENGINE),
        ("engine-starting", "Docker is starting", Light.BUSY, None),
        ("engine-denied", "Docker does not let you in", Light.ATTENTION, Deed.RETRY_ENGINE),
        ("engine-unreachable", "Docker does not answer", Light.UNKNOWN, Deed.RETRY_ENGINE),
        ("broken", "Harmony cannot read its files", Light.FAILED, Deed.OPEN_FOLDER),
        ("empty", "There is nothing to run", Light.STOPPED, Deed.OPEN_FOLDER),
        ("stopped", "Harmony is stopped", Light.STOPPED, Deed.START),
        ("pulling", "Harmony is starting", Light.BUSY, None),
        ("starting", "Harmony is starting", Light.BUSY, None),
        ("ready", "Harmony is ready", Light.READY, Deed.OPEN_PAGE),
        ("ready-nvidia", "Harmony is ready", Light.READY, Deed.OPEN_PAGE),
        ("stopping", "Harmony is stopping", Light.BUSY, None),
        ("restarting", "Speech Engine is restarting", Light.BUSY, None),
        ("partly", "Part of Harmony is running", Light.ATTENTION, Deed.START),
        ("degraded", "Harmony cannot find words", Light.ATTENTION, Deed.OPEN_PAGE),
        ("failed", "Harmony Link has failed", Light.FAILED, None),
        ("out-of-memory", "Harmony cannot speak", Light.FAILED, None),
        ("root-cause", "Harmony cannot speak", Light.FAILED, None),
        ("root-stopped", "Speech UI has failed", Light.FAILED, None),
        ("loop", "Harmony cannot speak", Light.FAILED, None),
        ("all-failed", "Harmony does not run", Light.FAILED, None),
        ("twelve", "Whisper has failed", Light.FAILED, None),
    ],
)
def test_sentence_light_and_next_action(name: str, title: str, light: Light, deed: Deed | None) -> None:
    line = headline(gallery()[name].state, NOW)
    assert (line.title, line.light) == (title, light)
    assert (line.primary.deed if line.primary else None) is deed
    assert line.detail


def test_every_recording_has_a_sentence() -> None:
    for name, recording in gallery().items():
        line = headline(recording.state, NOW)
        assert line.title, name
        assert not line.title.endswith("."), name
        assert line.detail.endswith((".", "?")), name


def test_every_engine_state_has_a_sentence() -> None:
    state = gallery()["ready"].state
    titles = {
        headline(replace(state, engine=EngineState(status)), NOW).title
        for status in EngineStatus
        if status is not EngineStatus.READY
    }
    assert len(titles) == len(EngineStatus) - 1


def test_details_say_why() -> None:
    recordings = gallery()
    details = {name: headline(recording.state, datetime.now(UTC)).detail for name, recording in recordings.items()}
    assert (
        details["ready-nvidia"] == "All four services answer. Running for 2 h 14 min on your NVIDIA GeForce RTX 4090."
    )
    assert details["ready"] == "All four services answer. Running for 2 h 14 min on the processor."
    assert details["stopped"] == "Four services, and none of them runs."
    assert details["partly"] == "Three of four services run. Not running: Speech UI."
    assert details["starting"] == "Waiting for Harmony Link, Text Generation and Speech Engine."
    assert details["out-of-memory"] == (
        "Three of four services run. Speech Engine failed, so Harmony Link and Speech UI are limited."
    )


@pytest.mark.parametrize(
    ("name", "start", "stop", "restart"),
    [
        ("loading", NO, NO, NO),
        ("engine-absent", NO, NO, NO),
        ("broken", NO, NO, NO),
        ("empty", NO, NO, NO),
        ("stopped", YES, NO, NO),
        ("starting", NO, YES, YES),
        ("ready", NO, YES, YES),
        ("partly", YES, YES, YES),
        ("pulling", OFF, NO, NO),
        ("stopping", NO, OFF, NO),
        ("restarting", NO, NO, OFF),
        ("out-of-memory", NO, YES, YES),
        ("all-failed", YES, NO, NO),
    ],
)
def test_main_buttons(name: str, start: Control, stop: Control, restart: Control) -> None:
    shown = controls(gallery()[name].state)
    assert (shown.start, shown.stop, shown.restart) == (start, stop, restart)


def test_nothing_can_be_pressed_while_all_is_unknown() -> None:
    state = gallery()["stopped"].state
    services = tuple(replace(s, stage=Stage.UNKNOWN) for s in state.services)
    shown = controls(replace(state, services=services))
    assert not any(control.enabled for control in (shown.start, shown.stop, shown.restart))


def test_a_service_can_be_handled_only_on_an_idle_stack() -> None:
    recordings = gallery()
    assert can_act(recordings["ready"].state)
    assert not can_act(recordings["pulling"].state)
    assert not can_act(recordings["engine-stopped"].state)


def test_a_told_problem_comes_first_and_can_be_put_away() -> None:
    told = fault(gallery()["out-of-memory"].state)
    assert told is not None
    assert told.title == "The Speech Engine ran out of memory"
    assert told.text.splitlines()[-1] == "Choose fewer models, or give Docker more memory."
    assert told.evidence == ("loading faster-whisper-large-v3-turbo", "Killed")
    assert [choice.deed for choice in told.choices] == [Deed.SHOW_LOG, Deed.RESTART_SERVICE]
    assert told.dismissable


def test_a_failed_service_makes_a_banner_by_itself() -> None:
    state = replace(gallery()["out-of-memory"].state, problem=None)
    made = fault(state)
    assert made is not None
    assert made.title == "Speech Engine failed: out of memory"
    assert "137" in made.text
    assert not made.dismissable


OOM = "the graphics card ran out of memory: 2.32 GiB more were needed"


def test_the_root_cause_comes_first() -> None:
    state = gallery()["root-cause"].state
    made = fault(state)
    assert made is not None
    assert made.title == f"Speech Engine failed: {OOM}"
    assert made.text.startswith("Choose a smaller model")
    assert "Speech UI failed because of that." in made.text
    assert made.evidence[-1].startswith("torch.cuda.OutOfMemoryError")
    assert [(choice.label, choice.target) for choice in made.choices] == [
        ("Show log", "harmonyspeech-engine"),
        ("Restart Speech Engine", "harmonyspeech-engine"),
    ]
    assert headline(state, NOW).detail == (
        "Two of four services run. Speech Engine failed, and Speech UI with it. Harmony Link is limited."
    )


def test_the_action_is_about_a_root_that_was_stopped() -> None:
    made = fault(gallery()["root-stopped"].state)
    assert made is not None
    assert made.title == "Speech UI failed: it could not reach Speech Engine, which is stopped"
    assert made.choices[-1] == (Deed.START, "Start Speech Engine", "harmonyspeech-engine")


def test_the_failure_from_which_most_suffer_comes_first() -> None:
    state = _stack(
        _service("a", Stage.FAILED),
        _service("b", Stage.FAILED),
        replace(_service("c", Stage.LIMITED), roots=("b",)),
        replace(_service("d", Stage.FAILED), roots=("c", "b")),
    )
    made = fault(state)
    assert made is not None
    assert made.title == "B failed"
    assert made.text == "D failed because of that. A failed too."


def test_a_circle_of_failures_is_told_all_the_same() -> None:
    state = _stack(
        replace(_service("a", Stage.FAILED), roots=("b",)), replace(_service("b", Stage.FAILED), roots=("a",))
    )
    assert fault(state) is not None
    assert headline(state, NOW).title == "Harmony does not run"


def test_evidence_is_short_and_clean() -> None:
    state = gallery()["failed"].state
    long = (*(f"line {i}" for i in range(9)), "\x1b[31mred\x1b[0m", "", "x" * 10_000)
    services = tuple(replace(s, evidence=long) if s.stage is Stage.FAILED else s for s in state.services)
    made = fault(replace(state, services=services))
    assert made is not None
    assert made.evidence[:2] == ("line 8", "red")
    assert len(made.evidence[2]) == 160


def test_no_banner_without_a_fault_or_during_an_operation() -> None:
    recordings = gallery()
    assert fault(recordings["ready"].state) is None
    assert fault(recordings["engine-stopped"].state) is None
    busy = replace(recordings["all-failed"].state, operation=Operation(OperationKind.UP))
    assert fault(busy) is None


def test_several_failures_are_all_named() -> None:
    made = fault(gallery()["all-failed"].state)
    assert made is not None
    assert "Speech UI, Text Generation and Speech Engine failed too." in made.text


def _service(name: str, stage: Stage, reason: str = "", uses: tuple[UseLink, ...] = ()) -> ServiceState:
    running = (ContainerView(name, name, "running", "i"),) if stage not in {Stage.STOPPED, Stage.ABSENT} else ()
    pages = (PageLink(name, "http://127.0.0.1:1/"),)
    return ServiceState(name, name.title(), stage=stage, reason=reason, containers=running, uses=uses, pages=pages,
                        since=NOW - timedelta(minutes=2))  # fmt: skip


def _stack(*services: ServiceState) -> StackState:
    return StackState(phase=StackPhase.LOADED, services=services, engine=EngineState(EngineStatus.READY))


def test_one_service_alone() -> None:
    assert headline(_stack(_service("one", Stage.READY)), NOW).detail.startswith("The service answers.")
    assert headline(_stack(_service("one", Stage.STOPPED)), NOW).detail == "One service, and it does not run."


def test_one_service_that_is_waited_for_tells_its_reason() -> None:
    line = headline(_stack(_service("one", Stage.READY), _service("two", Stage.STARTING, "model loads")), NOW)
    assert line.detail == "Waiting for Two: model loads."


def test_limited_without_a_failure() -> None:
    line = headline(_stack(_service("one", Stage.LIMITED, "two is away"), _service("two", Stage.READY)), NOW)
    assert (line.title, line.detail, line.light) == ("Harmony is limited", "One: two is away.", Light.ATTENTION)


def test_two_failed_among_more() -> None:
    line = headline(_stack(_service("a", Stage.FAILED), _service("b", Stage.FAILED), _service("c", Stage.READY)), NOW)
    assert line.title == "A and B need help"


def test_two_services_in_one_operation() -> None:
    state = replace(
        _stack(_service("a", Stage.READY), _service("b", Stage.READY), _service("c", Stage.READY)),
        operation=Operation(OperationKind.RESTART, services=("a", "b")),
    )
    assert headline(state, NOW).title == "A and B are restarting"
