"""The panel's own log: what the window's side has to say of itself, kept small, readable for its user alone."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

#: Bytes after which the file becomes the old one, which is one.
_LIMIT = 512 * 1024


def log_files() -> tuple[Path, Path]:
    """Return where the log is kept: the old file and the present one. Neither need exist."""
    from platformdirs import user_log_path  # noqa: PLC0415 - not for the first paint

    folder = user_log_path("harmony-desktop", appauthor=False)
    return folder / "harmony-desktop.old.log", folder / "harmony-desktop.log"


class _MaskedFormatter(logging.Formatter):
    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        # The whole record, with the tale of its exception: that quotes values as well.
        return self._mask(super().format(record))


@contextlib.contextmanager
def own_log(mask: Callable[[str], str], *, file: Path | None = None) -> Iterator[None]:
    """Keep a log while the block runs; where it cannot be kept, there is none.

    Args:
        mask: Returns a text without secrets.
        file: The file; None for the usual one.
    """
    handler = _open(file or log_files()[1])
    handler.setFormatter(_MaskedFormatter(mask))
    logger = logging.getLogger("harmony_desktop")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()


def _open(file: Path) -> logging.Handler:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists() and file.stat().st_size > _LIMIT:
            file.replace(file.with_name("harmony-desktop.old.log"))
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        return logging.FileHandler(file, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return logging.NullHandler()  # a full disk, a folder of somebody else's: the panel works without
