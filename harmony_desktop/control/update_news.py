"""What there is to tell of updates, as frozen values: the window, the tray and the command line render them."""

from __future__ import annotations

import enum
from datetime import datetime

from harmony_desktop.records import dataclass


class Standing(enum.StrEnum):
    """How a service's image stands to the one at its registry."""

    CURRENT = "up to date"
    NEWER = "update"
    FETCHED = "fetched"
    HELD = "held back"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Availability:
    """What is there for one service.

    Attributes:
        service: Its name.
        title: The name that people read.
        reference: Its image's name.
        standing: CURRENT; NEWER, the registry has another one; FETCHED, it is here, but the service still runs an
            older one; HELD, a person has rolled it back; UNKNOWN.
        current: Digest (or ID) of the image in use, or "".
        available: Digest of the newer one, or "".
        created: When the image in use was made, or "".
    """

    service: str
    title: str
    reference: str
    standing: Standing
    current: str = ""
    available: str = ""
    created: str = ""

    def __str__(self) -> str:
        if self.standing in {Standing.CURRENT, Standing.UNKNOWN}:
            return f"{self.title}: {self.standing}"
        kept = ", kept at the earlier version" if self.standing is Standing.HELD else ""
        return f"{self.title}: {short(self.current) or 'nothing'} -> {short(self.available)}{kept}"


class Deed(enum.StrEnum):
    """What was done last."""

    UPDATED = "updated"
    UP_TO_DATE = "up to date"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class UpdateNews:
    """What is shown of updates.

    Attributes:
        items: The services that are not on the newest image: there is an update, or one is held back.
        asked_at: When the registries were asked last, or None.
        asking: They are being asked now.
        fault: Why the last question that somebody asked for got no answer, or "".
        earlier: Titles of the services that a rollback would return to an earlier image; empty where there is none.
        deed: What the last update or rollback came to, until that is put away; else None.
        done: What it changed, a line for each service.
    """

    items: tuple[Availability, ...] = ()
    asked_at: datetime | None = None
    asking: bool = False
    fault: str = ""
    earlier: tuple[str, ...] = ()
    deed: Deed | None = None
    done: tuple[str, ...] = ()


def short(digest: str) -> str:
    """Return the part of an ID or a digest that people compare."""
    return digest.rpartition("@")[2].removeprefix("sha256:")[:12]
