"""One thread's way to the engine: docker-py's low-level client over our own transport."""

from __future__ import annotations

import contextlib
import math
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from harmony_desktop.late_patterns import compiled_later

with compiled_later():
    from docker.api.client import APIClient

from harmony_desktop.engine.faults import translated
from harmony_desktop.engine.tls import TlsFiles
from harmony_desktop.engine.transport import Connections, EngineAdapter, Socket
from harmony_desktop.records import dataclass

#: Seconds that an answer to an ordinary question may take.
QUICK = 20.0
#: Seconds that a sign of life may take: a healthy engine gives it in milliseconds, a very slow one in five seconds.
SIGN_OF_LIFE = 10.0
#: Seconds for calls that make the engine work: creating, starting, removing.
WORK = 120.0
#: Seconds beyond a call's limit after which its connection is ended from outside.
GRACE = 5.0

#: The host that stands in our requests' URLs; the adapter sends them to the engine.
_PLACEHOLDER = "http://engine:2375"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An engine that was found: where it is, how it is named, and what version of its API is spoken.

    Attributes:
        address: ``unix://…``, ``npipe://…``, ``tcp://…`` or ``ssh://…``.
        api_version: The negotiated version ("1.41"); "" before the negotiation.
        context: The Docker context's name, "default" without one.
        tls: Files of a TLS connection.
    """

    address: str
    api_version: str = ""
    context: str = "default"
    tls: TlsFiles | None = None

    def at_least(self, version: str) -> bool:
        """Whether the negotiated API is of this version ("1.44") or newer."""
        return api_number(self.api_version) >= api_number(version)


def api_number(version: str) -> tuple[int, ...]:
    """Return a version of the API as numbers that can be compared."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


class Client(APIClient):
    """docker-py's client for one thread; its connection can be ended from any other thread.

    Args:
        endpoint: The engine.
        connections: The register in which this client's connection stands while it is open.
    """

    def __init__(self, endpoint: Endpoint, connections: Connections) -> None:
        # docker-py asks the engine for its version when it gets none; before the negotiation any version will do,
        # for GET /version has none in its path.
        super().__init__(base_url=_PLACEHOLDER, version=endpoint.api_version or "1.24", timeout=int(QUICK))
        self.endpoint = endpoint
        self.connections = connections
        #: Moment of the monotonic clock at which the current call is ended from outside.
        self.deadline = math.inf
        # The environment's proxies and .netrc are not meant for the engine.
        self.trust_env = False
        self.mount(_PLACEHOLDER, EngineAdapter(self._open, connections.discard))

    def _open(self, timeout: float) -> Socket:
        return self.connections.open(self.endpoint.address, self.endpoint.tls, timeout, self)

    def interrupt(self) -> None:
        """End the call that is waiting for its answer, from another thread."""
        self.connections.interrupt(self)

    @contextlib.contextmanager
    def calling(self, action: str, limit: float = QUICK) -> Iterator[None]:
        """Set the time limit of the calls made inside, and turn what they raise into an EngineError.

        Args:
            action: What is tried, in plain words that continue "Cannot …".
            limit: Seconds until an answer must be there.
        """
        self.timeout = max(1, math.ceil(limit))
        self.deadline = time.monotonic() + self.timeout + GRACE
        with translated(action):
            try:
                yield
            finally:
                self.deadline = math.inf

    def raw(
        self,
        method: str,
        path: str,
        *arguments: str,
        params: Mapping[str, str | int] | None = None,
        body: object = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Make a call of the Engine API that docker-py has no method for, or one that says more than is wanted.

        Args:
            method: HTTP method.
            path: Path with ``{0}`` for each argument.
            arguments: Names and IDs, which are quoted.
            params: Query parameters.
            body: What is sent as JSON.
            data: What is sent as it is (a tar archive).
            headers: Further headers.

        Returns:
            The answer's JSON, its text where it is not JSON, or None where it is empty.
        """
        response = self.request(
            method,
            f"{_PLACEHOLDER}{versioned_path(self.endpoint.api_version, path, *arguments)}",
            params=params,
            json=body,
            data=data,
            headers={**({"Content-Type": "application/x-tar"} if data is not None else {}), **(headers or {})},
            timeout=self.timeout,
            allow_redirects=False,
        )
        response.raise_for_status()
        if not response.content:
            return None
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response.json()
        return response.text


def versioned_path(api_version: str, path: str, *arguments: str) -> str:
    """Return a path of the Engine API with its version and with quoted arguments."""
    return f"/v{api_version}" + path.format(*(urllib.parse.quote(item, safe="/:") for item in arguments))
