"""What a set-up did, for the window and the command line."""

from __future__ import annotations

from dataclasses import field

from harmony_desktop.records import dataclass


@dataclass(slots=True)
class SetupReport:
    """What a set-up did; paths are relative to the folder.

    Attributes:
        folder: The stack folder.
        hardware: The profile that stands in its ``.env`` now: "cpu", "nvidia", or "" where the user's own choice
            of compose files names neither.
        created: Files and folders that were not there.
        updated: Shipped files that nobody had edited, and variables that were filled in.
        kept: Edited files that stayed as they are while a newer one was laid beside them (``NAME.new``).
        retired: Files that ship no longer; they stay.
        repaired: What was put right (an empty folder in a file's place).
        warnings: What the user should know.
    """

    folder: str
    hardware: str = ""
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether anything in the folder changed."""
        return bool(self.created or self.updated or self.kept or self.retired or self.repaired)
