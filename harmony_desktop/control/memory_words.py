"""The memory planner in words, for window and command line alike. Pure."""

from __future__ import annotations

from harmony_desktop.control.memory_plan import MemoryPlan, PartKind, Pool, PoolKind, Verdict
from harmony_desktop.stack.words import say


def gigabytes(size: int) -> float:
    """Return bytes in GB, as memory is counted (multiples of 1024)."""
    return size / 2**30


def pool_words(pool: Pool) -> str:
    """Return what is needed of a memory, what there is, and whether it fits: one sentence."""
    need, total, free = gigabytes(pool.need), gigabytes(pool.total), gigabytes(pool.free)
    if pool.verdict is Verdict.NOT:
        return say(
            "About {need:.1f} GB are needed, and there are {total:.1f} GB: it does not fit.", need=need, total=total
        )
    if pool.verdict is Verdict.CROWDED:
        return say(
            "About {need:.1f} GB are needed; of {total:.1f} GB {free:.1f} GB are free now: it does not fit beside "
            "other programs.",
            need=need,
            total=total,
            free=free,
        )
    if pool.verdict is Verdict.TIGHT:
        return say("About {need:.1f} of {free:.1f} GB that are free: it hardly fits.", need=need, free=free)
    if pool.verdict is Verdict.UNKNOWN:
        return say("About {need:.1f} GB are needed; how much there is, is not known.", need=need)
    return say("About {need:.1f} of {free:.1f} GB that are free: it fits.", need=need, free=free)


def headline(plan: MemoryPlan) -> str:
    """Return the verdict on all memories together."""
    pool, verdict = plan.worst, plan.verdict
    if pool is None or verdict is Verdict.UNKNOWN:
        return say("Whether the models fit is not known")
    if verdict is Verdict.FITS:
        return say("The models fit into the memory")
    if verdict is Verdict.TIGHT:
        return say("The models hardly fit into the memory")
    if pool.kind is PoolKind.CARD:
        return say("The models do not fit on the graphics card")
    if pool.kind is PoolKind.LIMIT:
        return say("The models do not fit into what a service may use")
    return say("The models do not fit into the memory")


def kind_words(kind: PartKind | None) -> str:
    """Return what a kind of part is called; None: what other programs use."""
    return {
        PartKind.SERVICES: say("Services"),
        PartKind.SPEECH: say("Speech models"),
        PartKind.WEIGHTS: say("Language model"),
        PartKind.CONTEXT: say("Its context"),
        PartKind.COMPUTING: say("Computing with it"),
        None: say("Other programs now"),
    }[kind]
