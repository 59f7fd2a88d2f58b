"""What a stack would load: its services, the text model and the speech models, as its files say it; and what there is.

Plain data: read by ``setup`` from files, by ``control/memory_now.py`` from engine and machine, judged by
``control/memory_plan.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Protocol

from harmony_desktop.control.config_files import FieldRef
from harmony_desktop.control.models import Facts, LocalModel
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import GpuRequest, Project


@dataclass(frozen=True, slots=True)
class ServiceShare:
    """A service, as far as memory goes.

    Attributes:
        name: The service.
        title: Its name for people.
        memory: Bytes that its program takes without any model, all its containers together.
        limit: Bytes that each container may use at most; 0 is no limit.
        cards: Whether, and which, graphics cards it asks for.
    """

    name: str
    title: str
    memory: int = 0
    limit: int = 0
    cards: tuple[GpuRequest, ...] = ()


@dataclass(frozen=True, slots=True)
class TextFlags:
    """Where the text model's flags stand; None for those that cannot be written.

    Attributes:
        context: The size of the context.
        layers: How many layers the card computes.
        cache: How the context is kept.
    """

    context: FieldRef | None = None
    layers: FieldRef | None = None
    cache: FieldRef | None = None


@dataclass(frozen=True, slots=True)
class TextModel:
    """The language model that the service starts with, and how.

    Attributes:
        service: The service that computes on it.
        name: Its name, "" where none is chosen.
        size: Bytes of its files.
        facts: What its header says; None where there is none to be read.
        fault: Why nothing is known of it, or "".
        context: Tokens that the flags say; 0 where they do not.
        layers: Layers that the flags put onto the card: None where they do not say, negative for as many as fit.
        cache: How the context is kept ("q8_0"), "" for 16 bits.
        split: Shares of several cards, as the flags say them.
        on_processor: Whether the flags keep it off the card.
        cache_in_memory: Whether the flags keep the context off the card.
        beside: Bytes of further files that are loaded with it (a draft, what looks at pictures).
        smaller: Other files of the same model that are smaller.
        flags: Where its flags stand.
    """

    service: str = ""
    name: str = ""
    size: int = 0
    facts: Facts | None = None
    fault: str = ""
    context: int = 0
    layers: int | None = None
    cache: str = ""
    split: tuple[float, ...] = ()
    on_processor: bool = False
    cache_in_memory: bool = False
    beside: int = 0
    smaller: tuple[LocalModel, ...] = ()
    flags: TextFlags = field(default_factory=TextFlags)

    @property
    def known(self) -> bool:
        """Whether its header tells what it needs."""
        return self.facts is not None and not self.fault


@dataclass(frozen=True, slots=True)
class SpeechGroup:
    """Speech models that count together: a family, a language of one, or a model.

    Attributes:
        id: Its name in the program.
        title: Its name for people.
        size: Bytes that it takes, about.
        card: The graphics card that it is loaded onto, as the service counts them; None for the processor.
        names: The models, as the configuration calls them.
        asked: Whether Harmony Link's configuration names one of them.
    """

    id: str
    title: str
    size: int
    card: int | None = None
    names: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a stack would load if all of it were in use at once.

    Attributes:
        services: The services.
        text: The language model; None for a stack that computes on none.
        speech_service: The service of the speech models, or "".
        speech: The speech models.
        speech_file: Its configuration, or None.
        link_known: Whether there is a configuration of Harmony Link that says which speech models it uses.
        unknown: Speech models of kinds whose need is not known.
        fault: Why the speech models could not be read, or "".
    """

    services: tuple[ServiceShare, ...] = ()
    text: TextModel | None = None
    speech_service: str = ""
    speech: tuple[SpeechGroup, ...] = ()
    speech_file: Path | None = None
    link_known: bool = False
    unknown: tuple[str, ...] = ()
    fault: str = ""

    def service(self, name: str) -> ServiceShare:
        """Return a service; one that is not there asks for nothing."""
        return next((share for share in self.services if share.name == name), ServiceShare(name, name))

    def with_model(self, model: LocalModel, context: int = 0) -> Chosen:
        """Return the same with another model of the folder; context 0 leaves what the flags say."""
        before = self.text or TextModel()
        text = replace(
            before,
            name=model.name,
            size=model.size,
            facts=None if model.fault else model.facts,
            fault=model.fault,
            context=context or before.context,
            smaller=(),
        )
        return replace(self, text=text)

    def on_profile(self, profile: str) -> Chosen:
        """Return the same with the services' graphics cards taken away where the profile is the processor."""
        if profile != "cpu":
            return self
        return replace(self, services=tuple(replace(share, cards=()) for share in self.services))


@dataclass(frozen=True, slots=True)
class CardNow:
    """A graphics card at this moment.

    Attributes:
        index: Its number, as the driver counts.
        name: Its name.
        uuid: Its UUID.
        memory: Bytes that it has; 0 where it does not tell, or shares the computer's.
        others: Bytes that programs other than the stack's services use; None where that is not known.
    """

    index: int
    name: str
    uuid: str = ""
    memory: int = 0
    others: int | None = None


@dataclass(frozen=True, slots=True)
class MemoryNow:
    """What there is to compute in, at this moment.

    Attributes:
        known: Whether it has been looked at all.
        memory: Bytes that the services can have: the engine's where that is less than the computer's; 0 if not known.
        machine: Bytes of the computer's memory; 0 if not known.
        others: Bytes that other programs use; None where that cannot be seen.
        bounded: Whether the engine has less than the computer (a virtual machine, another computer).
        cards: The graphics cards.
        cards_fault: Why no card could be read, or "".
    """

    known: bool = False
    memory: int = 0
    machine: int = 0
    others: int | None = None
    bounded: bool = False
    cards: tuple[CardNow, ...] = ()
    cards_fault: str = ""


class ChoiceReader(Protocol):
    """Reads what a stack would load. Runs in a thread; what cannot be read is said in what it returns."""

    def chosen(self, project: Project, drafts: Mapping[Path, str] | None = None) -> Chosen:
        """Return what a project would load; drafts count in the place of what the disk has. Never raises."""
        ...
