"""Endpoints that lead nowhere, or to somebody else: ``localhost`` within a container is the container (trap 7)."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.findings import Topic
from harmony_desktop.preflight.linted import tell
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say


class Endpoints:
    """Hosts, ports and paths in the JSON files that services get, against the compose files."""

    id = "settings.endpoints"
    title = say("Endpoints")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Tell what the linter found of them."""
        return tell(self, world, Topic.ENDPOINT, say("They agree with the compose files; none says localhost."))
