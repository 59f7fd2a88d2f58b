"""The plan: printable data, a graph, one step for one engine call, each with its cause."""

from __future__ import annotations

import enum

from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Condition


class Action(enum.StrEnum):
    """What a step does; the words of its printed form."""

    PULL = "pull"
    TAG = "point"
    CREATE_NETWORK = "create network"
    REMOVE_NETWORK = "remove network"
    CREATE_VOLUME = "create volume"
    REMOVE_VOLUME = "remove volume"
    CREATE = "create"
    START = "start"
    UNPAUSE = "unpause"
    STOP = "stop"
    RESTART = "restart"
    REMOVE = "remove"
    RENAME = "rename"
    WAIT = "wait for"


@dataclass(frozen=True, slots=True)
class Step:
    """One engine call, or one wait for a condition.

    Attributes:
        id: Unique in its plan.
        action: What is done.
        target: The engine's name of the thing: a container, a network, a volume, an image.
        cause: Why, in plain words.
        after: Steps that must have succeeded first.
        after_any: Steps that must have ended first, well or not.
        service: The service that it is about, or "".
        container_id: The container that it acts on, where it exists already.
        number: The container's number within its service.
        name: CREATE: the name to create under, where a temporary one is needed; RENAME: the new name;
            TAG: the image that gets the name.
        replaces: CREATE: the container whose anonymous volumes are inherited and whose place is taken.
        condition: WAIT: what to wait for.
        required: False turns a failure into a warning.
    """

    id: str
    action: Action
    target: str
    cause: str
    after: frozenset[str] = frozenset()
    after_any: frozenset[str] = frozenset()
    service: str = ""
    container_id: str = ""
    number: int = 1
    name: str = ""
    replaces: str = ""
    condition: Condition | None = None
    required: bool = True

    def __str__(self) -> str:
        what = f"{self.action} {self.target}"
        if self.action in {Action.RENAME, Action.TAG}:
            what += f" to {self.name}"
        if self.condition is not None:
            what += f" ({self.condition.removeprefix('service_').replace('_', ' ')})"
        return f"{what}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in an order that respects their dependencies, and what is worth saying about them.

    Attributes:
        steps: What to do.
        running: Containers that are as they should be, by name.
        warnings: What the user should know (orphans, images that are not there).
    """

    steps: tuple[Step, ...] = ()
    running: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps)
