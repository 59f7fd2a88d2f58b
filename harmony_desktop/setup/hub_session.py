"""The HTTP session of a model hub: the token goes to the hub itself and to nobody else."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests


class _HubSession(requests.Session):
    """Follows redirects without the token, unless they stay on the hub; reads no ``.netrc``."""

    def __init__(self, endpoint: str, token: str) -> None:
        super().__init__()
        self._home = _origin(endpoint)
        self._token = token
        self.max_redirects = 8
        self.auth = self._sign

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Take the token away where a redirect leads elsewhere."""
        del response
        if _origin(prepared_request.url or "") != self._home:
            prepared_request.headers.pop("Authorization", None)

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token and _origin(request.url or "") == self._home:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def hub_session(endpoint: str, token: str) -> requests.Session:
    """Return a session.

    Args:
        endpoint: The address of the hub.
        token: The token, or "".
    """
    return _HubSession(endpoint, token)


def _origin(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), port
