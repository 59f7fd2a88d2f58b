"""Whether the engine's API is recent enough."""

from __future__ import annotations

import re

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.preflight.check import fail, ok
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.words import say

#: What the client speaks at least (Docker 1.12).
OLDEST = (1, 24)


class EngineApi:
    """The engine's API version."""

    id = "engine.api"
    title = say("Version of Docker")
    group = Group.ENGINE
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare the version; an engine that was refused for its age is told as such."""
        error = world.engine_error
        if isinstance(error, EngineUnavailableError) and error.state is EngineStatus.TOO_OLD:
            return fail(self, error.cause or error.title, error.advice)
        if world.info is None:
            raise CannotTellError("The engine does not answer: see engine.reachable.")
        version = world.info.api_version
        numbers = re.fullmatch(r"(\d+)\.(\d+)", version)
        if numbers is None:
            raise CannotTellError(f"The engine names its API version as “{version}”.")
        if (int(numbers[1]), int(numbers[2])) < OLDEST:
            return fail(self, f"API {version} is older than {OLDEST[0]}.{OLDEST[1]}.", "Update Docker.")
        return ok(self, f"API {version}.")
