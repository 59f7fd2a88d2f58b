"""What there is to show of models, and what can be asked for."""

from __future__ import annotations

import enum
from dataclasses import field
from typing import Protocol

from harmony_desktop.control.model_memory import MemoryThere
from harmony_desktop.control.models import (
    Configured,
    LocalModel,
    ModelsPlace,
    Phase,
    Removed,
    Repository,
    Suggestion,
    same_model,
)
from harmony_desktop.control.state import Problem
from harmony_desktop.control.store import Store
from harmony_desktop.control.text_api import LoadedModel
from harmony_desktop.control.transfer import Pace
from harmony_desktop.records import dataclass


class Work(enum.Enum):
    """What is being done."""

    IMPORT = "import"
    DOWNLOAD = "download"
    LOOK_UP = "look up"
    LOAD = "load"
    UNLOAD = "unload"


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A piece of work.

    Attributes:
        work: What is done.
        name: The model that it is about.
        phase: What is done with its file.
        done: Bytes done.
        total: Bytes in all; 0 while unknown.
        pace: How fast it goes.
        cancelling: Somebody has asked for its end.
        since: When it began, seconds of a clock that never goes back.
    """

    work: Work
    name: str = ""
    phase: Phase | None = None
    done: int = 0
    total: int = 0
    pace: Pace = field(default_factory=Pace)
    cancelling: bool = False
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelsState:
    """What there is to show.

    Attributes:
        place: Where the models live; None before it has been looked, and where there is no such place.
        missing: Why there is no such place, or None.
        looked: Whether the folder has been looked at.
        models: What is there.
        configured: What the service starts with.
        free: Bytes that are free on the folder's disk.
        unfinished: Bytes of downloads that were cancelled or broke.
        loaded: Which model is loaded now.
        there: What there is to compute in.
        suggestions: Small, well-known models.
        going_on: What is being done, or None.
        problem: What went wrong last, until it is put away.
        wants_token: Whether a token would help against that.
        page: A page that helps against it, or "".
        said: What was done last, in words, or "".
        arrived: The model that has come into the folder just now, or "".
        removed: A model that was deleted just now: it can still be put back.
        repository: What was looked up on the hub, or None.
        has_token: Whether there is a token for the hub.
    """

    place: ModelsPlace | None = None
    missing: Problem | None = None
    looked: bool = False
    models: tuple[LocalModel, ...] = ()
    configured: Configured = field(default_factory=Configured)
    free: int = 0
    unfinished: int = 0
    loaded: LoadedModel = field(default_factory=LoadedModel)
    there: MemoryThere = field(default_factory=MemoryThere)
    suggestions: tuple[Suggestion, ...] = ()
    going_on: GoingOn | None = None
    problem: Problem | None = None
    wants_token: bool = False
    page: str = ""
    said: str = ""
    arrived: str = ""
    removed: Removed | None = None
    repository: Repository | None = None
    has_token: bool = False

    def model(self, name: str) -> LocalModel | None:
        """Return the model of that name, or None."""
        return next((model for model in self.models if same_model(model.name, name)), None)


class Modelling(Protocol):
    """The gestures. Each returns at once; what comes of it shows in the store."""

    @property
    def store(self) -> Store[ModelsState]:
        """What there is to show."""
        ...

    def look(self) -> None:
        """Look at folder, flags and service again."""
        ...

    def use(self, name: str, context: int) -> None:
        """Let the service start with a model, and load it now if it runs; ``context`` 0 leaves the size as it is."""
        ...

    def unload(self) -> None:
        """Unload the model that is loaded; what the service starts with stays."""
        ...

    def import_file(self, file: str, *, link: bool) -> None:
        """Bring a file into the models folder; ``link``: share its bytes rather than to copy them."""
        ...

    def look_up(self, address: str) -> None:
        """Look a model up on the hub."""
        ...

    def forget_repository(self) -> None:
        """Put away what was looked up."""
        ...

    def download(self, name: str) -> None:
        """Fetch one of the models that were looked up."""
        ...

    def keep_token(self, token: str) -> None:
        """Keep a token for the hub ("" forgets it), and look up once more what was refused without one."""
        ...

    def remove(self, name: str) -> None:
        """Delete a model; for some seconds that can be taken back."""
        ...

    def put_back(self) -> None:
        """Take the last deletion back."""
        ...

    def clear_unfinished(self) -> None:
        """Delete what has come of downloads that were cancelled or broke."""
        ...

    def cancel(self) -> None:
        """End what is being done."""
        ...

    def dismiss(self) -> None:
        """The user has read it."""
        ...
