"""What goes wrong on the way to the engine, in plain words, and within a time limit."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from harmony_desktop.control.ports import (
    ConflictError,
    EngineError,
    EngineStatus,
    EngineUnavailableError,
    NotFoundError,
)
from harmony_desktop.engine import client as client_module
from harmony_desktop.engine.client import Client, Endpoint
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.engine.faults import error_of_connection, error_of_status, translated
from harmony_desktop.engine.transport import Connections
from harmony_desktop.engine.workers import Workers

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"


@contextlib.contextmanager
def answering(path: Path, answer: Callable[[socket.socket], None]) -> Iterator[Endpoint]:
    """Take one connection on a unix socket and let ``answer`` have it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            with contextlib.suppress(OSError), listener.accept()[0] as connection:
                connection.recv(65536)
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield Endpoint(f"unix://{path}", "1.41")
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def asked(client: Client) -> None:
    with client.calling("ask", 1):
        client.raw("GET", "/info")


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"", "broke"),
        (OK + b"{", "broke"),
        (b"nonsense\r\n\r\n", "broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{", "Expecting"),
        (b"HTTP/1.1 500 X\r\nContent-Length: 5\r\n\r\nwords", "words"),
        (b'HTTP/1.1 500 X\r\nContent-Length: 18\r\n\r\n{"message": "told"}'[:-1] + b"}", "told"),
        (b"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "status 500"),
    ],
)
def test_broken_answers(tmp_path: Path, answer: bytes, cause: str) -> None:
    connections = Connections()
    with (
        answering(tmp_path / "s", lambda connection: connection.sendall(answer)) as endpoint,
        contextlib.closing(Client(endpoint, connections)) as client,
        pytest.raises(EngineError, match="Cannot ask") as told,
    ):
        asked(client)
    assert cause in told.value.cause
    connections.close()


async def test_an_answer_that_trickles_in_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read is quick, so only a limit of the whole call frees its thread."""
    monkeypatch.setattr(client_module, "GRACE", 0.0)
    gone = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(OK)
        try:
            while True:
                connection.sendall(b" ")
                gone.wait(0.02)
        except OSError:
            gone.set()

    with answering(tmp_path / "s", trickle) as endpoint:
        workers = Workers(endpoint, Connections())
        with pytest.raises(EngineUnavailableError, match="Cannot ask"):
            await workers.run(asked)
        assert gone.wait(10), "the connection is ended"
        await workers.close()


def test_kinds_of_refusals() -> None:
    assert isinstance(error_of_status("do it", 404, "no"), NotFoundError)
    assert isinstance(error_of_status("do it", 409, "no"), ConflictError)
    refused = error_of_status("do it", 500, " no ")
    assert (refused.title, refused.cause, refused.status) == ("Cannot do it", "no", 500)
    assert "docker login" in error_of_status("do it", 401, "no").advice


@pytest.mark.parametrize(
    ("error", "state", "cause"),
    [
        (TimeoutError(), EngineStatus.UNREACHABLE, "in time"),
        (ConnectionRefusedError(), EngineStatus.STOPPED, "not running"),
        (FileNotFoundError(), EngineStatus.STOPPED, "not running"),
        (PermissionError(), EngineStatus.DENIED, "may not"),
        (ConnectionResetError(104, "Connection reset by peer"), EngineStatus.UNREACHABLE, "Connection reset by peer"),
    ],
)
def test_kinds_of_broken_connections(error: Exception, state: EngineStatus, cause: str) -> None:
    wrapped = requests.exceptions.ConnectionError(Exception("wrapped", error))
    for given in (error, wrapped):
        told = error_of_connection("do it", given)
        assert told.state is state
        assert cause in told.cause
        assert told.exit_status == 4


def test_a_time_limit_of_requests_own() -> None:
    assert "in time" in error_of_connection("do it", requests.exceptions.ReadTimeout()).cause


def test_faults_of_our_own_code_stay_what_they_are() -> None:
    with pytest.raises(KeyError), translated("do it"):
        raise KeyError("ours")


@pytest.mark.parametrize("said", ['{"detail": "Not Found"}', '["no"]', "null", "<html>no</html>"])
async def test_somebody_else_answers_there(tmp_path: Path, said: str) -> None:
    """Another program's refusal has none of the engine's words."""
    answer = f"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: {len(said)}\r\n\r\n{said}"
    with (
        answering(tmp_path / "s", lambda connection: connection.sendall(answer.encode())) as endpoint,
        pytest.raises(EngineUnavailableError) as told,
    ):
        await DockerConnector(host=endpoint.address, environ={}).connect()
    assert told.value.state is EngineStatus.UNREACHABLE
    assert said in told.value.cause
