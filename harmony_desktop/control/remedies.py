"""What the panel can do itself about a fault: offered as a button beside the advice, and done only when chosen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import field

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way out of a fault.

    Attributes:
        id: Stable, unique within its fault ("use-port-8081", "roll-back").
        label: The words of its button ("Use port 8081 instead").
        explanation: What will be done, before it is done: files that change, containers that are made anew.
        act: Does it. Raises HarmonyError. It may take long, and may be cancelled.
        again: Whether what failed is tried once more afterwards.
        makes_anew: Whether containers have to be made anew for it: a restart that failed then comes back as a start.
    """

    id: str
    label: str
    explanation: str = ""
    act: Callable[[], Awaitable[None]] | None = field(default=None, compare=False, repr=False)
    again: bool = False
    makes_anew: bool = False


class RemediableError(HarmonyError):
    """A fault that the panel can do something about when asked to."""

    def __init__(
        self, title: str, *, cause: str = "", advice: str = "", service: str = "", remedies: tuple[Remedy, ...] = ()
    ) -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.service = service
        self.remedies = remedies
