"""Whether the chosen models fit into the memory of the engine and of the card: the memory planner's own sum."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.memory_choice import CardNow, MemoryNow
from harmony_desktop.control.memory_plan import Verdict, plan
from harmony_desktop.control.memory_relief import reliefs
from harmony_desktop.control.memory_words import pool_words
from harmony_desktop.preflight.check import hint, lines, ok
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

#: Suggestions that an advice has room for.
_MOST = 3


class ModelsMemory:
    """The speech models of the configuration and the text model of the flags, as if all were loaded at once.

    What other programs use at this moment is left out: a check judges the machine, not the moment.
    """

    id = "memory.models"
    title = say("Memory for the models")
    group = Group.ROOM
    quick = False

    async def run(self, world: World) -> Finding:
        """Plan, and tell what does not fit."""
        world.loaded_project()
        info, chosen = world.answering(), world.chosen
        if chosen is None:
            raise CannotTellError(say("The stack’s files could not be loaded: see stack.files."))
        gpus = world.look.gpus.gpus if world.look else ()
        now = MemoryNow(
            known=True,
            memory=info.memory,
            others=0,
            cards=tuple(CardNow(gpu.index, gpu.name, gpu.uuid, gpu.memory, 0) for gpu in gpus),
        )
        found = plan(chosen, now)
        short = [pool for pool in found.pools if pool.verdict is Verdict.NOT]
        told = short or [pool for pool in found.pools if pool.need]
        causes = [say("{memory}: {verdict}", memory=pool.title, verdict=pool_words(pool)) for pool in told]
        if not short:
            return ok(self, lines([*causes, *found.notes]))
        return hint(self, lines(causes), lines([relief.words for relief in reliefs(chosen, now)[:_MOST]]))
