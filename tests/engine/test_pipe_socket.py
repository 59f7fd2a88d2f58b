"""A named pipe behaves as a socket; what pywin32 would do is played."""

from __future__ import annotations

from typing import Any

import pytest

from harmony_desktop.engine.pipe_socket import PipeSocket


class WindowsError(Exception):
    """As ``pywintypes.error``."""

    def __init__(self, winerror: int, strerror: str) -> None:
        super().__init__(winerror, "ReadFile", strerror)
        self.winerror, self.strerror = winerror, strerror


WindowsError.__module__ = "pywintypes"


class Pipe:
    """Plays docker-py's socket: each reading gives the next piece, or raises the next error."""

    def __init__(self, *pieces: bytes | Exception) -> None:
        self.pieces = list(pieces)
        self.sent: list[bytes] = []
        self.closed = 0

    def recv_into(self, buffer: Any) -> int:
        if self.closed:
            raise RuntimeError("Can not reuse socket after connection was closed.")
        piece = self.pieces.pop(0) if self.pieces else b""
        if isinstance(piece, Exception):
            raise piece
        buffer[: len(piece)] = piece
        return len(piece)

    def send(self, data: bytes) -> int:
        self.sent.append(data[:4])
        return len(data[:4])

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("number", [109, 232, 233])
def test_the_other_sides_end_is_the_end_of_the_stream(number: int) -> None:
    pipe = PipeSocket(Pipe(b"line\n", WindowsError(number, "Pipe not connected.")))
    with pipe.makefile("rb") as file:
        assert file.read() == b"line\n"


def test_other_errors_are_those_of_a_socket() -> None:
    with pytest.raises(PermissionError):
        PipeSocket(Pipe(WindowsError(5, "Access denied."))).recv(10)
    with pytest.raises(TimeoutError):
        PipeSocket(Pipe(TimeoutError())).recv(10)


def test_a_reader_of_a_connection_that_was_ended_sees_its_end() -> None:
    inner = Pipe(b"never read")
    pipe = PipeSocket(inner)
    file = pipe.makefile("rb")
    pipe.shutdown(2)
    assert file.read() == b""
    file.close()
    pipe.close()


def test_the_rest_of_an_answer_can_be_read_after_the_connection_was_closed() -> None:
    inner = Pipe(b"the rest")
    pipe = PipeSocket(inner)
    file = pipe.makefile("rb")
    pipe.close()
    assert file.read(8) == b"the rest"
    assert inner.closed == 0
    file.close()
    assert inner.closed == 1


def test_everything_is_sent() -> None:
    inner = Pipe()
    PipeSocket(inner).sendall(b"0123456789")
    assert b"".join(inner.sent) == b"0123456789"


def test_nothing_can_be_read_from_what_was_closed() -> None:
    pipe = PipeSocket(Pipe())
    pipe.close()
    with pytest.raises(OSError, match="closed"):
        pipe.recv(1)
