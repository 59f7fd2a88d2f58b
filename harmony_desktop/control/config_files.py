"""The stack's configuration files: what there is to know of each, and what reads, checks and writes them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harmony_desktop.control.findings import Finding
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

if TYPE_CHECKING:
    from harmony_desktop.control.memory_choice import Chosen

#: Bytes; larger files are data, and no editor's matter.
LARGEST = 2_000_000


class Syntax(enum.StrEnum):
    """How a file is written."""

    JSON = "json"
    YAML = "yaml"
    DOTENV = "dotenv"
    FLAGS = "flags"
    TEXT = "text"


class FileState(enum.StrEnum):
    """How a file is."""

    SHIPPED = "shipped"
    EDITED = "edited"
    OWN = "own"
    BROKEN = "broken"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file of the stack.

    Attributes:
        path: Where it is.
        name: Its path from the stack folder, with forward slashes.
        syntax: How it is written.
        state: How it is.
        findings: How many errors and warnings there are in it.
        beside: Whether a newer version lies beside it.
        services: Titles of the services that it is about; none for a file that is about all of them.
    """

    path: Path
    name: str
    syntax: Syntax
    state: FileState
    findings: int = 0
    beside: bool = False
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenFile:
    r"""A file that was opened.

    Attributes:
        path: Where it is.
        name: Its path from the stack folder.
        syntax: How it is written.
        text: What it holds, with ``\n`` at the end of lines and without a byte order mark.
        mark: Tells whether the file on the disk is still the one that was opened.
        locked: Why it cannot be written, or "".
        shipped: What ships, with what the set-up has filled in; None where nothing does.
        newer: The newer version that lies beside it, or None.
    """

    path: Path
    name: str
    syntax: Syntax
    text: str
    mark: str
    locked: str = ""
    shipped: str | None = None
    newer: str | None = None


@dataclass(frozen=True, slots=True)
class Affected:
    """The services that a change is about, by name.

    Attributes:
        anew: Those whose containers have to be made anew.
        restarted: Those that read the file when they start.
    """

    anew: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()

    @property
    def services(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.anew, *self.restarted)

    def with_more(self, other: Affected) -> Affected:
        """Return both together; what is made anew needs no restart."""
        anew = tuple(dict.fromkeys((*self.anew, *other.anew)))
        restarted = dict.fromkeys((*self.restarted, *other.restarted))
        return Affected(anew, tuple(name for name in restarted if name not in anew))


class ConflictError(HarmonyError):
    """The file has changed on the disk since it was opened.

    Attributes:
        now: What is there now; None where it is gone.
    """

    def __init__(self, name: str, now: OpenFile | None) -> None:
        super().__init__(
            say("{file} has changed meanwhile", file=name),
            cause=say("Another program has written it since it was opened here."),
            advice=say("Look at the difference, then keep one of the two. Nothing was written."),
        )
        self.now = now


class FieldKind(enum.StrEnum):
    """What a field of the form sets."""

    VARIABLE = "variable"
    FLAG = "flag"
    SPEECH = "speech"
    SPEECH_DEVICE = "speech device"
    """What all speech models of a file are computed on."""
    JSON = "json"
    COMPOSE = "compose"


@dataclass(frozen=True, slots=True)
class FieldRef:
    """Which value of which file a field sets.

    Attributes:
        file: The file.
        kind: What it is there.
        key: The variable, the flag, the model, or (in JSON and compose files) the path of keys as JSON.
    """

    file: Path
    kind: FieldKind
    key: str


@dataclass(frozen=True, slots=True)
class Field:
    """A value that many people change.

    Attributes:
        ref: Where it stands.
        title: What it belongs to, for people.
        value: What it is; "" where nobody has set it.
        default: What counts then.
        detail: One thing more to say, or "".
        fault: What speaks against it, or "".
    """

    ref: FieldRef
    title: str
    value: str = ""
    default: str = ""
    detail: str = ""
    fault: str = ""

    @property
    def effective(self) -> str:
        """What counts."""
        return self.value or self.default


@dataclass(frozen=True, slots=True)
class SpeechChoice:
    """A speech model that can be switched on and off.

    Attributes:
        ref: Where it stands.
        name: What it is called.
        family: The family that it belongs to, for people.
        detail: What the family is good for.
        on: Whether it is offered.
        language: Its language, or "".
    """

    ref: FieldRef
    name: str
    family: str
    detail: str
    on: bool
    language: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What most people change, as the files say it.

    Attributes:
        ports: Ports on this computer.
        bind: Who may reach the services; None where no variable decides it.
        tags: Releases of the images.
        threads: Processor threads of the text generation; None where it has no flags.
        speech: The speech models.
        text: Values that the language model's need of memory depends on.
        chosen: What the stack would load, for the memory planner; None where that was not read.
        secrets: Tokens and keys.
        fault: Why there is no form, or "".
    """

    ports: tuple[Field, ...] = ()
    bind: Field | None = None
    tags: tuple[Field, ...] = ()
    threads: Field | None = None
    speech: tuple[SpeechChoice, ...] = ()
    text: tuple[Field, ...] = ()
    chosen: Chosen | None = None
    secrets: tuple[Field, ...] = ()
    fault: str = ""


#: Texts that are not saved yet, by file: they count in the place of what the disk has.
Drafts = Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class Look:
    """What there is: the files, and the form."""

    files: tuple[ConfigFile, ...] = ()
    form: Form = field(default_factory=Form)


class ConfigKeeper(Protocol):
    """Reads, checks and writes. The calls run in a thread; each raises HarmonyError for what the user can mend."""

    def look(self, folder: Path, drafts: Drafts) -> Look:
        """Return the files of a stack, and the form."""
        ...

    def open(self, folder: Path, path: Path) -> OpenFile:
        """Return a file to be edited."""
        ...

    def check(self, folder: Path, path: Path, drafts: Drafts) -> tuple[Finding, ...]:
        """Return what is wrong with a file, as it is in the drafts."""
        ...

    def form(self, folder: Path, drafts: Drafts) -> Form:
        """Return the form, as the drafts have it."""
        ...

    def edit(self, ref: FieldRef, value: str, text: str) -> str:
        """Return the text of a file with one value changed, and nothing else."""
        ...

    def save(self, folder: Path, opened: OpenFile, text: str, *, force: bool) -> tuple[OpenFile, Affected]:
        """Write a file; return it, and whom it is about. Raises ConflictError unless ``force``."""
        ...
