"""Every way to reach an engine: unix socket, TCP, TLS, and SSH; and what is said when a way is blocked."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.engine.transport import Connections, ConnectionsClosedError, end, open_socket

if TYPE_CHECKING:
    from tests.lab.lab import Lab


class Bridge:
    """Passes connections of a TCP port, plain or TLS, on to a unix socket."""

    def __init__(self, engine: Path, tls: ssl.SSLContext | None = None) -> None:
        self._engine = engine
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
                client = self._tls.wrap_socket(client, server_side=True) if self._tls else client
            except ssl.SSLError:
                continue
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._engine))
            for pair in ((client, server), (server, client)):
                self._threads.append(threading.Thread(target=self._pass_on, args=pair))
                self._threads[-1].start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        source.close()


@contextlib.contextmanager
def bridged(lab: Lab, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    bridge = Bridge(lab.engine.socket, tls)
    try:
        yield bridge.port
    finally:
        bridge.close()


async def served(address: str, **environ: str) -> None:
    """Ask for something short and something long."""
    engine = await DockerConnector(host=address, environ={**os.environ, **environ}).connect()
    try:
        assert (await engine.info()).version
        events = engine.events(1)
        assert (await anext(events)).type
        await events.aclose()
    finally:
        await engine.close()


@pytest.fixture
def some_event(clean_engine: Lab) -> Lab:
    """An engine with something to tell of."""
    clean_engine.docker("volume", "create", "some-volume")
    return clean_engine


async def test_tcp(some_event: Lab) -> None:
    with bridged(some_event) as port:
        await served(f"tcp://127.0.0.1:{port}")


async def test_proxies_of_the_environment_are_not_meant_for_the_engine(some_event: Lab) -> None:
    with bridged(some_event) as port:
        await served(f"tcp://127.0.0.1:{port}", HTTP_PROXY="http://127.0.0.1:9", http_proxy="http://127.0.0.1:9")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 that signs for itself, under Docker's names."""
    folder = tmp_path_factory.mktemp("certificates")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=lab"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {folder}/key.pem -out {folder}/cert.pem"
    subprocess.run(command.split(), check=True, capture_output=True)
    (folder / "ca.pem").write_bytes((folder / "cert.pem").read_bytes())
    return folder


def server_tls(certificates: Path) -> ssl.SSLContext:
    """TLS of an engine that wants to see its client's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
    context.load_verify_locations(certificates / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


async def test_tls_with_certificates_on_both_sides(some_event: Lab, certificates: Path) -> None:
    with bridged(some_event, server_tls(certificates)) as port:
        await served(f"tcp://127.0.0.1:{port}", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(certificates))


async def test_tls_of_a_docker_context(some_event: Lab, certificates: Path, tmp_path: Path) -> None:
    env = {"DOCKER_CONFIG": str(tmp_path), "DOCKER_HOST": ""}
    files = ",".join(f"{name}={certificates}/{name}.pem" for name in ("ca", "cert", "key"))
    with bridged(some_event, server_tls(certificates)) as port:
        endpoint = f"host=tcp://127.0.0.1:{port},{files}"
        some_event.run(["docker", "context", "create", "secure", "--docker", endpoint], env=env)
        await served("", **env, DOCKER_CONTEXT="secure")


async def refused(lab: Lab, tls: ssl.SSLContext | None, certificates: Path) -> EngineUnavailableError:
    with bridged(lab, tls) as port, pytest.raises(EngineUnavailableError) as told:
        await served(f"tcp://127.0.0.1:{port}", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(certificates))
    assert told.value.state is EngineStatus.UNREACHABLE
    return told.value


async def test_tls_without_the_certificate_that_the_engine_wants(lab: Lab, certificates: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes((certificates / "ca.pem").read_bytes())
    error = await refused(lab, server_tls(certificates), tmp_path)
    assert "does not accept this computer’s certificate" in error.cause
    assert "cert.pem, key.pem" in error.advice


async def test_tls_where_the_engine_speaks_none(lab: Lab, certificates: Path) -> None:
    error = await refused(lab, None, certificates)
    assert "does not speak TLS" in error.cause
    assert "2376" in error.advice


async def test_tls_of_a_stranger_is_refused(lab: Lab, certificates: Path, tmp_path: Path) -> None:
    with bridged(lab, server_tls(certificates)) as port, pytest.raises(EngineUnavailableError) as told:
        await served(f"tcp://127.0.0.1:{port}", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(tmp_path))
    assert told.value.state is EngineStatus.UNREACHABLE
    assert "TLS" in told.value.cause
    assert "not trusted" in told.value.cause
    assert "ca.pem" in told.value.advice


async def test_ssh(some_event: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for ssh runs the command, which is Docker's own, on this machine."""
    said = tmp_path / "said"
    program = tmp_path / "ssh"
    program.write_text(
        f'#!/bin/sh\necho "$*" >> {said}\nwhile [ "$1" != -- ]; do shift; done; shift 2\n'
        f'DOCKER_HOST={some_event.engine.host} exec "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    await served("ssh://anna@far.example:2222")
    for line in said.read_text().splitlines():
        assert line.endswith("-l anna -p 2222 -- far.example docker system dial-stdio")


async def test_ssh_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\nexit 255\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailableError) as told:
        await served("ssh://far.example")
    assert told.value.state is EngineStatus.UNREACHABLE


@pytest.mark.parametrize("address", ["carrier-pigeon://x", "npipe:////./pipe/docker_engine", "ssh://"])
def test_addresses_that_lead_nowhere(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        open_socket(address, None, 1.0)


def test_what_is_closed_takes_no_new_connection() -> None:
    connections = Connections()
    ours, theirs = socket.socketpair()
    with theirs:
        connections.add(ours, "someone")
        assert len(connections) == 1
        connections.close()
        assert theirs.recv(1) == b"", "the other side sees the end"
        late, other = socket.socketpair()
        with other, pytest.raises(ConnectionsClosedError):
            connections.add(late, "someone")
        assert late.fileno() == -1
        connections.discard(ours)
        end(ours)
        ours.close()
