"""A proxy before the lab's registry: slow, silent, rude or broken on command. It counts what is fetched."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

#: Bytes that are handed on at a time while the proxy is slow.
_PIECE = 16 * 1024
#: Seconds between two looks whether the engine has hung up, while an answer is held back.
_LOOK = 0.05


@dataclass(frozen=True)
class Canned:
    """An answer that the proxy gives in the registry's place."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass
class Faults:
    """How the proxy misbehaves; each may be changed at any time and holds from the next request (or piece) on.

    Attributes:
        rate: Bytes a second of each layer; 0 for as fast as it goes.
        silent: Requests whose path matches are taken and never answered.
        canned: Answers by a pattern of the path, in place of the registry's.
        break_after: A layer's connection is dropped after so many bytes; None for never.
        stall_after: A layer's bytes stop coming after so many, and the connection stays; None for never.
        no_length: Layers come without telling how long they are.
    """

    rate: int = 0
    silent: str = ""
    canned: dict[str, Canned] = field(default_factory=dict)
    break_after: int | None = None
    stall_after: int | None = None
    no_length: bool = False


class RegistryProxy:
    """The proxy. Use it as a context manager, inside the lab's network.

    Args:
        upstream: The registry's ``HOST:PORT``.
        port: Its own port on 127.0.0.1; 0 for any.
    """

    def __init__(self, upstream: str, port: int = 0) -> None:
        self.upstream = upstream
        self.faults = Faults()
        #: Paths that were asked for, in their order.
        self.requests: list[str] = []
        self._lock = threading.Lock()
        self._served: dict[str, int] = {}
        self._open = 0
        self._ending = threading.Event()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="registry-proxy")

    @property
    def address(self) -> str:
        """Its ``HOST:PORT``: the first part of an image's name."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def fetching(self) -> int:
        """Layers that the engine is fetching right now."""
        with self._lock:
            return self._open

    @property
    def served(self) -> dict[str, int]:
        """Bytes handed on of each layer or configuration, by digest, over all requests."""
        with self._lock:
            return dict(self._served)

    def forget(self) -> None:
        """Counts from zero."""
        with self._lock:
            self._served.clear()
            self.requests.clear()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # The handlers' side

    def _begin(self, digest: str) -> None:
        with self._lock:
            self._open += 1
            self._served.setdefault(digest, 0)

    def _count(self, digest: str, size: int) -> None:
        with self._lock:
            self._served[digest] += size

    def _end(self) -> None:
        with self._lock:
            self._open -= 1

    def _hold(self, connection: socket.socket) -> None:
        """Keeps an answer back until the engine hangs up, or the proxy ends."""
        connection.setblocking(False)
        while not self._ending.is_set():
            with contextlib.suppress(BlockingIOError):
                if not connection.recv(1):
                    return
            time.sleep(_LOOK)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: RegistryProxy, port: int) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """The engine hangs up when it likes: no fault of the proxy's."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    #: Who tries TLS first is refused in HTTP, and so learns that there is none.
    default_request_version = "HTTP/1.0"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name for it
        """Says nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.close_connection = True
        proxy = self.server.proxy
        proxy.requests.append(self.path)
        faults = proxy.faults
        if faults.silent and re.search(faults.silent, self.path):
            proxy._hold(self.connection)
            return
        for pattern, canned in faults.canned.items():
            if re.search(pattern, self.path):
                self._send_canned(canned)
                return
        self._hand_on()

    def _send_canned(self, canned: Canned) -> None:
        body = canned.body.encode()
        self.send_response(canned.status)
        for name, value in (("Content-Length", str(len(body))), *canned.headers):
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _hand_on(self) -> None:
        proxy = self.server.proxy
        upstream = http.client.HTTPConnection(proxy.upstream, timeout=20)
        with contextlib.closing(upstream):
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # a name may come several times, as Accept does
                if name.lower() != "connection":
                    upstream.putheader(name, value)
            upstream.endheaders()
            answer = upstream.getresponse()
            blob = re.search(r"/blobs/(sha256:[0-9a-f]+)", self.path)
            counted = blob is not None and self.command == "GET" and answer.status in {200, 206}
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                hidden = {"connection", "transfer-encoding"} | (
                    {"content-length"} if counted and proxy.faults.no_length else set()
                )
                if name.lower() not in hidden:
                    self.send_header(name, value)
            self.send_header("Connection", "close")
            self.end_headers()
            if counted and blob is not None:
                self._send_layer(answer, blob[1])
            elif self.command == "GET":
                self.wfile.write(answer.read())

    def _send_layer(self, answer: http.client.HTTPResponse, digest: str) -> None:
        proxy = self.server.proxy
        proxy._begin(digest)
        sent = 0
        try:
            while piece := answer.read(_PIECE):
                faults = proxy.faults
                if faults.break_after is not None and sent >= faults.break_after:
                    return
                if faults.stall_after is not None and sent >= faults.stall_after:
                    proxy._hold(self.connection)
                    return
                self.wfile.write(piece)
                sent += len(piece)
                proxy._count(digest, len(piece))
                if faults.rate:
                    proxy._ending.wait(len(piece) / faults.rate)
        finally:
            proxy._end()
