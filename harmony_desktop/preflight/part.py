"""What a report is made of: parts, gathered at the same time, each within its time limit."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import Any

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError

#: Seconds that one part may take; a frozen engine uses them up.
TIME_LIMIT = 20.0
#: Bytes of one file in a report.
MAX_BYTES = 256 * 1024

_log = logging.getLogger(__name__)


class Kind(enum.Enum):
    """How a member is read for secrets, before it is masked."""

    DATA = "data"
    """JSON-like: names tell."""
    FILE = "file"
    """A text that a person wrote: names tell, and what they tell is a secret everywhere."""
    LOG = "log"
    """A text that a program wrote: masked, but nothing is learned from its chatter."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the report, not masked yet.

    Attributes:
        name: Its path in the zip.
        content: A text, or JSON-like data.
        kind: How it is read.
        title: What it is, for the list.
    """

    name: str
    content: object
    kind: Kind = Kind.DATA
    title: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Something to gather.

    Attributes:
        title: What it is, in plain words.
        gather: Returns its members. May raise; then the report says why there are none.
        limit: Seconds that it may take.
    """

    title: str
    gather: Callable[[], Awaitable[Sequence[Member]]]
    limit: float = TIME_LIMIT


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came of a part."""

    title: str
    members: tuple[Member, ...] = ()
    fault: str = ""


class NothingThereError(Exception):
    """A part has nothing to give; the text says why."""


async def gather(part: Part) -> Gathered:
    """Gather one part; never raises (except when it is cancelled)."""
    try:
        async with asyncio.timeout(part.limit):
            return Gathered(part.title, tuple(await part.gather()))
    except TimeoutError:
        return Gathered(part.title, fault=f"There was no answer within {part.limit:g} seconds.")
    except (HarmonyError, NothingThereError, OSError) as error:
        return Gathered(part.title, fault=told(error))
    except Exception as error:  # noqa: BLE001 - a part that breaks must not take the others with it
        _log.info("gathering %s broke", part.title, exc_info=error)
        return Gathered(part.title, fault=f"Gathering it broke: {error!r}.")


def told(error: BaseException) -> str:
    """Return an error as sentences in one line."""
    if not isinstance(error, HarmonyError):
        return " ".join(str(error).split())
    parts = (" ".join(part.split()) for part in (error.title, error.cause, error.advice) if part)
    return " ".join(part if part.endswith((".", "!", "?", "”")) else f"{part}." for part in parts)


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Return records, times, paths and enumerations as JSON has them; what is callable is left out."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, PurePath):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {name: plain(item) for name, item in fields if not callable(item)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return str(value)
