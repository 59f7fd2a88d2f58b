"""The memory planner: what is chosen against what there is, memory by memory. Pure; the only such sum there is.

All models are counted as if they were loaded at once. Each figure is an estimate: weights are the size of the model's
files, the context's cache follows from layers and heads of its header, and what computing takes is a constant.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harmony_desktop.control.memory_choice import CardNow, Chosen, MemoryNow, ServiceShare, TextModel
from harmony_desktop.control.model_memory import OVERHEAD, USABLE, USUAL_CONTEXT
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import GpuRequest
from harmony_desktop.stack.words import say

SYSTEM = "system"
#: Bits that a number of the context's cache takes, scales included, by what the flag calls it.
CACHE_BITS = {"": 16.0, "fp16": 16.0, "f16": 16.0, "bf16": 16.0, "q8_0": 8.5, "q5_1": 6.0, "q5_0": 5.5, "q4_1": 5.0}
CACHE_BITS |= {"q4_0": 4.5, "iq4_nl": 4.5, "f32": 32.0, "fp8": 8.0, "q8": 8.5, "q6": 6.5, "q4": 4.5}


class PartKind(enum.StrEnum):
    """What a part of a memory is for."""

    SERVICES = "services"
    SPEECH = "speech"
    WEIGHTS = "weights"
    CONTEXT = "context"
    COMPUTING = "computing"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a memory: what it is for, its name for people, bytes, and the service that takes it."""

    kind: PartKind
    title: str
    size: int
    service: str = ""


class Verdict(enum.IntEnum):
    """Whether something fits, from the best to the worst."""

    FITS = 0
    UNKNOWN = 1
    TIGHT = 2
    CROWDED = 3
    """Other programs use too much of it now."""
    NOT = 4


class PoolKind(enum.StrEnum):
    """Which kind of memory."""

    CARD = "card"
    SYSTEM = "system"
    LIMIT = "limit"
    """What one service may use at most."""


@dataclass(frozen=True, slots=True)
class Pool:
    """One memory with what would be in it.

    Attributes:
        kind: Which kind.
        key: Its name in the program ("gpu0", "system", "limit:SERVICE").
        title: Its name for people.
        total: Bytes that it has; 0 where that is not known.
        others: Bytes that other programs use now; None where that is not known.
        parts: What the stack would put into it.
    """

    kind: PoolKind
    key: str
    title: str
    total: int = 0
    others: int | None = None
    parts: tuple[Part, ...] = ()

    @property
    def need(self) -> int:
        """Bytes that the stack needs of it."""
        return sum(part.size for part in self.parts)

    @property
    def free(self) -> int:
        """Bytes that the stack can have now."""
        return max(0, self.total - (self.others or 0))

    @property
    def missing(self) -> int:
        """Bytes that are missing; 0 where it fits."""
        return max(0, self.need - self.free) if self.total else 0

    @property
    def verdict(self) -> Verdict:
        """Whether it fits."""
        if not self.total:
            return Verdict.UNKNOWN if self.need else Verdict.FITS
        if self.need > self.total:
            return Verdict.NOT
        if self.need > self.free:
            return Verdict.CROWDED
        return Verdict.TIGHT if self.need > self.free * USABLE else Verdict.FITS

    def of(self, kind: PartKind) -> int:
        """Return the bytes of one kind of part."""
        return sum(part.size for part in self.parts if part.kind is kind)


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """All memories, and what is to be said of them.

    Attributes:
        pools: The graphics cards that are used, then the computer's memory, then limits of single services.
        notes: What cannot be known, what was assumed.
        complete: Whether everything that is chosen is in the sums.
    """

    pools: tuple[Pool, ...] = ()
    notes: tuple[str, ...] = ()
    complete: bool = True

    @property
    def verdict(self) -> Verdict:
        """The worst of all; what is not complete does not simply fit."""
        worst = max((pool.verdict for pool in self.pools), default=Verdict.UNKNOWN)
        return max(worst, Verdict.UNKNOWN) if not self.complete else worst

    @property
    def worst(self) -> Pool | None:
        """The memory that it is worst with: by verdict, then by the bytes that are missing."""
        return max(self.pools, key=lambda pool: (pool.verdict, pool.missing), default=None)

    def pool(self, key: str) -> Pool | None:
        """Return a memory by its name in the program, or None."""
        return next((pool for pool in self.pools if pool.key == key), None)


def plan(chosen: Chosen, now: MemoryNow) -> MemoryPlan:
    """Return what would be in which memory."""
    return _Layout(chosen, now).plan()


def context_of(text: TextModel) -> int:
    """Return the tokens of context that a model is loaded with; what no flag says is the service's usual size."""
    made_for = text.facts.context if text.facts is not None else 0
    return text.context or (min(USUAL_CONTEXT, made_for) if made_for else USUAL_CONTEXT)


def cache_size(text: TextModel) -> int:
    """Return the bytes of the context's cache."""
    if text.facts is None:
        return 0
    bits = CACHE_BITS.get(text.cache.casefold(), 16.0)
    return int(text.facts.cache_per_token * context_of(text) * bits / 16)


def seen_cards(requests: Sequence[GpuRequest], cards: Sequence[CardNow]) -> tuple[CardNow, ...]:
    """Return the cards that a service gets, in the order in which it counts them."""
    found: dict[str | int, CardNow] = {}
    for request in requests:
        if request.driver not in {"", "nvidia"} and "gpu" not in request.capabilities:
            continue
        if request.device_ids:
            named = [card for wanted in request.device_ids for card in cards if wanted in {str(card.index), card.uuid}]
        else:
            named = list(cards) if request.count < 0 else list(cards[: request.count])
        found.update({card.uuid or card.index: card for card in named})
    return tuple(found.values())


def shared_out(size: int, weights: Sequence[float]) -> list[int]:
    """Return a size in shares: whole bytes, which come to the size again."""
    whole = sum(weights)
    if whole <= 0:
        weights, whole = [1.0] * len(weights), float(len(weights))
    shares = [int(size * weight / whole) for weight in weights]
    shares[0] += size - sum(shares)
    return shares


class _Layout:
    """Puts one thing after the other where it goes."""

    def __init__(self, chosen: Chosen, now: MemoryNow) -> None:
        self._chosen = chosen
        self._now = now
        self._parts: dict[str, list[Part]] = {SYSTEM: []}
        self._notes: dict[str, None] = {}
        self._complete = True

    def plan(self) -> MemoryPlan:
        for share in self._chosen.services:
            self._put(SYSTEM, Part(PartKind.SERVICES, share.title, share.memory, share.name))
        self._speech()
        self._text()
        pools = tuple(self._pools())
        if self._now.known and self._now.others is None and self._now.memory:
            self._note(
                say("How much of Docker’s memory other programs use cannot be seen from here: it is counted as free.")
            )
        return MemoryPlan(pools, tuple(self._notes), self._complete)

    # Where things go

    def _speech(self) -> None:
        chosen = self._chosen
        if chosen.fault:
            self._missing(chosen.fault)
        service = chosen.service(chosen.speech_service)
        cards = self._cards(service) if any(group.card is not None for group in chosen.speech) else ()
        for group in chosen.speech:
            key = SYSTEM
            if group.card is not None and cards:
                card = cards[min(group.card, len(cards) - 1)]
                key = _key(card) if card.memory or card.index < 0 else SYSTEM
            self._put(key, Part(PartKind.SPEECH, group.title, group.size, service.name))
        for name in chosen.unknown:
            self._missing(say("What the speech model {name} takes is not known: it is not in the sum.", name=name))

    def _text(self) -> None:
        text = self._chosen.text
        if text is None:
            return
        if not text.name:
            if text.fault:
                self._missing(text.fault)
            else:
                self._missing(say("No language model is chosen yet: it comes on top."))
            return
        facts = text.facts
        if facts is None or text.fault:
            self._missing(
                text.fault
                or say(
                    "What {model} takes cannot be told, for it is no GGUF file: its files have {size:.1f} GB, and it "
                    "is not in the sum.",
                    model=text.name,
                    size=text.size / 2**30,
                )
            )
            return
        if not text.context:
            self._note(say("The flags say no context size: {n} tokens are counted, as is usual.", n=context_of(text)))
        service = self._chosen.service(text.service)
        wanted = not text.on_processor and text.layers != 0
        cards = [card for card in self._cards(service) if card.memory or card.index < 0] if wanted else []
        layers = self._layers(text, cards)
        whole = facts.layers + 1
        files, cache = text.size + text.beside, cache_size(text)
        above = files * layers // whole
        cache_above = cache if layers >= whole else cache * layers // max(facts.layers, 1)
        if text.cache_in_memory:
            cache_above = 0
        self._spread(PartKind.WEIGHTS, text, above, cards)
        self._spread(PartKind.CONTEXT, text, cache_above, cards)
        self._spread(PartKind.COMPUTING, text, OVERHEAD if above else 0, cards)
        for kind, size in (
            (PartKind.WEIGHTS, files - above),
            (PartKind.CONTEXT, cache - cache_above),
            (PartKind.COMPUTING, 0 if above else OVERHEAD),
        ):
            self._put(SYSTEM, Part(kind, _title(kind, text.name), size, text.service))
        if above and layers < whole:
            self._note(
                say(
                    "{n} of {all} layers are on the graphics card; the processor computes the others, which is slower.",
                    n=layers,
                    all=whole,
                )
            )

    def _layers(self, text: TextModel, cards: Sequence[CardNow]) -> int:
        """Return how many layers go onto the cards, the output counted as one."""
        facts = text.facts
        if not cards or facts is None:
            return 0
        whole = facts.layers + 1
        if text.layers is None:
            self._note(say("The flags do not say how many layers the graphics card takes: all are counted."))
            return whole
        if text.layers >= 0:
            return min(text.layers, whole)
        # As many as fit, which is what the service does by itself then.
        room = sum(map(self._room, cards)) - OVERHEAD
        if not all(card.memory for card in cards):
            return whole
        each = (text.size + text.beside) / whole
        cache = 0.0 if text.cache_in_memory else cache_size(text) / max(facts.layers, 1)
        return max(0, min(whole, int(room / (each + cache)))) if each + cache else whole

    def _cards(self, service: ServiceShare) -> tuple[CardNow, ...]:
        """Return the cards that a service gets; one that nobody can read stands for those that are not seen."""
        if not service.cards:
            return ()
        cards = seen_cards(service.cards, self._now.cards)
        if not cards:
            self._note(
                self._now.cards_fault or say("No graphics card can be read: how much memory it has is not known.")
            )
            return (CardNow(-1, ""),)
        for card in cards:
            if not card.memory:
                self._note(say("{card} shares the computer’s memory: what it takes is counted there.", card=card.name))
        return cards

    def _spread(self, kind: PartKind, text: TextModel, size: int, cards: Sequence[CardNow]) -> None:
        if not size or not cards:
            return
        weights = list(text.split[: len(cards)]) + [0.0] * max(0, len(cards) - len(text.split)) if text.split else []
        if not weights:
            weights = [float(max(0, self._room(card))) for card in cards]
        for card, share in zip(cards, shared_out(size, weights), strict=True):
            self._put(_key(card), Part(kind, _title(kind, text.name), share, text.service))

    # The memories

    def _pools(self) -> Iterable[Pool]:
        known = {_key(card): card for card in self._now.cards}
        for key in sorted(key for key in self._parts if key != SYSTEM):
            card = known.get(key)
            parts = tuple(self._parts[key])
            if card is None:
                yield Pool(PoolKind.CARD, key, say("Graphics card"), 0, None, parts)
            else:
                title = say("GPU {index}, {name}", index=card.index, name=card.name)
                yield Pool(PoolKind.CARD, key, title, card.memory, card.others, parts)
        now = self._now
        title = say("Memory of Docker") if now.bounded else say("System memory")
        yield Pool(PoolKind.SYSTEM, SYSTEM, title, now.memory, now.others, tuple(self._parts[SYSTEM]))
        for share in self._chosen.services:
            parts = tuple(part for part in self._parts[SYSTEM] if part.service == share.name)
            if share.limit and parts and not (now.memory and share.limit >= now.memory):
                title = say("Limit of {service}", service=share.title)
                yield Pool(PoolKind.LIMIT, f"limit:{share.name}", title, share.limit, 0, parts)

    def _room(self, card: CardNow) -> int:
        """Return what the speech models and other programs leave of a card."""
        speech = sum(part.size for part in self._parts.get(_key(card), ()) if part.kind is PartKind.SPEECH)
        return card.memory - (card.others or 0) - speech

    def _put(self, key: str, part: Part) -> None:
        if part.size > 0:
            self._parts.setdefault(key, []).append(part)

    def _note(self, text: str) -> None:
        self._notes.setdefault(text)

    def _missing(self, text: str) -> None:
        self._note(text)
        self._complete = False


def _key(card: CardNow) -> str:
    return f"gpu{card.index}" if card.index >= 0 else "gpu?"


def _title(kind: PartKind, model: str) -> str:
    if kind is PartKind.CONTEXT:
        return say("Context of {model}", model=model)
    if kind is PartKind.COMPUTING:
        return say("Computing with {model}", model=model)
    return say("{model}", model=model)


def without_speech(chosen: Chosen, group: str) -> Chosen:
    """Return the same without a group of speech models."""
    return replace(chosen, speech=tuple(each for each in chosen.speech if each.id != group))


def with_text(chosen: Chosen, text: TextModel) -> Chosen:
    """Return the same with other settings of the language model."""
    return replace(chosen, text=text)
