"""A model hub on loopback: the paths, headers and redirects of the real one, and its bad days."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "Abc123" * 5


@dataclass
class HubStandin:
    """What it has, how it behaves, and what it was asked.

    Attributes:
        files: Path -> content, of its one repository.
        gated: Whether a token with access is asked for.
        listed: Checksums that are told instead of the true ones.
        break_after: Bytes after which a connection breaks, one for each connection to come.
        answers: Status that is answered instead of a file, one for each request to come.
        no_ranges: Files are sent whole, whatever part was asked for.
        slow: Set while nothing more is to be sent after the first bytes; ``sending`` tells that it has come to that.
        silent: Set while nothing is answered at all; ``sending`` tells that something was asked.
        asked: Path, Range and Authorization of each request.
    """

    files: dict[str, bytes]
    repository: str = "maker/Little-GGUF"
    gated: bool = False
    denied: bool = False
    listed: dict[str, str] = field(default_factory=dict)
    break_after: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    listing: bytes | None = None
    no_ranges: bool = False
    slow: threading.Event = field(default_factory=threading.Event)
    sending: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    silent: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    hub: str = ""
    store: str = ""

    def described(self) -> dict[str, Any]:
        siblings: list[dict[str, Any]] = [{"rfilename": "README.md", "size": 10}]
        for path, content in self.files.items():
            digest = self.listed.get(path) or hashlib.sha256(content).hexdigest()
            siblings.append({"rfilename": path, "size": len(content), "lfs": {"sha256": digest, "size": len(content)}})
        return {
            "id": self.repository,
            "sha": "0123456789abcdef0123456789abcdef01234567",
            "gated": "manual" if self.gated else False,
            "cardData": {"license": "apache-2.0"},
            "gguf": {"context_length": 8192},
            "siblings": siblings,
        }


@contextlib.contextmanager
def running_hub(files: dict[str, bytes]) -> Iterator[HubStandin]:
    """Two servers: the hub, and the store that it sends to for files."""
    state = HubStandin(files)
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state, "store": store}))
        for store in (False, True)
    ]
    state.hub, state.store = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield state
    finally:
        state.go_on.set()
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    state: HubStandin
    store: bool

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.state.asked.append((self.path, self.headers.get("Range", ""), self.headers.get("Authorization", "")))
        if self.state.silent.is_set():
            self.state.sending.set()
            self.state.go_on.wait(60)
            self.close_connection = True
            return
        with contextlib.suppress(ConnectionError):
            (self._file if self.store else self._hub)(unquote(urlsplit(self.path).path))

    def _hub(self, path: str) -> None:
        if path.startswith("/api/models/"):
            if not path.startswith(f"/api/models/{self.state.repository}/"):
                self._say(401, {"error": "Invalid username or password."}, "RepoNotFound")
            elif self.state.listing is not None:
                self._send(200, self.state.listing)
            else:
                self._say(200, self.state.described())
            return
        signed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if self.state.gated and not signed:
            self._say(401, {"error": "restricted"}, "GatedRepo")
        elif self.state.denied:
            self._say(403, {"error": "not authorized"}, "GatedRepo")
        elif path.rpartition("/")[2] not in {name.rpartition("/")[2] for name in self.state.files}:
            self._say(404, {"error": "no such file"}, "EntryNotFound")
        else:
            self.send_response(302)
            self.send_header("Location", f"{self.state.store}/bucket/{path.rpartition('/')[2]}?signature=s3cr3t")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _file(self, path: str) -> None:
        if self.state.answers:
            self._say(self.state.answers.pop(0), {"error": "trouble"})
            return
        name = path.rpartition("/")[2]
        content = next(body for known, body in self.state.files.items() if known.rpartition("/")[2] == name)
        start = 0
        wanted = self.headers.get("Range", "")
        if wanted and not self.state.no_ranges:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        if self.state.break_after:
            self.wfile.write(body[: self.state.break_after.pop(0)])
            self.close_connection = True
            return
        if self.state.slow.is_set():
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.state.sending.set()
            self.state.go_on.wait(60)
            self.close_connection = True
            return
        self.wfile.write(body)

    def _say(self, status: int, content: Any, code: str = "") -> None:
        self._send(status, json.dumps(content).encode(), code)

    def _send(self, status: int, body: bytes, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
