"""A socket between a client and an engine, which goes wrong on command: what a real engine does only when in trouble.

Each connection carries one request, which is handed on as it is; the first rule that matches says what happens instead,
or besides. Without rules it only looks on.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from tests.lab.waiting import wait_until

_READ = 65_536
#: Seconds that a thread gets to end when the proxy does.
_PATIENCE = 5.0


@dataclass
class Fault:
    """What goes wrong.

    Attributes:
        call: Matches method and path without the API's version ("POST /containers/.*/start"), searched from the start.
        times: How often; None for ever.
        skip: How many matching calls are let through before.
        delay: Seconds before the request is handed on.
        status: The HTTP status of an error that is answered in the engine's place.
        message: Its text.
        body: An answer with status 200 in the engine's place, as it is (a pull's in-band error).
        cut: Bytes of the engine's answer, its head included, after which the connection breaks; 0 for none of it.
        drop: The connection breaks before the engine hears of the request.
        silent: Nothing is ever answered.
    """

    call: str = ""
    times: int | None = None
    skip: int = 0
    delay: float = 0.0
    status: int = 0
    message: str = "the lab says so"
    body: bytes | None = None
    cut: int | None = None
    drop: bool = False
    silent: bool = False
    hits: int = field(default=0, init=False)

    def takes(self, call: str) -> bool:
        """Whether it applies to this call; counts."""
        if not re.match(self.call, call) or (self.times is not None and self.hits >= self.times):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class FaultProxy:
    """A unix socket in front of an engine's. Use it as a context manager.

    Args:
        engine: The engine's socket.
        path: Where the proxy listens.
    """

    def __init__(self, engine: Path, path: Path) -> None:
        self.path = path
        self.calls: list[str] = []
        self._engine = engine
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._listener: socket.socket | None = None
        self._threads: list[threading.Thread] = []
        self._live: dict[int, tuple[str, socket.socket]] = {}

    @property
    def host(self) -> str:
        """What DOCKER_HOST says to reach it."""
        return f"unix://{self.path}"

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.refuse()
        self.end(".*")
        for thread in self._threads:
            thread.join(_PATIENCE)
            assert not thread.is_alive(), "a thread of the proxy hangs"
        self.path.unlink(missing_ok=True)

    # What a test does to it

    def add(self, call: str = "", **how: object) -> Fault:
        """Let something go wrong; the latest fault goes first. Returns it, with the number of its hits."""
        fault = Fault(call, **how)  # type: ignore[arg-type] # Fault's own arguments
        with self._lock:
            self._faults.insert(0, fault)
        return fault

    def heal(self) -> None:
        """Nothing goes wrong any more; calls that were not answered are dropped."""
        with self._lock:
            self._faults.clear()

    def end(self, call: str) -> int:
        """Break the connections of calls that go on ("GET /events"); returns how many."""
        with self._lock:
            found = [sock for text, sock in self._live.values() if re.match(call, text)]
        for sock in found:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        return len(found)

    def count(self, call: str) -> int:
        """How many calls of this kind came."""
        return sum(1 for text in self.calls if re.match(call, text))

    def live(self, call: str) -> int:
        """How many calls of this kind go on."""
        with self._lock:
            return sum(1 for text, _ in self._live.values() if re.match(call, text))

    def settle(self) -> None:
        """Wait until it has noticed that all clients have gone."""
        wait_until(lambda: sum(thread.is_alive() for thread in self._threads) <= 1, "the end of all calls")

    def refuse(self) -> None:
        """Take no more connections; the socket's file stays, as after an engine's crash."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def vanish(self) -> None:
        """As if there had never been an engine: all connections break and the socket's file is gone."""
        self.refuse()
        self.path.unlink()
        self.end(".*")

    def listen(self) -> None:
        """Take connections (again)."""
        self.path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.path))
        self.path.chmod(0o666)
        listener.listen(128)
        # A thread that waits in accept() would go on waiting on whatever gets the number of a closed socket next.
        listener.settimeout(0.1)
        self._listener = listener
        self._begin(self._accept, listener)

    # Threads

    def _begin(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="fault-proxy", daemon=True)  # type: ignore[arg-type]
        with self._lock:
            self._threads = [known for known in self._threads if known.is_alive()] + [thread]
            thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._begin(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            request = _read_request(client)
            if request is None:
                return
            call, data = request
            with self._lock:
                self.calls.append(call)
                fault = next((fault for fault in self._faults if fault.takes(call)), None) or Fault()
                self._live[id(client)] = call, client
            try:
                self._exchange(client, data, fault)
            finally:
                with self._lock:
                    del self._live[id(client)]

    def _exchange(self, client: socket.socket, request: bytes, fault: Fault) -> None:
        if fault.drop:
            return
        if fault.silent:
            self._wait(client, None)
            return
        if fault.delay and not self._wait(client, fault.delay):
            return
        if fault.status or fault.body is not None:
            client.sendall(_answer(fault))
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as engine:
            engine.connect(str(self._engine))
            engine.sendall(request)
            self._hand_back(engine, client, fault.cut)

    def _wait(self, client: socket.socket, seconds: float | None) -> bool:
        """Wait; returns False when the client went meanwhile, or the proxy ended."""
        give_up = None if seconds is None else time.monotonic() + seconds
        while not self._over.is_set():
            left = 0.1 if give_up is None else min(0.1, give_up - time.monotonic())
            if left <= 0:
                return True
            if select.select([client], [], [], left)[0]:
                return False
        return False

    def _hand_back(self, engine: socket.socket, client: socket.socket, cut: int | None) -> None:
        sent = 0
        while not self._over.is_set():
            ready, _, _ = select.select([engine, client], [], [], 0.5)
            if client in ready:
                return  # it has gone: one request is all that a connection carries
            if engine not in ready:
                continue
            data = engine.recv(_READ)
            if cut is not None and sent + len(data) >= cut:
                client.sendall(data[: cut - sent])
                return
            if not data:
                return
            client.sendall(data)
            sent += len(data)


def _read_request(client: socket.socket) -> tuple[str, bytes] | None:
    """One request: what it calls, and its bytes with a wish for one answer only; None when the client just went."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(_READ)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *headers = head.decode("latin-1").split("\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in headers)}
    missing = int(fields.get("content-length", "0")) - len(body)
    while missing > 0:
        piece = client.recv(_READ)
        if not piece:
            return None
        body += piece
        missing -= len(piece)
    kept = [line for line in headers if not line.lower().startswith("connection:")]
    method, target, _ = first.split(" ")
    path = re.sub(r"^/v[\d.]+", "", target)
    return f"{method} {path}", "\r\n".join([first, *kept, "Connection: close"]).encode("latin-1") + b"\r\n\r\n" + body


def _answer(fault: Fault) -> bytes:
    body = fault.body if fault.body is not None else json.dumps({"message": fault.message}).encode()
    head = f"HTTP/1.1 {fault.status or 200} Lab\r\nContent-Type: application/json\r\nConnection: close\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
