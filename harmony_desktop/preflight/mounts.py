"""A look at what a bind mount leads to."""

from __future__ import annotations

import os
from pathlib import Path

from harmony_desktop.preflight.world import CannotTellError


def look_at(path: Path) -> os.stat_result | None:
    """Return what is at a path, or None where nothing is. Raises CannotTellError where this user may not look."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise CannotTellError(f"You may not look at {path}.") from None
