"""Log records on stderr, for whoever has called the program from a terminal."""

from __future__ import annotations

import logging
from typing import TextIO


def log_to(stream: TextIO, level: int, *, traces: bool) -> None:
    """Write records to a stream, unless somebody else has set up where they go.

    Args:
        stream: Where to; masks what is written.
        level: The least level.
        traces: Whether to write how an error came about, which the panel's own log always has.
    """
    handler = logging.StreamHandler(stream)
    # The level is the handler's: records of a logger that keeps more for the log would come through otherwise.
    handler.setLevel(level)
    handler.addFilter(lambda record: not getattr(record, "told", False))
    handler.setFormatter((logging.Formatter if traces else _Brief)("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])


class _Brief(logging.Formatter):
    """Leaves tracebacks out: they tell most people nothing."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().formatMessage(self._ready(record))
        error = record.exc_info[1] if record.exc_info else None
        return f"{text} ({type(error).__name__}: {error})" if error is not None else text

    def _ready(self, record: logging.LogRecord) -> logging.LogRecord:
        record.message = record.getMessage()
        return record
