"""``pull_policy: always``: with other tools, a start fails while the registry cannot be reached (trap 10)."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.preflight.check import hint, ok
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.project import PullPolicy
from harmony_desktop.stack.words import say


class StartsOffline:
    """The services' pull policies."""

    id = "settings.pull-policy"
    title = say("Starting offline")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Look for services that are always fetched anew."""
        project = world.loaded_project()
        found = [s.title for s in project.services.values() if s.pull_policy is PullPolicy.ALWAYS]
        if not found:
            return ok(self, say("With the images that are here."))
        cause = say("{services}: fetched anew at each start (pull_policy: always).", services=", ".join(found))
        advice = say(
            "Harmony Desktop starts with the images that are here when nothing can be reached; “docker compose up” "
            "fails. “pull_policy: missing” works with both."
        )
        return hint(self, cause, advice)
