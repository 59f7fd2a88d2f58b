"""The engine's API, spoken directly: what the lab itself needs of it, and what a test asks besides the app."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("engine", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class EngineApiError(RuntimeError):
    """The engine refused.

    Attributes:
        status: The HTTP status; 200 for a failure that was told within a stream.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class EngineApi:
    """Calls to one engine's socket, one connection each.

    Args:
        path: The engine's Unix socket.
        timeout: Seconds that a call may be silent.
    """

    def __init__(self, path: Path, timeout: float = 60.0) -> None:
        self._path = path
        self._timeout = timeout

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """One call; returns the JSON that came back, a list for a stream of JSON lines, or text.

        Args:
            method: The HTTP method.
            path: Without a version: the engine takes its newest.
            body: Sent as JSON, when given.
            query: The query; values that are no strings are sent as JSON.

        Raises:
            EngineApiError: The engine answered with an error.
            OSError: The engine does not answer.
        """
        status, data = self.raw(method, path, None if body is None else json.dumps(body).encode(), **query)
        text = data.decode(errors="replace")
        if status >= 400:
            raise EngineApiError(status, _message(text))
        try:
            return json.loads(text) if text else None
        except ValueError:
            pass
        try:
            lines = [json.loads(line) for line in text.splitlines() if line]
        except ValueError:
            return text
        for line in lines:
            if "error" in line:
                raise EngineApiError(200, line["error"])
        return lines

    def raw(
        self, method: str, path: str, data: bytes | None = None, content: str = "application/json", **query: Any
    ) -> tuple[int, bytes]:
        """One call; returns the HTTP status and the body as it is."""
        words = {k: v if isinstance(v, str) else json.dumps(v) for k, v in query.items()}
        connection = _UnixConnection(self._path, self._timeout)
        try:
            target = quote(path) + (f"?{urlencode(words)}" if words else "")
            connection.request(method, target, body=data, headers={"Content-Type": content})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ping(self) -> bool:
        """Whether the engine answers."""
        return self.raw("GET", "/_ping")[0] == 200

    def containers(self, **filters: list[str]) -> list[dict[str, Any]]:
        """All containers, running or not, that match the filters."""
        found: list[dict[str, Any]] = self.call("GET", "/containers/json", all=True, filters=filters)
        return found

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container."""
        found: dict[str, Any] = self.call("GET", f"/containers/{container}/json")
        return found

    def image_names(self) -> set[str]:
        """The names, with tags, of all images."""
        return {name for image in self.call("GET", "/images/json") for name in image["RepoTags"] or []}

    def pull(self, image: str) -> None:
        """Pulls an image, as named."""
        name, _, tag = image.rpartition(":")
        self.call("POST", "/images/create", fromImage=name, tag=tag)

    def execute(self, container: str, *argv: str, user: str = "") -> tuple[int, str]:
        """Runs a command in a container; returns its exit status and its output."""
        order = {"Cmd": argv, "AttachStdout": True, "AttachStderr": True, "User": user, "Tty": True}
        created = self.call("POST", f"/containers/{container}/exec", order)["Id"]
        data = self.raw("POST", f"/exec/{created}/start", b'{"Detach": false, "Tty": true}')[1]
        status: int = self.call("GET", f"/exec/{created}/json")["ExitCode"]
        return status, data.decode(errors="replace").replace("\r\n", "\n")


def _message(text: str) -> str:
    try:
        return str(json.loads(text)["message"])
    except (ValueError, KeyError, TypeError):
        return text.strip()
