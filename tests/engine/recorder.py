"""A proxy before a real engine that writes down what a client asks it to create."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

_CREATE = re.compile(rb"^POST /v[\d.]+/(containers|networks|volumes)/create(\?\S*)? HTTP")
_CONNECT = re.compile(rb"^POST /v[\d.]+/networks/([^/ ]+)/connect HTTP")


@dataclass
class Recording:
    """The bodies that were sent, by what they create; containers by their name."""

    containers: dict[str, Any] = field(default_factory=dict)
    networks: dict[str, Any] = field(default_factory=dict)
    volumes: dict[str, Any] = field(default_factory=dict)
    connections: list[tuple[str, Any]] = field(default_factory=list)


class Recorder:
    """Listens on a unix socket, passes everything on to the engine's, and records the calls that create.

    Args:
        engine: Path of the engine's socket.
        path: Path of the socket to listen on.
    """

    def __init__(self, engine: Path, path: Path) -> None:
        self.recording = Recording()
        self.address = f"unix://{path}"
        self._engine = engine
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in tuple(self._open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(str(self._engine))
            self._open |= {client, server}
            for target, args in ((self._upstream, (client, server)), (self._downstream, (server, client))):
                thread = threading.Thread(target=target, args=args, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _downstream(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        finally:
            _half_close(sink)
            self._open.discard(source)
            source.close()

    def _upstream(self, source: socket.socket, sink: socket.socket) -> None:
        waiting = b""
        try:
            while data := source.recv(65536):
                waiting = self._take(waiting + data)
                sink.sendall(data)
        except OSError:
            pass
        finally:
            _half_close(sink)
            self._open.discard(source)

    def _take(self, data: bytes) -> bytes:
        """Record the whole requests at the beginning of the data; return the rest."""
        while b"\r\n\r\n" in data:
            head, _, rest = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?im)^content-length: *(\d+)", head)
            chunked = b"chunked" in head.lower()
            if chunked:
                if b"0\r\n\r\n" not in rest:
                    return data
                body, _, rest = rest.partition(b"0\r\n\r\n")
            else:
                size = int(length[1]) if length else 0
                if len(rest) < size:
                    return data
                body, rest = rest[:size], rest[size:]
            self._record(head, body)
            data = rest
        return data

    def _record(self, head: bytes, body: bytes) -> None:
        if match := _CREATE.match(head):
            kind, query = match[1].decode(), (match[2] or b"").decode()
            sent = json.loads(body)
            name = re.search(r"[?&]name=([^&]+)", query)
            getattr(self.recording, kind)[name[1] if name else sent["Name"]] = sent
        elif match := _CONNECT.match(head):
            self.recording.connections.append((match[1].decode(), json.loads(body)))


def _half_close(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)
