"""Whether the stack's files can be loaded."""

from __future__ import annotations

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import MakeFile, Repair
from harmony_desktop.preflight.check import fail, hint, ok, repair, sentences
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.errors import ComposeError, HarmonyError, NoComposeFileError
from harmony_desktop.stack.words import say


class StackFiles:
    """Compose files, ``.env`` and what they name."""

    id = "stack.files"
    title = say("Compose files")
    group = Group.FOLDER
    quick = True

    async def run(self, world: World) -> Finding:
        """Tell the loader's result, an error with file, line and column."""
        error = world.project_error
        if error is not None:
            location = error.location if isinstance(error, ComposeError) else None
            what = sentences((error.title, error.cause))
            advice = error.advice
            if isinstance(error, NoComposeFileError) and "harmony-desktop setup" not in advice:
                advice = f"{advice}\nOr prepare a stack folder: harmony-desktop setup".lstrip()
            cause = f"{location}: {what}" if location else what
            return fail(self, cause, advice, self._put_back(world, error))
        if world.project is None:
            raise CannotTellError("The files were not loaded.")
        if world.project.warnings:
            return hint(self, "\n".join(map(str, world.project.warnings)))
        return ok(self, ", ".join(map(str, world.project.files)))

    def _put_back(self, world: World, error: HarmonyError) -> Repair | None:
        """Return what brings shipped files back that a folder of ours lacks, if they are what is wrong."""
        if not isinstance(error, NoComposeFileError) and not any(name in error.title for name in world.lacking):
            return None
        files = [world.folder / name for name in world.lacking]
        wishes = [MakeFile(file, content) for file in files if (content := world.stock(file)) is not None]
        return repair(self, say("Make {files}", files=", ".join(wish.path.name for wish in wishes)), wishes)
