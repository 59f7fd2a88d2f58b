"""The panel's own log: what it has to say of itself, masked, kept small, readable for its user alone."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from harmony_desktop.setup.log_writer import OLD_FILES, LogWriter, rotated

#: Whose records are kept: all of ours from the level on that is chosen, of these others what is a warning or worse.
_OURS = "harmony_desktop"
_OTHERS = ("asyncio", "concurrent.futures", "docker", "py.warnings", "qasync", "urllib3")


def log_file() -> Path:
    """Return where the log is kept; it need not exist."""
    from platformdirs import user_log_path  # noqa: PLC0415 - not for the first paint

    return user_log_path("harmony-desktop", appauthor=False) / "harmony-desktop.log"


def log_files() -> tuple[Path, ...]:
    """Return the log with its old files, the newest last. None need exist."""
    file = log_file()
    return (*(rotated(file, number) for number in range(OLD_FILES, 0, -1)), file)


class OwnLog:
    """Keeps a log; where it cannot be kept, there is none.

    Args:
        mask: Returns a text without secrets.
        file: The file; None for the usual one.
    """

    def __init__(self, mask: Callable[[str], str], *, file: Path | None = None) -> None:
        self.file = file or log_file()
        self._writer = LogWriter(self.file, mask)
        self._handler = _Handler(self._writer)
        self._before = logging.NOTSET

    @property
    def tail(self) -> tuple[str, ...]:
        """The last lines, masked."""
        return self._writer.tail

    def begin(self, *, detailed: bool = False) -> None:
        """Keep records from now on.

        Args:
            detailed: Whether to keep those that only help to find a fault.
        """
        self._before = logging.getLogger(_OURS).level
        for name in (_OURS, *_OTHERS):
            logging.getLogger(name).addHandler(self._handler)
        self.detail(detailed)

    def detail(self, detailed: bool) -> None:
        """Keep more, or no longer."""
        logging.getLogger(_OURS).setLevel(logging.DEBUG if detailed else logging.INFO)

    def flush(self) -> None:
        """Write what waits, for those who are about to read it or to end hard."""
        self._writer.flush()

    def end(self) -> None:
        """Keep no more records; all that came are written."""
        for name in (_OURS, *_OTHERS):
            logging.getLogger(name).removeHandler(self._handler)
        logging.getLogger(_OURS).setLevel(self._before)
        self._handler.close()


class _Handler(logging.Handler):
    """Passes records on as texts. ``logging`` closes it at the program's end, should nobody else."""

    def __init__(self, writer: LogWriter) -> None:
        super().__init__()
        self._writer = writer
        self.setFormatter(_Formatter("%(asctime)s %(levelname)s [%(process)d] %(name)s: %(message)s"))
        self.addFilter(lambda record: record.levelno >= logging.WARNING or record.name.startswith(_OURS))

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        try:
            text = self.format(record)
        except Exception as error:  # noqa: BLE001 - a value whose text cannot be made must not end who logs it
            text = f"a record of {record.name} could not be put into words: {type(error).__name__}"
        self._writer.put(text)

    def flush(self) -> None:
        """Write what waits."""
        self._writer.flush()

    def close(self) -> None:
        """End the writer's thread."""
        self._writer.close()
        super().close()


class _Formatter(logging.Formatter):
    """A record begins a line; what belongs to it (a long message, a traceback) is moved in below it."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).replace("\n", "\n    ")
