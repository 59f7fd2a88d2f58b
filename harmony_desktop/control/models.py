"""Language models: what there is to know of one, where they live, and the protocols of those who handle their files."""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from harmony_desktop.control.stopping import Stop
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError


class Phase(enum.StrEnum):
    """What is being done with a model's file."""

    CHECKING = "checking"
    COPYING = "copying"
    DOWNLOADING = "downloading"
    RETRYING = "retrying"
    FINISHING = "finishing"


#: Is told how far it is, from the thread that works: the phase, bytes done, bytes in all.
Progress = Callable[[Phase, int, int], None]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a model's header says; 0 and "" for what it does not say.

    Attributes:
        architecture: The family ("llama", "qwen2").
        title: The name that its makers gave it.
        quantisation: How its numbers are written ("Q4_K_M").
        context: Tokens that it was made for.
        layers: Its layers.
        cache_per_token: Bytes that one token of context takes in all layers, at 16 bits a number.
        parameters: How many numbers it consists of.
    """

    architecture: str = ""
    title: str = ""
    quantisation: str = ""
    context: int = 0
    layers: int = 0
    cache_per_token: int = 0
    parameters: int = 0


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model in the models folder.

    Attributes:
        name: As the service calls it: its path within the folder, with forward slashes.
        size: Bytes, of all its parts.
        facts: What its header says; None where there is none to be read.
        fault: Why it cannot be used, in plain words, or "".
        files: Its files within the folder.
    """

    name: str
    size: int
    facts: Facts | None = None
    fault: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Configured:
    """What the service starts with, by its CMD_FLAGS.txt; "" and 0 for what is not said there."""

    model: str = ""
    context: int = 0


@dataclass(frozen=True, slots=True)
class ModelsPlace:
    """Where the models of a stack live.

    Attributes:
        service: The service that computes on them.
        title: Its name for people.
        folder: The models folder on this computer.
        flags: Its CMD_FLAGS.txt, or None where none is mounted.
        api_port: The port of its API within the container.
        context_flag: The flag that sets the context size, in the words of its version.
        memory_limit: Bytes that its container may use; 0 is no limit.
    """

    service: str
    title: str
    folder: Path
    flags: Path | None
    api_port: int = 5000
    context_flag: str = "--ctx-size"
    memory_limit: int = 0


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is in the models folder.

    Attributes:
        models: The models, by name.
        configured: What the service starts with.
        free: Bytes that are free on the folder's disk.
        unfinished: Bytes of downloads that were cancelled or broke.
    """

    models: tuple[LocalModel, ...] = ()
    configured: Configured = Configured()
    free: int = 0
    unfinished: int = 0


@dataclass(frozen=True, slots=True)
class Removed:
    """A model that was put aside, for a moment in which that can be taken back.

    Attributes:
        name: The model.
        moved: Where each of its files was, and where it is.
        flags_before: What CMD_FLAGS.txt held before, where it named the model.
        flags_after: What it holds since.
    """

    name: str
    moved: tuple[tuple[Path, Path], ...] = ()
    flags_before: bytes | None = None
    flags_after: bytes | None = None


class Library(Protocol):
    """The models folder. Calls read and write files and run in a thread; all raise HarmonyError."""

    def look(self, place: ModelsPlace) -> Shelf:
        """Return what is there."""
        ...

    def configured(self, place: ModelsPlace) -> Configured:
        """Return what the service starts with."""
        ...

    def key(self, place: ModelsPlace) -> str:
        """Return the key that the service's API asks for, as its flags set it, or ""."""
        ...

    def configure(self, place: ModelsPlace, model: str, context: int) -> None:
        """Let the service start with a model; ``context`` 0 leaves the size as it is."""
        ...

    def import_file(self, place: ModelsPlace, source: Path, *, link: bool, progress: Progress, stop: Stop) -> str:
        """Bring a model's file into the folder and return its name there. Raises StoppedError, too.

        Args:
            place: Where to.
            source: The file.
            link: Share the file's bytes with it (a hard link) rather than to copy them.
            progress: Is told how far it is.
            stop: Ends it.
        """
        ...

    def remove(self, place: ModelsPlace, name: str) -> Removed:
        """Put a model aside; if the service starts with it, it no longer does."""
        ...

    def restore(self, place: ModelsPlace, removed: Removed) -> None:
        """Put a model back."""
        ...

    def clear_unfinished(self, place: ModelsPlace) -> None:
        """Delete what has come of downloads that were cancelled or broke; those that go on stay."""
        ...

    def purge(self, removed: Removed) -> None:
        """Delete what was put aside; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of a repository; ``sha256`` is "" where the hub does not tell it."""

    path: str
    size: int
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class HubChoice:
    """One model of a repository: the same model is there in several quantisations.

    Attributes:
        name: The file's name (of the first part).
        quantisation: As the name tells it ("Q4_K_M"), or "".
        files: Its parts, in order.
    """

    name: str
    quantisation: str
    files: tuple[HubFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Repository:
    """What a model hub has under one name.

    Attributes:
        name: "owner/name".
        revision: The exact state that was looked at.
        licence: The licence's id, or "".
        gated: Whether its owner wants to know who takes it.
        choices: The models, the smallest first.
        asked: The file that the address named, or "".
        context: Tokens that it was made for, 0 where the hub does not tell.
        page: The address of its page.
    """

    name: str
    revision: str = ""
    licence: str = ""
    gated: bool = False
    choices: tuple[HubChoice, ...] = ()
    asked: str = ""
    context: int = 0
    page: str = ""


class HubError(HarmonyError):
    """The model hub refused, or could not be reached.

    Attributes:
        wants_token: Whether a token (or another one) would help.
        page: The address of the page where one asks for access, or "".
    """

    def __init__(
        self, title: str, *, cause: str = "", advice: str = "", wants_token: bool = False, page: str = ""
    ) -> None:
        super().__init__(title, cause=cause, advice=advice)
        self.wants_token = wants_token
        self.page = page


class Hub(Protocol):
    """A model hub. Calls run in a thread; all raise HarmonyError and StoppedError."""

    def repository(self, address: str, stop: Stop) -> Repository:
        """Return what there is under a name ("owner/name") or an address of the hub."""
        ...

    def download(
        self, place: ModelsPlace, repository: Repository, choice: HubChoice, *, progress: Progress, stop: Stop
    ) -> str:
        """Fetch a model into the folder and return its name there.

        What has come stays when it is stopped or fails, and the next call goes on from there.
        """
        ...

    def has_token(self) -> bool:
        """Whether there is a token."""
        ...

    def keep_token(self, token: str) -> None:
        """Keep a token for this user alone; "" forgets it."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A small, well-known model.

    Attributes:
        title: Its name.
        repository: "owner/name" on the hub.
        file: The file that is suggested.
        size: Bytes, about.
        licence: Its licence, for people.
        licence_page: Where the licence is to be read.
        context: Tokens that it was made for.
        cache_per_token: Bytes that one token of context takes.
        purpose: What it is good for, a few words.
        first: Whether it is a good first model.
        gated: Whether its owner wants to know who takes it.
    """

    title: str
    repository: str
    file: str
    size: int
    licence: str
    licence_page: str = ""
    context: int = 0
    cache_per_token: int = 0
    purpose: str = ""
    first: bool = False
    gated: bool = False


@dataclass(frozen=True, slots=True)
class ModelTools:
    """Those who handle models' files.

    Attributes:
        library: The models folder.
        hub: The model hub.
        suggestions: Reads the list of suggestions; runs in a thread, never raises.
    """

    library: Library
    hub: Hub
    suggestions: Callable[[], tuple[Suggestion, ...]]


def same_model(one: str, other: str) -> bool:
    """Return whether two names mean the same model: the service may leave the folder or the suffix out."""

    def bare(name: str) -> str:
        return name.replace("\\", "/").strip("/").removesuffix(".gguf").casefold()

    return bool(one and other) and bare(one) == bare(other)
