"""Long answers of the engine, each read by a thread of its own over a connection of its own, closable at once."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
import time
import urllib.parse
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, Self, TypeVar

from harmony_desktop.control.ports import EngineError, Event, LogChunk
from harmony_desktop.engine.channel import Channel
from harmony_desktop.engine.client import QUICK, Endpoint, versioned_path
from harmony_desktop.engine.faults import error_of_status, translated
from harmony_desktop.engine.frames import LogParser
from harmony_desktop.engine.translate import event
from harmony_desktop.engine.transport import CONNECT_TIMEOUT, Connections, Response, Socket, end

T = TypeVar("T")

#: Bytes that are read at a time, and pieces that wait for the reader at most: together the bound of one stream.
READ_SIZE = 256 * 1024
PIECES = 32

#: Seconds for which a flood gathers between two reads. The buffer of a unix socket holds some 280 writes, which is what
#: the engine writes in two of these: with a longer pause it would have to wait.
_GATHER = 0.001
#: Seconds for which the loop lets a flood of log gather.
_CALM = 0.02
_NANOSECONDS = 1_000_000_000


class Streams:
    """All long answers of one engine.

    Args:
        endpoint: The engine, with its negotiated version.
        connections: The register of open connections; closing it ends every stream.
    """

    def __init__(self, endpoint: Endpoint, connections: Connections) -> None:
        self._endpoint = endpoint
        self._connections = connections
        self._readers: weakref.WeakSet[_Reader[Any]] = weakref.WeakSet()

    def events(self, since_ns: int, *, until_now: bool = False) -> Stream[Event]:
        """Yield events of containers, networks, volumes and images until the connection ends.

        Args:
            since_ns: Nanoseconds since the epoch, by the engine's clock, inclusive; 0 for "from now on".
            until_now: Only the events that the engine remembers; then the stream ends.
        """
        kinds = json.dumps({"type": ["container", "network", "volume", "image"]})
        params = {"filters": kinds} | ({"since": _moment(since_ns)} if since_ns else {})
        if until_now:
            params["until"] = _moment(time.time_ns())
        request = self._request("follow the engine's events", "GET", "/events", params=params)
        return self._open(request, _events)

    def logs(self, container_id: str, *, since_ns: int, tail: int | None, follow: bool) -> Stream[LogChunk]:
        """Yield a container's log until it ends, or the connection does.

        Args:
            container_id: The container.
            since_ns: Nanoseconds since the epoch, by the engine's clock, inclusive; 0 for the beginning.
            tail: How many lines of the past, None for all.
            follow: Whether to go on with what is yet to come.
        """
        params = {
            "stdout": "1",
            "stderr": "1",
            "timestamps": "1",
            "follow": "1" if follow else "0",
            "tail": "all" if tail is None else str(tail),
        }
        if since_ns:
            params["since"] = _moment(since_ns)
        request = self._request("read the log", "GET", "/containers/{0}/logs", container_id, params=params)
        return self._open(request, lambda pieces: _log_chunks(container_id, pieces), gather=_CALM)

    def read(
        self,
        action: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        parse: Callable[[Iterator[bytes]], Iterator[T]],
    ) -> Stream[T]:
        """Yield what ``parse`` makes of another long answer (in the stream's thread).

        Args:
            action: What is tried, as it continues "Cannot …".
            method: HTTP method.
            path: Path of the call.
            params: Query parameters.
            headers: Further headers.
            parse: From the pieces of the answer's body to what is yielded.

        The answer may take its time to begin: the engine asks others first (a registry) before it says a word.
        """
        request = self._request(action, method, path, params=params, headers=headers, whole=True)
        return self._open(request, parse)

    def _request(
        self,
        action: str,
        method: str,
        path: str,
        *arguments: str,
        params: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        whole: bool = False,
    ) -> _Request:
        target = f"{versioned_path(self._endpoint.api_version, path, *arguments)}?{urllib.parse.urlencode(params)}"
        return _Request(action, method, target, headers or {}, whole=whole)

    def _open(
        self, request: _Request, parse: Callable[[Iterator[bytes]], Iterator[T]], gather: float = 0.0
    ) -> Stream[T]:
        reader = _Reader(request, parse, self._endpoint, self._connections, gather)
        self._readers.add(reader)
        return Stream(reader)

    def join(self, timeout: float) -> None:
        """Wait for the threads whose connections were ended.

        Args:
            timeout: Seconds to wait for each.
        """
        for reader in tuple(self._readers):
            reader.thread.join(timeout)


class Stream(Generic[T]):
    """A long answer as the loop sees it; implements ``control.ports.Stream``. Made on the loop's thread."""

    def __init__(self, reader: _Reader[T]) -> None:
        self._reader = reader
        reader.thread.start()
        # One that is dropped unclosed takes its thread and its connection with it.
        weakref.finalize(self, reader.close)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await self._reader.channel.get()

    async def aclose(self) -> None:
        """End it now; its thread and its connection are gone when this returns."""
        self._reader.close()
        await self._reader.channel.drained()
        self._reader.thread.join()


class _Request:
    """One request for a long answer.

    Args:
        action: What is tried, as it continues "Cannot …".
        method: HTTP method.
        target: Path and query.
        headers: Further headers.
        whole: Whether half an answer is a fault. It is asked for in chunks then, which have an end of their own.
            Otherwise it is asked for without: the engine makes a chunk of every entry of a log, and taking 500,000
            of them apart costs more than all the rest.
    """

    def __init__(self, action: str, method: str, target: str, headers: Mapping[str, str], *, whole: bool) -> None:
        self.action = action
        self.whole = whole
        self._head = (
            f"{method} {target} HTTP/{'1.1' if whole else '1.0'}\r\n"
            "Host: engine\r\n"
            "Connection: close\r\n"
            "Content-Length: 0\r\n"
            "User-Agent: harmony-desktop\r\n"
            + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            + "\r\n"
        )
        self._method = method

    def send(self, sock: Socket) -> http.client.HTTPResponse:
        """Send it and return the answer, of which only the head has been read."""
        sock.sendall(self._head.encode("ascii"))
        response = Response(sock, method=self._method)
        try:
            response.begin()
        except BaseException:
            response.close()  # it holds the socket open
            raise
        return response


class _Reader(Generic[T]):
    """One long answer, its thread and its connection."""

    def __init__(
        self,
        request: _Request,
        parse: Callable[[Iterator[bytes]], Iterator[T]],
        endpoint: Endpoint,
        connections: Connections,
        gather: float,
    ) -> None:
        self.channel: Channel[T] = Channel(asyncio.get_running_loop(), PIECES, gather)
        self.thread = threading.Thread(target=self._run, name="engine-stream", daemon=True)
        self._request = request
        self._parse = parse
        self._endpoint = endpoint
        self._connections = connections

    def close(self) -> None:
        """End it, from any thread: the reading one wakes and goes."""
        self.channel.close()
        self._connections.interrupt(self)

    def _run(self) -> None:
        """Read until the end; the thread's whole life."""
        error: BaseException | None = None
        try:
            with translated(self._request.action):
                sock = self._connections.open(self._endpoint.address, self._endpoint.tls, CONNECT_TIMEOUT, self)
            if self.channel.closed:  # closed before there was a connection to end
                end(sock)
            try:
                self._read(sock)
            finally:
                self._connections.discard(sock)
                sock.close()
        except EngineError as fault:
            error = fault
        finally:
            self.channel.end(error)

    def _read(self, sock: Socket) -> None:
        with translated(self._request.action):
            sock.settimeout(None if self._request.whole else QUICK)
            response = self._request.send(sock)
        with response:
            if response.status != http.HTTPStatus.OK:
                raise error_of_status(self._request.action, response.status, _message(response))
            # From here on silence is normal.
            sock.settimeout(None)
            with translated(self._request.action) if self._request.whole else contextlib.suppress(*_BROKEN):
                for item in self._parse(_pieces(response)):
                    if not self.channel.put(item):
                        return


#: A stream that breaks ends like one that is closed: without chunks nobody can tell them apart, so whoever reads
#: events or logs looks again after any end. What cannot be read (ValueError) has broken off, too.
_BROKEN = (OSError, http.client.HTTPException, ValueError)


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield what has come, as it comes; in a flood, let it gather a little."""
    last = 0.0
    while data := response.read1(READ_SIZE):
        yield data
        if time.monotonic() - last < _GATHER:
            # The engine writes entry by entry. Taking each few at a time doubles the work of all who come after.
            time.sleep(_GATHER)
        last = time.monotonic()


def _message(response: http.client.HTTPResponse) -> str:
    """Return the engine's words in an answer that is an error."""
    text = response.read(READ_SIZE).decode("utf-8", "replace")
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text


def _moment(time_ns: int) -> str:
    """Return a time as the engine takes it: seconds, a point, nanoseconds."""
    return f"{time_ns // _NANOSECONDS}.{time_ns % _NANOSECONDS:09d}"


def _log_chunks(container_id: str, pieces: Iterator[bytes]) -> Iterator[LogChunk]:
    parser = LogParser()
    for piece in pieces:
        if lines := parser.feed(piece):
            yield LogChunk(container_id, tuple(lines))
    if lines := parser.flush():
        yield LogChunk(container_id, tuple(lines), unfinished=True)


def json_objects(pieces: Iterator[bytes]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a stream of JSON, one per line."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        yield from (json.loads(line) for line in lines if line.strip())
    # What is left has no line end: the connection broke within an object.


def _events(pieces: Iterator[bytes]) -> Iterator[Event]:
    return (event(payload) for payload in json_objects(pieces))
