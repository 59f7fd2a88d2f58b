"""HF_TOKEN, set but empty: newer engines then send an empty token, and downloads fail (trap 5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import UnsetVariables
from harmony_desktop.preflight.check import fail, lines, ok, repair
from harmony_desktop.preflight.parsed import variables
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_NAMES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")


class EmptyToken:
    """Tokens of the model hub, by their presence alone."""

    id = "settings.hf-token"
    title = say("Token of the model hub")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Look for one that is empty."""
        found = [
            (file, name)
            for file in world.texts_of(Kind.SERVICE_ENV, Kind.ENV)
            for name in _NAMES
            if variables(world, file).get(name) == ""
        ]
        causes: list[str] = [
            say("{name} in {file} is empty.", name=name, file=world.name_of(file.path)) for file, name in found
        ]
        causes += _of_compose(world, {name for _, name in found})
        if not causes:
            return ok(self, say("None is empty."))
        wishes = [UnsetVariables(file.path, (name,)) for file, name in found]
        label = say("Take {names} out", names=", ".join(dict.fromkeys(name for _, name in found)))
        advice = say("Leave the line out, or write your token behind it: with an empty one downloads fail.")
        return fail(self, lines(causes), advice, repair(self, label, wishes))


def _of_compose(world: World, known: Collection[str]) -> Iterator[str]:
    """Yield words for tokens that compose files themselves set to nothing."""
    for service in world.project.services.values() if world.project else ():
        environment = service.spec.get("environment") or {}
        for name in _NAMES:
            if name not in known and environment.get(name) == "":
                yield say("{service} gets an empty {name} from the compose files.", service=service.title, name=name)
