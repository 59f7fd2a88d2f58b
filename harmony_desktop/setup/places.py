"""Where the panel keeps what it remembers of one stack: its lock, the images that were ready."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from harmony_desktop.setup.manifest import MANIFEST, Manifest


def state_folder(directory: Path) -> Path:
    """Return the folder for what is remembered of a stack; it need not exist yet.

    In a stack folder it stands beside the files, so that it moves with them, and everybody who uses the folder meets
    there. A folder that the panel did not make is left as it is: then it is in the user's own state folder.

    Args:
        directory: The project's directory.
    """
    if Manifest.stands_in(directory):
        return directory / Path(MANIFEST).parent
    return _own_state_folder(directory)


def lock_folders(directory: Path) -> Iterator[Path]:
    """Yield where the lock of a stack may be: where all the rest is, else (a read-only folder) with the user.

    Args:
        directory: The project's directory.
    """
    if Manifest.stands_in(directory):
        yield state_folder(directory)
    yield _own_state_folder(directory)


def _own_state_folder(directory: Path) -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415 - only for folders that are not ours

    key = hashlib.sha256(str(directory.absolute()).encode()).hexdigest()[:16]
    return user_state_path("harmony-desktop", appauthor=False) / "stacks" / f"{directory.name or 'root'}-{key}"
