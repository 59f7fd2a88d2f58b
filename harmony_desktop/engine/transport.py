"""Connections to the engine: how a socket is opened, who has one open, and how all of them are ended at once.

docker-py brings a transport of its own for each kind of address, but none that lets another thread end a call that
waits for its answer. Here each connection is opened in one place and stands in a register while it lives, so that
closing the engine, or giving up a call, ends the thread that waits on it.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import requests
import requests.adapters
import urllib3
import urllib3.connection

from harmony_desktop.engine.tls import TlsFiles

#: Seconds for opening a connection; an engine of this machine answers in microseconds.
CONNECT_TIMEOUT = 5.0

_DEFAULT_PORT = 2375
_DEFAULT_TLS_PORT = 2376


#: Any of them; Windows pipes have the part of its methods that is used here.
Socket: TypeAlias = socket.socket


class ConnectionsClosedError(OSError):
    """The engine was closed while, or before, a connection was made."""


class Connections:
    """Every open connection of one engine, so that all of them can be ended from another thread."""

    def __init__(self) -> None:
        # Reentrant: a collection of garbage may begin inside of it, and close a connection that nobody has closed.
        self._lock = threading.RLock()
        self._open: dict[int, tuple[Socket, object]] = {}
        self._closed = False
        #: Whether any connection was ever made.
        self.made = False

    @property
    def closed(self) -> bool:
        """Whether no connection may be opened any more."""
        return self._closed

    def __len__(self) -> int:
        return len(self._open)

    def add(self, sock: Socket, owner: object) -> None:
        """Register a connection. Raises ConnectionsClosedError, having closed it, when the engine was closed."""
        with self._lock:
            if not self._closed:
                self._open[id(sock)] = (sock, owner)
                return
        sock.close()
        raise ConnectionsClosedError("the engine was closed")

    def open(self, address: str, tls: TlsFiles | None, timeout: float, owner: object) -> Socket:
        """Open and register a connection; it can be ended before it has come about, too. As ``open_socket``.

        Args:
            address: Where to.
            tls: TLS files, or None.
            timeout: Seconds that opening it may take.
            owner: Whose it is.
        """
        begun: list[Socket] = []

        def begin(sock: Socket) -> None:
            self.add(sock, owner)
            begun.append(sock)

        try:
            opened = open_socket(address, tls, timeout, begin)
        finally:
            for sock in begun:
                self.discard(sock)
        self.made = True
        self.add(opened, owner)
        return opened

    def discard(self, sock: Socket) -> None:
        """Forget a connection that its user has closed."""
        with self._lock:
            self._open.pop(id(sock), None)

    def interrupt(self, owner: object) -> None:
        """End the connections of one owner; its thread sees the end of the stream."""
        with self._lock:
            found = [sock for sock, its_owner in self._open.values() if its_owner is owner]
        for sock in found:
            end(sock)

    def close(self) -> None:
        """End all connections and refuse new ones."""
        with self._lock:
            self._closed = True
            found = [sock for sock, _ in self._open.values()]
        for sock in found:
            end(sock)


def end(sock: Socket) -> None:
    """Shut a socket down: a thread that reads from it wakes with the end of the stream. It stays to be closed."""
    # An end that the other side has already reached is an OSError and just as good.
    with contextlib.suppress(OSError):
        if isinstance(sock, ssl.SSLSocket):
            # Its own shutdown() takes TLS away from under the thread that reads, which would read what is encrypted.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        else:
            sock.shutdown(socket.SHUT_RDWR)


def open_socket(
    address: str, tls: TlsFiles | None, timeout: float, begin: Callable[[Socket], None] = lambda _: None
) -> Socket:
    """Open a connection to an engine.

    Args:
        address: ``unix://PATH``, ``npipe://PIPE``, ``tcp://HOST:PORT``, ``http(s)://…`` or ``ssh://[USER@]HOST[:PORT]``.
        tls: TLS files, or None for a plain connection.
        timeout: Seconds that opening it may take.
        begin: Is given a socket that is about to be connected, where that may take long.

    Raises:
        OSError: The connection cannot be made.
        ValueError: The address is not one of these.
    """
    scheme, _, rest = address.partition("://")
    if scheme == "unix":
        return _open_unix(rest, timeout)
    if scheme == "npipe":
        return _open_pipe(rest, timeout)
    if scheme in {"tcp", "http", "https"}:
        return _open_tcp(address, tls, timeout, begin)
    if scheme == "ssh":
        from harmony_desktop.engine.ssh import open_ssh  # noqa: PLC0415 - for such addresses alone

        return open_ssh(address)
    raise ValueError(f"unknown kind of engine address: {address}")


def _open_unix(path: str, timeout: float) -> Socket:
    family = getattr(socket, "AF_UNIX", None)
    if family is None:
        raise ValueError("unix sockets do not exist on this platform")
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.connect(path if path.startswith("/") else f"/{path}")
    except BaseException:
        sock.close()
        raise
    return sock


def _open_pipe(path: str, timeout: float) -> Socket:
    if os.name != "nt":
        raise ValueError("named pipes exist on Windows only")
    from docker.transport import NpipeSocket  # noqa: PLC0415 - needs pywin32, which exists on Windows only

    from harmony_desktop.engine.pipe_socket import PipeSocket  # noqa: PLC0415 - for such addresses alone

    pipe = PipeSocket(NpipeSocket())
    pipe.settimeout(timeout)
    pipe.connect(path)
    return cast("Socket", pipe)


def _open_tcp(address: str, tls: TlsFiles | None, timeout: float, begin: Callable[[Socket], None]) -> Socket:
    parts = urllib.parse.urlsplit(address)
    secure = tls is not None or parts.scheme == "https"
    host = parts.hostname or "127.0.0.1"
    port = parts.port or (_DEFAULT_TLS_PORT if secure else _DEFAULT_PORT)
    sock = _connect(host, port, timeout, begin)
    try:
        # Small requests and their answers go back and forth: waiting to fill a packet costs 40 ms each.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if secure:
            return (tls or TlsFiles()).context().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise
    return sock


def _connect(host: str, port: int, timeout: float, begin: Callable[[Socket], None]) -> Socket:
    """Connect to the first address of a host that answers; ``socket.create_connection``, but it can be ended."""
    fault: OSError = ConnectionRefusedError(f"{host} has no address")
    for family, kind, protocol, _, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            begin(sock)
            sock.connect(where)
        except ConnectionsClosedError:
            raise  # closed already
        except OSError as error:
            sock.close()
            fault = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise fault


class _Head:
    """What an answer's head is read from: an end within it is a fault, which ``http.client`` alone would not see."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 - a socket's file
        self._file = file

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._file, name)

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._file.readline(limit)
        if not line:
            raise ConnectionResetError(errno.ECONNRESET, "it ended in the middle of an answer")
        return line


class Response(http.client.HTTPResponse):
    """An answer whose head is whole, or none."""

    def begin(self) -> None:
        """Read the head."""
        file: Any = self.fp
        self.fp = cast("Any", _Head(file))
        try:
            super().begin()
        finally:
            if self.fp is not None:  # an answer without a body is closed already
                self.fp = file


class _EngineConnection(urllib3.connection.HTTPConnection):
    """An HTTP connection over a socket that ``opener`` opens and ``closer`` forgets."""

    response_class = Response

    def __init__(
        self,
        *args: Any,  # noqa: ANN401 - urllib3's own arguments are passed on as they are
        opener: Callable[[float], Socket],
        closer: Callable[[Socket], None],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(*args, **kwargs)
        self._opener = opener
        self._closer = closer

    def connect(self) -> None:
        sock = self._opener(CONNECT_TIMEOUT)
        sock.settimeout(self.timeout)
        self.sock = sock

    @property
    def is_connected(self) -> bool:
        # urllib3 asks with select(), which knows sockets only; a Windows pipe that broke shows it on its next use.
        if os.name == "nt" and self.sock is not None and not isinstance(self.sock, socket.socket):
            return True
        return super().is_connected

    def close(self) -> None:
        if self.sock is not None:
            self._closer(self.sock)
        super().close()


class _EnginePool(urllib3.connectionpool.HTTPConnectionPool):
    ConnectionCls = _EngineConnection


class EngineAdapter(requests.adapters.HTTPAdapter):
    """Sends the requests of one session to the engine, whatever host stands in their URL.

    Args:
        opener: Opens and registers a socket, given the seconds that it may take.
        closer: Forgets a socket that is about to be closed.
    """

    def __init__(self, opener: Callable[[float], Socket], closer: Callable[[Socket], None]) -> None:
        super().__init__()
        self._pool = _EnginePool("engine", maxsize=1, opener=opener, closer=closer)

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: bool | str | None,
        proxies: Mapping[str, str] | None = None,
        cert: tuple[str, str] | str | None = None,
    ) -> urllib3.connectionpool.ConnectionPool:
        """Return the pool of connections to the engine."""
        return self._pool

    def request_url(
        self,
        request: requests.PreparedRequest,
        proxies: Mapping[str, str] | None,
    ) -> str:
        """Return the path of a request; there is never a proxy between."""
        return request.path_url

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()
        super().close()
