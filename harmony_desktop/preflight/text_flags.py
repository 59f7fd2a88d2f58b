"""CMD_FLAGS.txt: without ``--listen`` and ``--api`` nobody outside of the container gets an answer (trap 11)."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import AddLines
from harmony_desktop.preflight.check import fail, lines, ok, repair
from harmony_desktop.preflight.texts import Kind, TextFile
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.words import joined, say

_NEEDED = ("--listen", "--api")


class TextFlags:
    """The flags that Text Generation starts with; those in the compose file's command count, too."""

    id = "settings.text-flags"
    title = say("Flags of Text Generation")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Look for the two."""
        files = list(world.texts_of(Kind.FLAGS))
        if not files:
            return ok(self, say("No CMD_FLAGS.txt is mounted."))
        missing = {file.path: gone for file in files if (gone := _missing(world, file))}
        if not missing:
            return ok(self, say("{flags} are there.", flags=" ".join(_NEEDED)))
        causes = [
            say("{file} lacks {flags}.", file=world.name_of(path), flags=" ".join(gone))
            for path, gone in missing.items()
        ]
        advice = joined((say("Add each on a line of its own:"), *dict.fromkeys(f for g in missing.values() for f in g)))
        label = say("Add {flags}", flags=" ".join(dict.fromkeys(flag for gone in missing.values() for flag in gone)))
        wishes = [AddLines(path, gone) for path, gone in missing.items()]
        return fail(self, lines(causes), advice, repair(self, label, wishes))


def _missing(world: World, file: TextFile) -> tuple[str, ...]:
    written = [line.split("#", 1)[0] for line in file.text.splitlines()]
    words = {word for line in written for word in line.split()}
    for name in file.services:
        service = world.project.services.get(name) if world.project else None
        spec = service.spec if service else {}
        words |= {str(word) for part in ("command", "entrypoint") for word in spec.get(part) or ()}
        words |= set(str((spec.get("environment") or {}).get("EXTRA_LAUNCH_ARGS") or "").split())
    return tuple(flag for flag in _NEEDED if flag not in words)
