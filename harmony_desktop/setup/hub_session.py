"""The HTTP session of a model hub: the token goes to the hub itself and to nobody else, and every wait can be ended."""

from __future__ import annotations

import contextlib
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from harmony_desktop.control.stopping import Stop


class _HubSession(requests.Session):
    """Follows redirects without the token, unless they stay on the hub; reads no ``.netrc``."""

    def __init__(self, endpoint: str, token: str, stop: Stop) -> None:
        super().__init__()
        self._home = _origin(endpoint)
        self._token = token
        self.max_redirects = 8
        self.auth = self._sign
        for scheme in ("http://", "https://"):
            self.mount(scheme, _StoppableAdapter(stop))

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Take the token away where a redirect leads elsewhere."""
        del response
        if _origin(prepared_request.url or "") != self._home:
            prepared_request.headers.pop("Authorization", None)

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token and _origin(request.url or "") == self._home:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _StoppableAdapter(HTTPAdapter):
    """Hangs up when it shall end, whatever is being waited for: an answer's head as well as its body."""

    def __init__(self, stop: Stop) -> None:
        self._pools = _stoppable_pools(stop)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as they are
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **options)
        self._use_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on as they are
        """Make the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **options)
        self._use_pools(manager)
        return manager

    def _use_pools(self, manager: PoolManager) -> None:
        manager.pool_classes_by_scheme = self._pools


def _stoppable_pools(stop: Stop) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            _hang_up_with(stop, self.sock)

    class Encrypted(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _hang_up_with(stop, self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def _hang_up_with(stop: Stop, connection: socket.socket | None) -> None:
    def hang_up() -> None:
        # Of the plain socket: an encrypted one would first say good-bye, and change under the thread that reads.
        with contextlib.suppress(OSError):
            if connection is not None:
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    stop.on_stop(hang_up)


def hub_session(endpoint: str, token: str, stop: Stop) -> requests.Session:
    """Return a session.

    Args:
        endpoint: The address of the hub.
        token: The token, or "".
        stop: Ends whatever the session waits for.
    """
    return _HubSession(endpoint, token, stop)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port
