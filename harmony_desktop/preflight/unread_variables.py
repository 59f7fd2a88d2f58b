"""Variables that compose files use, set where Compose never looks for them: in a service's own env file (trap 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import SetVariables
from harmony_desktop.preflight.check import hint, lines, ok, repair
from harmony_desktop.preflight.parsed import variables
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.port_origins import env_file_of
from harmony_desktop.stack.words import say

#: ``$NAME``, ``${NAME}`` and ``${NAME:-default}``; a doubled dollar is none.
_USE = re.compile(r"(?<!\$)(?:\$\$)*\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?::?-(?P<default>[^}]*))?)")


#: They change the user that services run as, and with it whose folders have to be: told, never set by a repair.
_RUNS_AS = frozenset({"APP_RUNTIME_UID", "APP_RUNTIME_GID"})


class UnreadVariables:
    """HOST_PORT and its like: changing them in a service's env file changes nothing."""

    id = "settings.unread-variables"
    title = say("Variables that nobody reads")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare what the compose files use with what only services' env files set."""
        project = world.loaded_project()
        used = _used(world)
        known = {name for file in world.texts_of(Kind.ENV) for name in variables(world, file)} | set(world.environ)
        causes: list[str] = []
        wanted: dict[str, set[str]] = {}
        for file in world.texts_of(Kind.SERVICE_ENV):
            for name, value in variables(world, file).items():
                if name in known or name not in used or value in used[name]:
                    continue
                wanted.setdefault(name, set()).add(value)
                causes.append(
                    say(
                        "{name} in {file} changes nothing: compose files never read it there.",
                        name=name,
                        file=world.name_of(file.path),
                    )
                )
        if not causes:
            return ok(self, say("None is set in vain."))
        target = env_file_of(project)
        # One that stands for different ports of different services cannot be set for all of them.
        clear = {name: found for name, found in wanted.items() if len(found) == len(used[name]) == 1}
        values = tuple((name, next(iter(found))) for name, found in clear.items() if name not in _RUNS_AS)
        words = ", ".join(f"{name}={value}" for name, value in values)
        label = say("Write into {file}: {values}", file=world.name_of(target), values=words)
        wishes = [SetVariables(target, values)] if values else []
        advice = [say("Set it in {file} instead.", file=target)] if clear else []
        advice += [
            say("{name} stands for different values in the compose files: change it there, place by place.", name=name)
            for name in wanted
            if name not in clear
        ]
        return hint(self, lines(causes), lines(advice), repair(self, label, wishes))


def _used(world: World) -> Mapping[str, set[str]]:
    """Return the variables that compose files use, with what they stand for, place by place, while nobody sets them."""
    found: dict[str, set[str]] = {}
    for file in world.texts_of(Kind.COMPOSE):
        for match in _USE.finditer(file.text):
            name = match["bare"] or match["name"]
            found.setdefault(name, set()).add(match["default"] or "")
    return found
