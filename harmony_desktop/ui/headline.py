"""From the state to words: the one sentence, the line under it, the next action, the fault. Pure functions."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from harmony_desktop.control.kinds import DownloadPhase, EngineStatus, Light, OperationKind, StackPhase, Stage
from harmony_desktop.ui.i18n import bare, capitalised, join_words, number_word, told, tr, trn
from harmony_desktop.ui.wording import duration, is_main_page

if TYPE_CHECKING:
    from harmony_desktop.control.gaming import GamingRecord
    from harmony_desktop.control.stack_state import StackState
    from harmony_desktop.control.state import Operation, ServiceState


class Deed(enum.Enum):
    """What a button of the stack page does."""

    START = enum.auto()
    OPEN_PAGE = enum.auto()
    OPEN_FOLDER = enum.auto()
    RETRY_ENGINE = enum.auto()
    RESTART_SERVICE = enum.auto()
    SHOW_LOG = enum.auto()
    REMEDY = enum.auto()
    SHOW_MODELS = enum.auto()


class Choice(NamedTuple):
    """A button: what it does, its words, and the address or the service that it is about."""

    deed: Deed
    label: str
    target: str = ""


class Headline(NamedTuple):
    """What stands at the top of the stack page, in the tray's tooltip and in its menu.

    Attributes:
        title: What is, in plain words.
        detail: Why.
        light: The state of the whole.
        primary: The obvious next action, or None.
    """

    title: str
    detail: str
    light: Light
    primary: Choice | None = None


class Control(NamedTuple):
    """Whether one of the three main buttons is there, and whether it can be pressed."""

    visible: bool = False
    enabled: bool = False


class Controls(NamedTuple):
    """The three main buttons."""

    start: Control = Control()
    stop: Control = Control()
    restart: Control = Control()


_OFF = frozenset({Stage.ABSENT, Stage.STOPPED})
_BUSY = frozenset({Stage.STARTING, Stage.RUNNING, Stage.REACHABLE})


def headline(state: StackState, now: datetime) -> Headline:
    """Return the sentence for a state."""
    if state.phase is StackPhase.LOADING:
        return Headline(tr("One moment"), tr("Harmony reads its files and looks for Docker."), Light.UNKNOWN)
    if state.phase is StackPhase.NO_FOLDER:
        return Headline(tr("Welcome to Harmony"), tr("Let us prepare this computer."), Light.STOPPED)
    if state.phase is StackPhase.BROKEN:
        return Headline(
            tr("Harmony cannot read its files"),
            tr("Something in the stack’s folder is not as it should be. What runs already keeps running."),
            Light.FAILED,
            Choice(Deed.OPEN_FOLDER, tr("Open the folder"), state.folder) if state.folder else None,
        )
    if state.engine.status is not EngineStatus.READY:
        return _engine_headline(state)
    if state.operation is not None:
        return _operation_headline(state.operation, state)
    return _services_headline(state, now)


def overall_light(state: StackState) -> Light:
    """Return the light of the whole stack, for the tray."""
    return headline(state, datetime.now().astimezone()).light


def controls(state: StackState) -> Controls:
    """Return which of Start, Stop and Restart are there, and which can be pressed."""
    if state.phase is not StackPhase.LOADED or state.engine.status is not EngineStatus.READY or not state.services:
        return Controls()
    if state.operation is not None:
        pressed = Control(visible=True)
        match state.operation.kind:
            case OperationKind.UP | OperationKind.PULL | OperationKind.BRING_BACK:
                return Controls(start=pressed)
            case OperationKind.STOP | OperationKind.DOWN | OperationKind.FREE:
                return Controls(stop=pressed)
            case OperationKind.RESTART | OperationKind.UPDATE | OperationKind.ROLL_BACK:
                return Controls(restart=pressed)
    known = any(s.stage is not Stage.UNKNOWN for s in state.services)
    runs = any(_up(s) for s in state.services)
    off = any(s.stage in _OFF for s in state.services)
    return Controls(
        start=_control(off or not runs, known),
        stop=_control(runs, known),
        restart=_control(runs, known),
    )


def can_act(state: StackState) -> bool:
    """Whether a service can be started or stopped now."""
    return state.phase is StackPhase.LOADED and state.engine.status is EngineStatus.READY and state.operation is None


def front_page(state: StackState) -> Choice | None:
    """Return the page that a person wants to see first: the first page of the first caller that has one."""
    for service in state.services:
        main = service.pages and is_main_page(service, service.pages[0])
        if main and service.light in {Light.READY, Light.ATTENTION}:
            return Choice(Deed.OPEN_PAGE, tr("Open {service}", service=service.title), service.pages[0].url)
    return None


def needed_by(state: StackState, name: str) -> list[ServiceState]:
    """Return the services that call a service."""
    return [s for s in state.services if name in s.depends_on or any(use.service == name for use in s.uses)]


def culprits(failed: list[ServiceState]) -> list[ServiceState]:
    """Return those that failed by themselves; all, where each has its root in something that has not failed."""
    names = {service.name for service in failed}
    return [service for service in failed if not names.intersection(service.roots)] or failed


def _control(visible: bool, enabled: bool) -> Control:
    return Control(visible, visible and enabled)


def _up(service: ServiceState) -> bool:
    return service.runs or service.stage in _BUSY or service.stage in {Stage.READY, Stage.LIMITED, Stage.DEGRADED}


def _engine_headline(state: StackState) -> Headline:
    engine = state.engine
    again = Choice(Deed.RETRY_ENGINE, tr("Try again"))
    titles = {
        EngineStatus.ABSENT: tr("Harmony needs Docker"),
        EngineStatus.STOPPED: tr("Docker is not running"),
        EngineStatus.DENIED: tr("Docker does not let you in"),
        EngineStatus.UNREACHABLE: tr("Docker does not answer"),
        EngineStatus.TOO_OLD: tr("Docker is too old"),
    }
    details = {
        EngineStatus.ABSENT: tr("No Docker engine was found on this computer."),
        EngineStatus.STOPPED: tr("Harmony’s services run in Docker. Start it, and this page comes to life."),
        EngineStatus.DENIED: tr("It runs, but this user has no permission to talk to it."),
        EngineStatus.UNREACHABLE: tr("What runs in it may still run. Harmony keeps trying."),
        EngineStatus.TOO_OLD: tr("This version lacks what Harmony needs."),
    }
    if engine.status is EngineStatus.SEARCHING:
        return Headline(tr("Looking for Docker"), told(engine.reason) or tr("This takes a moment."), Light.UNKNOWN)
    if engine.status is EngineStatus.STARTING:
        return Headline(tr("Docker is starting"), tr("Harmony goes on by itself."), Light.BUSY)
    light = Light.UNKNOWN if engine.status is EngineStatus.UNREACHABLE else Light.ATTENTION
    return Headline(titles[engine.status], details[engine.status], light, again)


def _operation_headline(operation: Operation, state: StackState) -> Headline:
    named = [s.title for s in state.services if s.name in operation.services]
    title = _operation_title(operation.kind, named if 0 < len(named) <= 2 else [tr("Harmony")])
    if operation.pulls and operation.kind is OperationKind.UP:
        detail = tr("The first start downloads what is missing. Later ones take seconds.")
    elif operation.kind is OperationKind.UP:
        detail = tr("Services start in the order in which they need each other.")
    elif operation.kind is OperationKind.UPDATE:
        detail = tr("What runs keeps running until its new version is here. You can return to this one afterwards.")
    elif operation.kind is OperationKind.ROLL_BACK:
        detail = tr("The images that ran before are still here.")
    elif operation.kind is OperationKind.FREE:
        detail = tr("What is stopped and unloaded now is remembered, and can be brought back.")
    elif operation.kind is OperationKind.BRING_BACK:
        detail = tr("What was stopped starts, and the model that was unloaded is loaded again.")
    elif operation.kind is OperationKind.STOP:
        detail = tr("Each service gets the time to finish what it does.")
    else:
        detail = tr("This may take a moment.")
    if operation.cancelling:
        detail = tr("Stopping where it is. The next start goes on from there.")
        if operation.kind in {OperationKind.FREE, OperationKind.BRING_BACK}:
            detail = tr("Stopping where it is. What was stopped and unloaded can still be brought back.")
        if any(pull.phase not in {DownloadPhase.DONE, DownloadPhase.THERE} for pull in operation.pulls):
            detail = tr("Stopping where it is. Images that are complete stay; the next start fetches the others.")
    return Headline(title, detail, Light.BUSY)


def _operation_title(kind: OperationKind, names: list[str]) -> str:
    what, n = join_words(names), len(names)
    match kind:
        case OperationKind.UP:
            return trn("{what} is starting", "{what} are starting", n, what=what)
        case OperationKind.STOP:
            return trn("{what} is stopping", "{what} are stopping", n, what=what)
        case OperationKind.DOWN:
            return trn("{what} is being put away", "{what} are being put away", n, what=what)
        case OperationKind.RESTART:
            return trn("{what} is restarting", "{what} are restarting", n, what=what)
        case OperationKind.PULL:
            return trn("{what} is being downloaded", "{what} are being downloaded", n, what=what)
        case OperationKind.UPDATE:
            return trn("{what} is being updated", "{what} are being updated", n, what=what)
        case OperationKind.ROLL_BACK:
            return trn("{what} returns to its earlier version", "{what} return to their earlier versions", n, what=what)
        case OperationKind.PREPARE:
            return trn("{what} is being prepared", "{what} are being prepared", n, what=what)
        case OperationKind.FREE:
            return trn("{what} makes room for a game", "{what} make room for a game", n, what=what)
        case OperationKind.BRING_BACK:
            return trn("{what} comes back", "{what} come back", n, what=what)
        case OperationKind.CLEAN_UP:
            return trn("{what} is being cleaned up", "{what} are being cleaned up", n, what=what)


def _services_headline(state: StackState, now: datetime) -> Headline:
    services = state.services
    if not services:
        return Headline(
            tr("There is nothing to run"),
            tr("The stack’s files name no services."),
            Light.STOPPED,
            Choice(Deed.OPEN_FOLDER, tr("Open the folder"), state.folder) if state.folder else None,
        )

    def having(test: Callable[[ServiceState], bool]) -> list[ServiceState]:
        return [s for s in services if test(s)]

    failed = having(lambda s: s.stage is Stage.FAILED)
    unknown = having(lambda s: s.stage is Stage.UNKNOWN)
    off = having(lambda s: s.stage in _OFF)
    busy = having(lambda s: s.light is Light.BUSY)
    troubled = having(lambda s: s.stage is Stage.DEGRADED)
    start = Choice(Deed.START, tr("Start"))
    if failed:
        return Headline(_loss(state, culprits(failed)), _failure_detail(state, failed), Light.FAILED)
    if len(unknown) == len(services):
        return Headline(tr("One moment"), tr("Harmony looks at its services."), Light.UNKNOWN)
    if state.gaming is not None and not busy and not _own_troubles(troubled, state.gaming):
        return _gaming_headline(state.gaming)
    if len(off) == len(services):
        detail = trn(
            "One service, and it does not run.",
            "{word} services, and none of them runs.",
            len(services),
            word=capitalised(number_word(len(services))),
        )
        return Headline(tr("Harmony is stopped"), detail + _unused_card(state), Light.STOPPED, start)
    if busy:
        return Headline(tr("Harmony is starting"), _waiting_detail(busy), Light.BUSY)
    if troubled:
        detail = " ".join(_because(s) for s in troubled[:2])
        return Headline(_loss(state, troubled), detail, Light.ATTENTION, front_page(state))
    if off:
        names = join_words([s.title for s in off]) if len(off) <= 3 else number_word(len(off))
        detail = tr(
            "{running} of {all} services run. Not running: {services}.",
            running=capitalised(number_word(len(services) - len(off))),
            all=number_word(len(services)),
            services=names,
        )
        return Headline(tr("Part of Harmony is running"), detail, Light.ATTENTION, start)
    limited = having(lambda s: s.light is not Light.READY)
    if limited:
        return Headline(
            tr("Harmony is limited"), " ".join(_because(s) for s in limited[:2]), Light.ATTENTION, front_page(state)
        )
    empty = having(lambda s: s.lacks_model)
    if empty:
        return Headline(
            tr("Harmony has no model to think with"),
            tr("All services answer, but {service} has no language model loaded.", service=empty[0].title),
            Light.READY,
            Choice(Deed.SHOW_MODELS, tr("Choose a model")),
        )
    return Headline(tr("Harmony is ready"), _ready_detail(state, now), Light.READY, front_page(state))


def _own_troubles(troubled: list[ServiceState], record: GamingRecord) -> list[ServiceState]:
    """Return those whose trouble is not that others rest for a game."""
    return [s for s in troubled if not s.roots or not set(s.roots) <= set(record.services)]


def _gaming_headline(record: GamingRecord) -> Headline:
    """What gaming mode has stopped is no fault: it was asked for."""
    if not record.whole:
        detail = tr("Not everything that a game could want was freed.")
    elif record.card:
        detail = tr("Harmony rests, and the graphics card is free for a game.")
    else:
        detail = tr("Harmony rests, and memory and processor are free for a game.")
    return Headline(tr("Gaming mode is on"), detail, Light.STOPPED)


def _waiting_detail(busy: list[ServiceState]) -> str:
    if len(busy) > 3:
        return tr("Waiting for {count} services.", count=number_word(len(busy)))
    if len(busy) == 1 and busy[0].reason:
        return tr("Waiting for {service}: {reason}.", service=busy[0].title, reason=bare(busy[0].reason))
    return tr("Waiting for {services}.", services=join_words([s.title for s in busy]))


def _because(service: ServiceState) -> str:
    if service.reason:
        return tr("{service}: {reason}.", service=service.title, reason=bare(service.reason))
    return tr("{service} does not answer as it should.", service=service.title)


#: What is lost with a service, told by the purpose its callers have for it (``x-harmony.uses``).
_LOSSES: dict[str, Callable[[], str]] = {
    "text": lambda: tr("Harmony cannot find words"),
    "speech": lambda: tr("Harmony cannot speak"),
    "voice": lambda: tr("Harmony cannot speak"),
    "transcription": lambda: tr("Harmony cannot hear"),
    "vision": lambda: tr("Harmony cannot see"),
}


def _loss(state: StackState, lost: list[ServiceState]) -> str:
    if len(lost) == len(state.services):
        return tr("Harmony does not run")
    if len(lost) == 1:
        name = lost[0].name
        for caller in state.services:
            for use in caller.uses:
                if use.service == name and use.purpose.lower() in _LOSSES:
                    return _LOSSES[use.purpose.lower()]()
        if lost[0].stage is Stage.FAILED:
            return tr("{service} has failed", service=lost[0].title)
        return tr("{service} has trouble", service=lost[0].title)
    return (
        tr("{services} need help", services=join_words([s.title for s in lost]))
        if len(lost) == 2
        else tr("{count} services need help", count=capitalised(number_word(len(lost))))
    )


def _failure_detail(state: StackState, failed: list[ServiceState]) -> str:
    running = sum(1 for s in state.services if _up(s) and s.stage is not Stage.FAILED)
    total = len(state.services)
    if running:
        first = trn(
            "One of {all} services runs.",
            "{word} of {all} services run.",
            running,
            word=capitalised(number_word(running)),
            all=number_word(total),
        )
    else:
        first = tr("None of {all} services runs.", all=number_word(total))
    own = culprits(failed)
    dragged = [s.title for s in failed if s not in own]
    sufferers: list[str] = []
    for service in failed:
        for caller in needed_by(state, service.name):
            if caller not in failed and caller.title not in sufferers and caller.stage not in _OFF:
                sufferers.append(caller.title)
    names = join_words([s.title for s in own])
    if dragged:
        first += " " + tr("{services} failed, and {callers} with it.", services=names, callers=join_words(dragged))
        if not sufferers:
            return first
        are_limited = trn(
            "{callers} is limited.", "{callers} are limited.", len(sufferers), callers=join_words(sufferers)
        )
        return f"{first} {are_limited}"
    if sufferers:
        limited = trn(
            "{services} failed, so {callers} is limited.",
            "{services} failed, so {callers} are limited.",
            len(sufferers),
            services=names,
            callers=join_words(sufferers),
        )
        return f"{first} {limited}"
    return f"{first} " + tr("{services} failed.", services=names)


def _ready_detail(state: StackState, now: datetime) -> str:
    count = len(state.services)
    answer = trn("The service answers.", "All {word} services answer.", count, word=number_word(count))
    if count == 2:
        answer = tr("Both services answer.")
    moments = [s.since for s in state.services if s.since is not None]
    if moments:
        answer += " " + _running_words(state, duration(now - max(moments)))
    return answer + _unused_card(state)


def _running_words(state: StackState, length: str) -> str:
    """Return since when it runs, and on what."""
    if state.hardware.profile == "nvidia" and state.hardware.gpus:
        return tr("Running for {length} on your {card}.", length=length, card=state.hardware.gpus[0].name)
    if state.hardware.profile == "cpu":
        return tr("Running for {length} on the processor.", length=length)
    return tr("Running for {length}.", length=length)


def _unused_card(state: StackState) -> str:
    """Why a card that is there is not used: never a silent downgrade."""
    hardware = state.hardware
    if hardware.profile != "cpu" or not hardware.gpus or not hardware.automatic or not hardware.reasons:
        return ""
    return "\n" + told(hardware.reasons[0])
