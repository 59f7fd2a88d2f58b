"""The engine's own threads for calls, so that a silent engine cannot starve the rest of the program."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from harmony_desktop.control.ports import EngineUnavailableError
from harmony_desktop.engine.client import QUICK, Client, Endpoint
from harmony_desktop.engine.transport import CONNECT_TIMEOUT, Connections

P = ParamSpec("P")
T = TypeVar("T")

#: Threads for questions and short work.
QUICK_THREADS = 16
#: Threads for calls that wait for a container's end. They are apart from the others: a stop takes as long as its
#: container likes, and a few of them would silence the window.
WAITING_THREADS = 32


class Workers:
    """Runs calls in threads; each thread has a client, hence a connection, of its own.

    Args:
        endpoint: The engine, with its negotiated version.
        connections: The register of open connections; closing it ends the calls that wait.
    """

    def __init__(self, endpoint: Endpoint, connections: Connections) -> None:
        self._endpoint = endpoint
        self._connections = connections
        self._local = threading.local()
        self._lock = threading.Lock()
        self._clients: list[Client] = []
        self._running: set[Future[object]] = set()
        self._quick = ThreadPoolExecutor(QUICK_THREADS, thread_name_prefix="engine-call")
        self._waiting = ThreadPoolExecutor(WAITING_THREADS, thread_name_prefix="engine-wait")
        self._pulse = ThreadPoolExecutor(1, thread_name_prefix="engine-pulse")

    async def run(self, function: Callable[Concatenate[Client, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short call in a thread.

        Args:
            function: Called with the thread's client; sets its own time limit with ``client.calling``.
            args: Its further arguments.
            kwargs: Its further named arguments.
        """
        return await self._run(self._quick, lambda client: function(client, *args, **kwargs))

    async def wait(self, function: Callable[Concatenate[Client, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call that may take long (a stop), apart from the short ones; as ``run`` otherwise."""
        return await self._run(self._waiting, lambda client: function(client, *args, **kwargs))

    async def beat(self, function: Callable[Concatenate[Client, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a call that must not wait behind any other; as ``run`` otherwise."""
        return await self._run(self._pulse, lambda client: function(client, *args, **kwargs))

    async def _run(self, pool: ThreadPoolExecutor, call: Callable[[Client], T]) -> T:
        if self._connections.closed:
            raise EngineUnavailableError(
                "Cannot ask the engine", cause="The connection to the Docker engine was closed."
            )
        job = _Job()
        future = pool.submit(self._work, job, call)
        with self._lock:
            self._running.add(future)  # type: ignore[arg-type] # a set of futures of any result
        future.add_done_callback(self._forget)
        answer = asyncio.wrap_future(future)
        try:
            while not answer.done():
                await asyncio.wait({answer}, timeout=job.patience())
                job.end_if_overdue()
        except asyncio.CancelledError:
            # What is under way in the engine stays under way; nobody asks for its outcome any more.
            if not future.cancel():
                answer.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise
        return answer.result()

    def _forget(self, future: Future[T]) -> None:
        """A call has ended; it says so from its own thread."""
        with self._lock:
            self._running.discard(future)

    def _work(self, job: _Job, call: Callable[[Client], T]) -> T:
        job.client = self._client()
        return call(job.client)

    def _client(self) -> Client:
        client: Client | None = getattr(self._local, "client", None)
        if client is None:
            client = Client(self._endpoint, self._connections)
            self._local.client = client
            with self._lock:
                self._clients.append(client)
        return client

    async def close(self) -> None:
        """End all threads; calls under way end with EngineUnavailableError."""
        self._connections.close()
        # A copy: calls that end just now, as all do when the engine dies, take themselves out in their own threads.
        with self._lock:
            under_way = tuple(self._running)
        running = [asyncio.wrap_future(future) for future in under_way]
        pending: set[asyncio.Future[object]] = set()
        if running:
            done, pending = await asyncio.wait(running, timeout=CONNECT_TIMEOUT)
            for answer in done:
                # Whoever asked is told of a fault. A call that was given up before a thread took it up has none to
                # ask for: to ask all the same would cancel whoever closes.
                if not answer.cancelled():
                    answer.exception()
        for pool in (self._quick, self._waiting, self._pulse):
            pool.shutdown(wait=not pending, cancel_futures=True)
        for client in self._clients:
            client.close()


class _Job:
    """One call on its way, and the client of the thread that took it up."""

    __slots__ = ("client",)

    def __init__(self) -> None:
        self.client: Client | None = None

    def patience(self) -> float:
        """Return the seconds after which it is worth looking again."""
        if self.client is None:
            return QUICK
        return min(QUICK, max(0.1, self.client.deadline - time.monotonic()))

    def end_if_overdue(self) -> None:
        """End its connection when an answer trickles in beyond its limit: the socket's own limit is per read."""
        if self.client is not None and time.monotonic() > self.client.deadline:
            self.client.interrupt()
