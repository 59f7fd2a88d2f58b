"""HARMONY_TMP_HOST_DIR: the folder of this stack on this computer, not one of somebody else's (trap 4)."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import SetVariables
from harmony_desktop.plan.sources import binds
from harmony_desktop.preflight.check import fail, lines, ok, repair
from harmony_desktop.preflight.parsed import variables
from harmony_desktop.preflight.texts import Kind
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import say

_NAME = "HARMONY_TMP_HOST_DIR"
_FOLDER = "harmony-tmp"


class TmpFolder:
    """The variable as Compose reads it, escapes and all, against the folder that is mounted."""

    id = "settings.tmp-folder"
    title = say("Folder for generated speech")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Compare."""
        project = world.local_project()
        right = next((Path(m.source) for _, m in binds(project) if PurePosixPath(m.target).name == _FOLDER), None)
        found = [
            (file, value)
            for file in world.texts_of(Kind.SERVICE_ENV, Kind.ENV)
            if (value := variables(world, file).get(_NAME)) is not None
        ]
        wrong = [(file, value) for file, value in found if right is not None and not _same(value, right)]
        if right is None or not found:
            return ok(self, say("{name} is not set.", name=_NAME))
        if not wrong:
            return ok(self, str(right))
        causes = [
            say(
                "{name} in {file} is {value}, and the folder is {right}.",
                name=_NAME,
                file=world.name_of(file.path),
                value=ascii(value),
                right=right,
            )
            for file, value in wrong
        ]
        if any(any(ord(sign) < 0x20 for sign in value) for _, value in wrong):
            causes.append(say("Within double quotes a backslash has a meaning of its own: \\t is a tab."))
        wishes = [SetVariables(file.path, ((_NAME, str(right)),)) for file, _ in wrong]
        advice = say("Set it to {right}, without double quotes.", right=right)
        return fail(
            self, lines(causes), advice, repair(self, say("Set {name} to this stack’s folder", name=_NAME), wishes)
        )


def _same(value: str, right: Path) -> bool:
    return os.path.normcase(os.path.normpath(value)) == os.path.normcase(str(right)) if value else False
