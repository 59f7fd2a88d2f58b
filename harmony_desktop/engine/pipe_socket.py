"""A named pipe of Windows that behaves as a socket does.

docker-py's own knows timeouts, but its ends are errors of pywin32, and closing it takes it away from whoever still
reads the rest of an answer.
"""

from __future__ import annotations

import contextlib
import errno
import io
from collections.abc import Iterator
from typing import Any

from harmony_desktop.engine.pipes import as_os_error

#: Numbers of Windows that mean "the other side has closed": ERROR_HANDLE_EOF, ERROR_BROKEN_PIPE, ERROR_NO_DATA,
#: ERROR_PIPE_NOT_CONNECTED.
_ENDS = frozenset({38, 109, 232, 233})


class PipeSocket:
    """What connections to an engine need of a socket.

    Args:
        pipe: ``docker.transport.NpipeSocket``, or what plays it.
    """

    def __init__(self, pipe: Any) -> None:  # noqa: ANN401 - its class exists on Windows alone
        self._pipe = pipe
        self._readers = 0
        self._ended = self._released = False

    def connect(self, path: str) -> None:
        """Open the pipe. Raises OSError."""
        with self._as_socket():
            self._pipe.connect(path)

    def settimeout(self, seconds: float | None) -> None:
        """Set how long a call may wait; None for ever."""
        self._pipe.settimeout(seconds)

    def sendall(self, data: bytes) -> None:
        """Send everything. Raises OSError."""
        rest = memoryview(data)
        while rest:
            with self._as_socket():
                rest = rest[self._pipe.send(bytes(rest)) :]

    def recv(self, size: int) -> bytes:
        """Receive at most so many bytes; none at the end. Raises OSError."""
        buffer = bytearray(size)
        return bytes(buffer[: self.recv_into(buffer)])

    def recv_into(self, buffer: bytearray | memoryview) -> int:
        """Receive into a buffer; return how many bytes, 0 at the end. Raises OSError."""
        try:
            with self._as_socket():
                return int(self._pipe.recv_into(buffer))
        except OSError as error:
            # As with a socket that another thread has shut down, that is the end and no fault.
            if self._ended or error.errno in _ENDS:
                return 0
            raise

    def makefile(self, mode: str = "rb", buffering: int | None = None) -> io.BufferedReader:
        """Return a file to read from; the pipe stays open until it is closed, too."""
        self._readers += 1
        size = buffering if buffering and buffering > 0 else io.DEFAULT_BUFFER_SIZE
        return io.BufferedReader(_Raw(self), size)

    def shutdown(self, how: int) -> None:
        """End the connection at once, also for a thread that reads."""
        self._ended = True
        self._close()

    def close(self) -> None:
        """Close it, as soon as nobody reads from it any more."""
        self._released = True
        if self._readers == 0:
            self._close()

    def release(self) -> None:
        """A file that reads from it was closed."""
        self._readers -= 1
        if self._released and self._readers == 0:
            self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError), self._as_socket():
            self._pipe.close()

    @contextlib.contextmanager
    def _as_socket(self) -> Iterator[None]:
        """Turn what pywin32 and docker-py raise into what a socket would."""
        try:
            yield
        except OSError:
            raise
        except RuntimeError as error:  # docker-py's "Can not reuse socket after connection was closed."
            raise OSError(errno.EBADF, str(error)) from error
        except Exception as error:
            found = as_os_error(error)
            if found is None:
                raise
            raise found from error


class _Raw(io.RawIOBase):
    def __init__(self, pipe: PipeSocket) -> None:
        super().__init__()
        self._pipe = pipe

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever has memory
        return self._pipe.recv_into(memoryview(buffer))

    def close(self) -> None:
        if not self.closed:
            super().close()
            self._pipe.release()
