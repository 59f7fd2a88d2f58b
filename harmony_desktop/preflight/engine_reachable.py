"""Whether there is an engine that answers."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.preflight.check import fail, ok, sentences
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say


class EngineReachable:
    """The engine answers, in whatever version."""

    id = "engine.reachable"
    title = say("Docker engine")
    group = Group.ENGINE
    quick = True

    async def run(self, world: World) -> Finding:
        """Tell what the search for the engine came to."""
        if world.info is not None:
            return ok(self, f"Version {world.info.version} (context {world.info.context}).")
        error = world.engine_error
        if error is None:
            return fail(self, "No engine was found.", "Start Docker, then try again.")
        if isinstance(error, EngineUnavailableError) and error.state is EngineStatus.TOO_OLD:
            return ok(self, "It answers, but is too old: see engine.api.")
        return fail(self, sentences((error.title, error.cause)), error.advice)
