"""Gaming mode: who holds the graphics card (or the memory), and what is remembered of what was taken from it."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Protocol

from harmony_desktop.control.models_place import find_place
from harmony_desktop.control.readiness import MODEL_INFO
from harmony_desktop.plan.observed import Container, ContainerState, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Gaming, Project, Service

#: Device files and names that are graphics cards: NVIDIA's, AMD's and Intel's, and those of the container interface.
_CARD_DEVICES = ("/dev/nvidia", "/dev/kfd", "/dev/dri", "nvidia.com/gpu", "amd.com/gpu")
ALIVE = frozenset({ContainerState.RUNNING, ContainerState.RESTARTING, ContainerState.PAUSED})


@dataclass(frozen=True, slots=True)
class Stopped:
    """One container that gaming mode has stopped, or met.

    Attributes:
        service: Its service.
        number: Its number within the service: an update may have made it anew, under another id.
        container: Its id.
    """

    service: str
    number: int
    container: str


@dataclass(frozen=True, slots=True)
class Unloaded:
    """The model that one container had loaded.

    Attributes:
        service: Its service.
        number: Its number within the service.
        model: The model's name, as the API tells it.
        arguments: What it was loaded with, as far as the API and the flags tell.
        loras: Adapters that were on it.
    """

    service: str
    number: int
    model: str
    arguments: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    loras: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CardUse:
    """How much of a graphics card's memory was in use, by all programs together.

    Attributes:
        uuid: The card.
        name: Its name.
        used: Bytes.
    """

    uuid: str
    name: str
    used: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What the machine's meters showed at one moment.

    Attributes:
        cards: The cards whose driver tells.
        memory: Bytes of system memory in use; 0 where that is not known.
        booted: When this computer was started, in seconds since the epoch; 0 where that is not known.
    """

    cards: tuple[CardUse, ...] = ()
    memory: int = 0
    booted: float = 0.0


@dataclass(frozen=True, slots=True)
class GamingRecord:
    """What gaming mode has done to a stack: all that is needed to bring it back.

    Written before anything is done, so that also what was ended half-way can be brought back.

    Attributes:
        since: When it began.
        card: Whether a graphics card is what it frees; else memory and processor.
        whole: Whether all was done that there was to do; False while it goes on, or where it was ended.
        stopped: Containers that were stopped.
        unloaded: Models that were unloaded.
        running: Containers that ran on: a restart of the computer ends them.
        before: What was in use before; None where nobody could tell.
        after: What was in use when it was done.
    """

    since: datetime
    card: bool = True
    whole: bool = False
    stopped: tuple[Stopped, ...] = ()
    unloaded: tuple[Unloaded, ...] = ()
    running: tuple[Stopped, ...] = ()
    before: Reading | None = None
    after: Reading | None = None

    @property
    def services(self) -> tuple[str, ...]:
        """The services that it touched, without doubles."""
        return tuple(dict.fromkeys([*(each.service for each in self.stopped), *(u.service for u in self.unloaded)]))

    @property
    def stopped_services(self) -> tuple[str, ...]:
        """The services of which it stopped containers."""
        return tuple(dict.fromkeys(each.service for each in self.stopped))

    def with_stopped(self, containers: tuple[Container, ...]) -> GamingRecord:
        """Return it with further containers."""
        mine = {(c.service, c.number) for c in containers}
        kept = tuple(each for each in self.stopped if (each.service, each.number) not in mine)
        return replace(self, stopped=(*kept, *(Stopped(c.service, c.number, c.id) for c in containers)))

    def with_unloaded(self, models: tuple[Unloaded, ...]) -> GamingRecord:
        """Return it with further models; what is loaded now counts, not what was loaded before."""
        mine = {(each.service, each.number) for each in models}
        kept = tuple(each for each in self.unloaded if (each.service, each.number) not in mine)
        return replace(self, unloaded=(*kept, *models))


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """What bringing back came to.

    Attributes:
        was_on: Whether gaming mode was on at all.
        started: Services that were started.
        loaded: Models that were loaded.
        left: What was left as it is, because somebody has decided otherwise meanwhile: sentences.
    """

    was_on: bool = False
    started: tuple[str, ...] = ()
    loaded: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class GamingMemory(Protocol):
    """Remembers by project what gaming mode has done; survives the panel."""

    def load(self, project: Project) -> GamingRecord | None:
        """Return what is remembered; None while gaming mode is off. Never raises."""
        ...

    def save(self, project: Project, record: GamingRecord) -> None:
        """Remember. Raises OSError."""
        ...

    def forget(self, project: Project) -> None:
        """Gaming mode is off. Raises OSError."""
        ...


class Way(enum.StrEnum):
    """How a service gives back what it holds."""

    UNLOAD = "unload"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Holders:
    """Who holds what a game wants.

    Attributes:
        ways: Service -> how it gives it back.
        card: Whether a graphics card is what they hold; else memory and processor.
    """

    ways: Mapping[str, Way]
    card: bool


def find_holders(project: Project) -> Holders:
    """Return who holds the graphics card by their requests; where nobody asks for one, who computes on the processor.

    ``x-harmony.gaming`` has the last word on a service.
    """
    card = any(uses_card(service) for service in project.services.values())
    ways: dict[str, Way] = {}
    for service in project.services.values():
        said = service.presentation.gaming
        if said is Gaming.KEEP:
            continue
        if said is not None:
            # Without a request it has no card, whatever it computes.
            if uses_card(service) or not card:
                ways[service.name] = Way(said.value)
        elif uses_card(service) or (not card and has_model_api(project, service)):
            ways[service.name] = Way.UNLOAD if has_model_api(project, service) else Way.STOP
    return Holders(ways, card)


def uses_card(service: Service) -> bool:
    """Whether a service is given a graphics card: by a request, by NVIDIA's runtime, or as a device."""
    if any(request.driver == "nvidia" or "gpu" in request.capabilities for request in service.gpus):
        return True
    devices = (device.get("source", "") for device in service.spec.get("devices", ()) if isinstance(device, Mapping))
    return service.spec.get("runtime") == "nvidia" or any(str(device).startswith(_CARD_DEVICES) for device in devices)


def has_model_api(project: Project, service: Service) -> bool:
    """Whether a service can be asked for its model, and to unload it."""
    if any(probe.path == MODEL_INFO for probe in service.presentation.probes):
        return True
    try:
        return find_place(project).service == service.name
    except HarmonyError:
        return False


def found_again(observed: Observed, service: str, number: int, container: str = "") -> Container | None:
    """Return a container that was remembered, or the one that took its place; None where there is none any more."""
    mine = [c for c in observed.containers if c.service == service and not c.oneoff]
    by_id = next((c for c in mine if c.id == container), None)
    return by_id or next((c for c in mine if c.number == number), None)


def freed(record: GamingRecord) -> int | None:
    """Return how many bytes are free that were not before (of cards, or of memory); None where nobody could tell."""
    before, after = record.before, record.after
    if before is None or after is None:
        return None
    if not record.card:
        return max(0, before.memory - after.memory) if before.memory and after.memory else None
    then = {card.uuid: card.used for card in before.cards}
    pairs = [(then[card.uuid], card.used) for card in after.cards if card.uuid in then]
    return max(0, sum(was - now for was, now in pairs)) if pairs else None
