"""What to take away where the models do not fit: each with what it frees, the most helpful first. Pure.

A suggestion is a change of what is chosen; what it frees is the difference of the two plans, so that no figure here is
reckoned in another way than those of the bar.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import replace

from harmony_desktop.control.config_files import FieldKind, FieldRef
from harmony_desktop.control.memory_choice import Chosen, MemoryNow, TextModel
from harmony_desktop.control.memory_plan import (
    SYSTEM,
    MemoryPlan,
    PartKind,
    Pool,
    PoolKind,
    Verdict,
    context_of,
    plan,
    with_text,
    without_speech,
)
from harmony_desktop.control.model_memory import CONTEXTS, LEAST_CONTEXT
from harmony_desktop.records import dataclass
from harmony_desktop.stack.words import say

#: The context sizes that are suggested, the largest first; a talk of less than the last one is none.
_CONTEXTS = (*reversed(CONTEXTS), 1024)
#: How the context is kept in half the bytes, at hardly any cost.
_HALF_CACHE = "q8_0"
#: Bits that a weight takes on average, from the best quantisation that is common to the smallest that makes sense.
_QUANTISATIONS = {"Q8_0": 8.5, "Q6_K": 6.6, "Q5_K_M": 5.7, "Q4_K_M": 4.85, "Q3_K_M": 3.9, "Q2_K": 3.2}
_BITS = {"F32": 32.0, "F16": 16.0, "BF16": 16.0, "Q5_0": 5.5, "Q5_1": 6.0, "Q4_0": 4.55, "Q4_1": 5.0, "Q5_K_S": 5.5}
_BITS |= {"Q4_K_S": 4.6, "IQ4_XS": 4.3, "IQ4_NL": 4.5, "Q3_K_L": 4.3, "Q3_K_S": 3.5, "MXFP4": 4.3} | _QUANTISATIONS


class ReliefKind(enum.StrEnum):
    """What a suggestion is about."""

    CONTEXT = "context"
    CACHE = "cache"
    LAYERS = "layers"
    SPEECH = "speech"
    SPEECH_TO_PROCESSOR = "speech to processor"
    MODEL = "model"
    OTHERS = "others"


@dataclass(frozen=True, slots=True)
class Edit:
    """A value that the configuration would have."""

    ref: FieldRef
    value: str


@dataclass(frozen=True, slots=True)
class Relief:
    """Something to take away.

    Attributes:
        kind: What it is about.
        words: What it is, for people, with what it frees.
        pool: The memory that it is about.
        frees: Bytes that it frees there, about.
        enough: Whether everything fits then.
        edits: How the configuration would be changed; none for what is not done there.
        models: Whether the page of models is where it is done.
    """

    kind: ReliefKind
    words: str
    pool: str
    frees: int
    enough: bool
    edits: tuple[Edit, ...] = ()
    models: bool = False


def reliefs(chosen: Chosen, now: MemoryNow) -> tuple[Relief, ...]:
    """Return what to take away, for the memory that it is worst with; nothing where all fits."""
    before = plan(chosen, now)
    pool = before.worst
    if pool is None or pool.verdict <= Verdict.UNKNOWN:
        return ()
    found = list(_Search(chosen, now, before, pool).all())
    found.sort(key=lambda relief: (-relief.frees, relief.kind))
    return tuple(found)


class _Search:
    """Tries what could be changed."""

    def __init__(self, chosen: Chosen, now: MemoryNow, before: MemoryPlan, pool: Pool) -> None:
        self._chosen, self._now, self._before, self._pool = chosen, now, before, pool

    def all(self) -> Iterator[Relief]:
        """Yield every change that helps."""
        text = self._chosen.text
        if text is not None and text.known:
            yield from self._smaller_context(text)
            yield from self._smaller_cache(text)
            yield from self._fewer_layers(text)
            yield from self._smaller_model(text)
        yield from self._speech()
        yield from self._speech_to_processor()
        if self._pool.verdict is Verdict.CROWDED and self._pool.others:
            words = say(
                "Other programs use {size:.1f} GB of it now: close what you do not need.", size=_gb(self._pool.others)
            )
            yield Relief(ReliefKind.OTHERS, words, self._pool.key, self._pool.others, enough=True)

    def _smaller_context(self, text: TextModel) -> Iterator[Relief]:
        """Yield the largest context with which it fits, else the smallest that is worth a talk."""
        now = context_of(text)
        sizes = [size for size in _CONTEXTS if LEAST_CONTEXT <= size < now]
        if not sizes or not self._pool.of(PartKind.CONTEXT):
            return
        size = next((size for size in sizes if self._fits(replace(text, context=size))), sizes[-1])
        ref = text.flags.context
        yield from self._try(
            ReliefKind.CONTEXT,
            with_text(self._chosen, replace(text, context=size)),
            lambda frees: say(
                "A context of {n} tokens instead of {now} frees {size:.1f} GB.", n=size, now=now, size=_gb(frees)
            ),
            (Edit(ref, str(size)),) if ref else (),
        )

    def _smaller_cache(self, text: TextModel) -> Iterator[Relief]:
        ref = text.flags.cache
        if ref is None or text.cache.casefold() not in {"", "fp16", "f16"}:
            return
        yield from self._try(
            ReliefKind.CACHE,
            with_text(self._chosen, replace(text, cache=_HALF_CACHE)),
            lambda frees: say("Keeping the context in 8 bits instead of 16 frees {size:.1f} GB.", size=_gb(frees)),
            (Edit(ref, _HALF_CACHE),),
        )

    def _fewer_layers(self, text: TextModel) -> Iterator[Relief]:
        """Yield the largest number of layers with which the card holds the rest; the processor takes the others."""
        if self._pool.kind is not PoolKind.CARD or not self._pool.of(PartKind.WEIGHTS) or text.facts is None:
            return
        whole = text.facts.layers + 1
        on_card = whole if text.layers is None else min(text.layers, whole)
        if whole < 2 or on_card < 1:
            return
        layers = next((n for n in range(on_card - 1, 0, -1) if self._room_for(replace(text, layers=n))), 0)
        ref = text.flags.layers

        def words(frees: int) -> str:
            if not layers:
                return say(
                    "Computing the language model on the processor frees {size:.1f} GB there; it is slower.",
                    size=_gb(frees),
                )
            return say(
                "{n} of {all} layers on the card instead of all frees {size:.1f} GB there; it is slower.",
                n=layers,
                all=whole,
                size=_gb(frees),
            )

        changed = with_text(self._chosen, replace(text, layers=layers))
        yield from self._try(ReliefKind.LAYERS, changed, words, (Edit(ref, str(layers)),) if ref else ())

    def _smaller_model(self, text: TextModel) -> Iterator[Relief]:
        """Yield a smaller file of the same model that is there, else the next quantisations that there usually are."""
        if not self._pool.of(PartKind.WEIGHTS) or text.facts is None:
            return
        smallest = min((model.size for model in text.smaller), default=0)
        for model in sorted(text.smaller, key=lambda model: -model.size):
            changed = with_text(self._chosen, replace(text, name=model.name, size=model.size, smaller=()))
            found = list(self._try(ReliefKind.MODEL, changed, _words_of_file(model.name), models=True))
            if found and (found[0].enough or model.size == smallest):
                yield from found
                return
        bits = _BITS.get(text.facts.quantisation.removeprefix("UD-"), 0.0)
        smaller = [(name, size) for name, size in _QUANTISATIONS.items() if size < bits * 0.95]
        for name, size in smaller:
            changed = with_text(self._chosen, replace(text, size=int(text.size * size / bits), smaller=()))
            if name == smaller[-1][0] or self._fits_all(changed):
                yield from self._try(ReliefKind.MODEL, changed, _words_of_quantisation(name), models=True)
                return

    def _speech(self) -> Iterator[Relief]:
        """Yield the groups of speech models that nothing names; one of all models stays."""
        chosen = self._chosen
        if len(chosen.speech) < 2 or not chosen.link_known:
            return
        for group in chosen.speech:
            if group.asked:
                continue
            yield from self._try(
                ReliefKind.SPEECH,
                without_speech(chosen, group.id),
                _words_of_speech(group.title),
                tuple(
                    Edit(FieldRef(chosen.speech_file, FieldKind.SPEECH, name), "")
                    for name in group.names
                    if chosen.speech_file is not None
                ),
            )

    def _speech_to_processor(self) -> Iterator[Relief]:
        chosen = self._chosen
        if self._pool.kind is not PoolKind.CARD or not self._pool.of(PartKind.SPEECH):
            return
        moved = replace(chosen, speech=tuple(replace(group, card=None) for group in chosen.speech))
        file = chosen.speech_file
        yield from self._try(
            ReliefKind.SPEECH_TO_PROCESSOR,
            moved,
            lambda frees: say(
                "Computing speech on the processor frees {size:.1f} GB of the card; it is slower.", size=_gb(frees)
            ),
            (Edit(FieldRef(file, FieldKind.SPEECH_DEVICE, ""), "cpu"),) if file is not None else (),
        )

    def _try(
        self,
        kind: ReliefKind,
        changed: Chosen,
        words: Callable[[int], str],
        edits: tuple[Edit, ...] = (),
        *,
        models: bool = False,
    ) -> Iterator[Relief]:
        """Yield a change if it frees something of the memory in question, and makes no other one worse than that."""
        after = plan(changed, self._now)
        there = after.pool(self._pool.key)
        frees = self._pool.need - (there.need if there is not None else 0)
        if frees <= 0:
            return
        for pool in after.pools:
            before = self._before.pool(pool.key)
            if pool.key != self._pool.key and pool.missing > (before.missing if before is not None else 0):
                return  # it would only move the trouble
        yield Relief(kind, words(frees), self._pool.key, frees, _enough(after), edits, models)

    def _fits(self, text: TextModel) -> bool:
        return self._fits_all(with_text(self._chosen, text))

    def _fits_all(self, changed: Chosen) -> bool:
        return _enough(plan(changed, self._now))

    def _room_for(self, text: TextModel) -> bool:
        after = plan(with_text(self._chosen, text), self._now)
        pool, system = after.pool(self._pool.key), after.pool(SYSTEM)
        return (pool is None or not pool.missing) and (system is None or not system.missing)


def _words_of_file(name: str) -> Callable[[int], str]:
    return lambda frees: say("{model}, which is in the folder, frees {size:.1f} GB.", model=name, size=_gb(frees))


def _words_of_quantisation(name: str) -> Callable[[int], str]:
    return lambda frees: say(
        "The same model in a smaller quantisation, {name}, frees about {size:.1f} GB.", name=name, size=_gb(frees)
    )


def _words_of_speech(title: str) -> Callable[[int], str]:
    return lambda frees: say(
        "Without {model}, which Harmony Link’s settings do not name: {size:.1f} GB less.",
        model=title,
        size=_gb(frees),
    )


def _enough(after: MemoryPlan) -> bool:
    return all(pool.verdict < Verdict.CROWDED for pool in after.pools)


def _gb(size: int) -> float:
    return size / 2**30
