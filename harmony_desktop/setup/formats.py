"""Files that a later release of this program may have written: an older one leaves them, and has its own beside."""

from __future__ import annotations

import json
from pathlib import Path


def own_file(file: Path, known: int) -> Path:
    """Return the file to read and write.

    Args:
        file: A JSON file with a number under ``format``; it need not exist.
        known: The format that is understood.

    Returns:
        The file itself; where it has a later format, one beside it with the number of the known format in its name.
    """
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return file
    found = content.get("format") if isinstance(content, dict) else None
    later = isinstance(found, int) and found > known
    return file.with_name(f"{file.stem}.format-{known}{file.suffix}") if later else file
