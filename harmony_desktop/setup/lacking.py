"""Tells a stack folder of ours that lacks a shipped compose file: a set-up was interrupted, or somebody deleted it."""

from __future__ import annotations

from pathlib import Path

from harmony_desktop.setup.layout import COMPOSE_FILES, SHARED_FILE
from harmony_desktop.setup.manifest import Manifest
from harmony_desktop.stack.errors import HarmonyError, NoComposeFileError
from harmony_desktop.stack.words import say


def lacking(root: Path) -> tuple[str, ...]:
    """Return the shipped compose files that a folder of ours lacks; none for a folder that is not ours."""
    if not Manifest.stands_in(root):
        return ()
    return tuple(name for name in (*COMPOSE_FILES.values(), SHARED_FILE) if not (root / name).is_file())


def advise_set_up(error: HarmonyError, root: Path) -> None:
    """Let the error of a stack that could not be loaded advise the set-up, where that is what brings the file back.

    Args:
        error: The error; its advice changes.
        root: The stack folder.
    """
    missing = lacking(root)
    if missing and (isinstance(error, NoComposeFileError) or any(name in error.title for name in missing)):
        error.advice = say(
            "Prepare the folder again: harmony-desktop setup, or “Run the set-up again” in the settings. "
            "What is there already stays."
        )
