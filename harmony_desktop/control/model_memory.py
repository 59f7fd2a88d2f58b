"""What a model needs of memory, and whether this machine has it. Pure functions."""

from __future__ import annotations

import enum

from harmony_desktop.control.models import HubChoice
from harmony_desktop.records import dataclass

#: Bytes that computing takes besides weights and context, about: buffers, and the program itself.
OVERHEAD = 600 * 2**20
#: Tokens of context that are suggested where nothing else is said, and the least that a talk needs.
USUAL_CONTEXT = 8192
LEAST_CONTEXT = 512
#: Tokens of context that are offered; more than a model was made for is left out.
CONTEXTS = (2048, 4096, 8192, 16384, 32768, 65536, 131072)


class Fit(enum.Enum):
    """Whether a model fits into this machine."""

    CARD = "card"
    """All of it on the graphics card."""
    PARTLY = "partly"
    """A part on the card, the rest on the processor: slower."""
    PROCESSOR = "processor"
    """In the computer's memory."""
    TIGHT = "tight"
    """It fits, with hardly anything left."""
    NOT = "not"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MemoryThere:
    """What there is to compute in; bytes, 0 for what is not known (or, of the card, not used).

    Attributes:
        card: Memory of the graphics cards that the service uses.
        engine: Memory that the engine (or the service's limit) gives it.
    """

    card: int = 0
    engine: int = 0


#: Share of a memory that can be counted on: the rest is for the desktop, the other services, and chance.
USABLE = 0.9


def need(size: int, cache_per_token: int, context: int) -> int:
    """Return the bytes that a model needs about: its weights, the context, and what computing takes."""
    return size + cache_per_token * context + OVERHEAD


def fit(needed: int, there: MemoryThere) -> Fit:
    """Return whether so much fits."""
    if there.card and needed <= there.card * USABLE:
        return Fit.CARD
    if not there.engine:
        return Fit.NOT if there.card and needed > there.card * 2 else Fit.UNKNOWN
    if there.card:
        return Fit.PARTLY if needed <= there.card * USABLE + there.engine * USABLE else Fit.NOT
    if needed > there.engine:
        return Fit.NOT
    return Fit.PROCESSOR if needed <= there.engine * USABLE else Fit.TIGHT


#: Quantisations from the best that is worth its size down to the last that still makes sense.
_PREFERRED = ("Q5_K_M", "Q4_K_M", "Q4_K_S", "IQ4_XS", "IQ4_NL", "Q4_0", "Q3_K_L", "Q3_K_M", "Q3_K_S", "Q2_K")
_COMFORTABLE = frozenset({Fit.CARD, Fit.PROCESSOR})


def recommended(choices: tuple[HubChoice, ...], there: MemoryThere, cache_per_token: int = 0) -> HubChoice | None:
    """Return the choice that suits a machine best, or None where none of them fits.

    Q4_K_M is what most people take; with a card that holds it, Q5_K_M is better at little cost. On the processor
    smaller is faster, so nothing above Q4_K_M is recommended there.
    """

    def fits(choice: HubChoice, kinds: frozenset[Fit]) -> bool:
        return fit(need(choice.size, cache_per_token, USUAL_CONTEXT), there) in kinds

    wanted = _PREFERRED if there.card else _PREFERRED[1:]
    known = bool(there.card or there.engine)
    for kinds in (_COMFORTABLE, _COMFORTABLE | {Fit.PARTLY, Fit.TIGHT}):
        for quantisation in wanted:
            for choice in choices:
                if choice.quantisation.upper().endswith(quantisation) and (not known or fits(choice, kinds)):
                    return choice
    fitting = [choice for choice in choices if fits(choice, _COMFORTABLE)] if known else list(choices)
    return max(fitting, key=lambda choice: choice.size) if fitting and known else next(iter(fitting), None)
