"""Questions to the services' published ports: is it open, and what does it answer?

Written on asyncio's own streams: a probe must end at once when it is cancelled, which neither a thread nor
``http.client`` allows. HTTP/1.0 keeps the answer plain (no chunks, the end of the stream is the end of the body).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass

from harmony_desktop.stack.project import Probe

#: Seconds that a service may take to answer.
TIME_LIMIT = 3.0
#: Docker's proxy accepts a connection before it knows whether anybody listens behind it, and hangs up when nobody
#: does: a connection that lives this long (seconds) leads to somebody.
PROXY_PATIENCE = 0.3
_BODY_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What a probe found.

    Attributes:
        open: Whether somebody listens.
        good: Whether the answer counts as good.
        text: What there is to say: the finding, or what is wrong.
    """

    open: bool
    good: bool
    text: str = ""


async def probe_port(host: str, port: int) -> Answer:
    """Return whether somebody listens on a TCP port."""
    try:
        async with asyncio.timeout(TIME_LIMIT):
            reader, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return Answer(open=False, good=False)
    try:
        async with asyncio.timeout(PROXY_PATIENCE):
            greeting = await reader.read(1)
    except TimeoutError:
        return Answer(open=True, good=True)
    except OSError:
        return Answer(open=False, good=False)
    finally:
        await _hang_up(writer)
    return Answer(open=bool(greeting), good=bool(greeting))


async def ask(host: str, port: int, probe: Probe) -> Answer:
    """Ask one probe of a service on its published port."""
    if probe.path is None:
        return await probe_port(host, port)
    try:
        async with asyncio.timeout(TIME_LIMIT):
            status, body = await _get(host, port, probe.path)
    except TimeoutError:
        return Answer(open=True, good=False, text="does not answer")
    except OSError:
        return Answer(open=False, good=False)
    if status == 0:
        return Answer(open=bool(body), good=False, text="its answer is not HTTP" if body else "")
    if probe.good and status not in probe.good:
        return Answer(open=True, good=False, text=_complaint(status, body))
    return Answer(open=True, good=True, text=_finding(probe, body))


async def _get(host: str, port: int, path: str) -> tuple[int, bytes]:
    """Return the status (0 if it is no HTTP) and the beginning of the body. Raises OSError."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\nAccept: */*\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        answer = b""
        with contextlib.suppress(ConnectionError):
            while len(answer) < _BODY_LIMIT and (piece := await reader.read(_BODY_LIMIT)):
                answer += piece
    finally:
        await _hang_up(writer)
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return 0, answer
    return int(words[1]), body


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


def _finding(probe: Probe, body: bytes) -> str:
    """Return what the probe found in a JSON answer, or what it says when there is nothing."""
    if not probe.finding:
        return ""
    value = _look_up(_parse(body), probe.finding)
    if isinstance(value, list | dict):
        value = len(value) or None
    if value is None or str(value) in {"", "None"}:
        return probe.otherwise
    return probe.says.replace("{}", str(value))


def _complaint(status: int, body: bytes) -> str:
    """Return what a bad answer says of itself: a JSON ``detail``, ``error`` or ``message``, else the status."""
    parsed = _parse(body)
    for key in ("detail", "error", "message", "reason"):
        value = _look_up(parsed, key)
        if isinstance(value, str) and value:
            return f"{value} (HTTP {status})"
    return f"answers with HTTP {status}"


def _parse(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except ValueError:
        return None
    return parsed


def _look_up(value: object, path: str) -> object:
    for key in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value
