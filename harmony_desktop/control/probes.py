"""Questions to the services' published ports: is it open, and what does it answer?

Written on asyncio's own streams: a probe must end at once when it is cancelled, which neither a thread nor
``http.client`` allows. HTTP/1.0 keeps the answer plain (no chunks, the end of the stream is the end of the body).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re

from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Probe
from harmony_desktop.stack.words import say

#: Seconds that a service may take to answer.
TIME_LIMIT = 3.0
#: Docker's proxy accepts a connection before it knows whether anybody listens behind it, and hangs up when nobody
#: does: a connection that lives this long (seconds) leads to somebody.
PROXY_PATIENCE = 0.3
_BODY_LIMIT = 65_536
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})", re.IGNORECASE)
_SWITCHING_PROTOCOLS = 101
#: Characters of an answer's own words that are told.
_OWN_WORDS = 160


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


async def probe_port(host: str, port: int, seconds: float = TIME_LIMIT) -> Answer:
    """Return whether somebody listens on a TCP port, asked for at most so many seconds."""
    try:
        async with asyncio.timeout(seconds):
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
        return await probe_port(host, port, probe.seconds)
    try:
        async with asyncio.timeout(probe.seconds):
            status, body = await _get(host, port, probe)
    except TimeoutError:
        return Answer(open=True, good=False, text=say("does not answer"))
    except OSError:
        return Answer(open=False, good=False)
    if status == 0:
        return Answer(open=bool(body), good=False, text=say("its answer is not HTTP") if body else "")
    return _judge(probe, status, body)


def _judge(probe: Probe, status: int, body: bytes) -> Answer:
    if probe.websocket:
        if status == _SWITCHING_PROTOCOLS:
            return Answer(open=True, good=True)
        return Answer(open=True, good=False, text=say("does not speak WebSocket (HTTP {status})", status=status))
    if probe.good and status not in probe.good:
        return Answer(open=True, good=False, text=_complaint(status, body))
    if probe.needs and _look_up(_parse(body), probe.needs) is None:
        return Answer(open=True, good=False, text=say("its answer lacks {needs}", needs=probe.needs))
    return Answer(open=True, good=True, text=_finding(probe, body))


async def _get(host: str, port: int, probe: Probe) -> tuple[int, bytes]:
    """Return the status (0 if it is no HTTP) and the beginning of the body. Raises OSError."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(_request(host, port, probe))
        await writer.drain()
        answer = bytearray()
        with contextlib.suppress(ConnectionError):
            while not _is_whole(answer) and (piece := await reader.read(_BODY_LIMIT)):
                answer += piece
    finally:
        await _hang_up(writer)
    head, _, body = bytes(answer).partition(_HEAD_END)
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        return 0, bytes(answer)
    return int(words[1]), body


def _request(host: str, port: int, probe: Probe) -> bytes:
    if probe.websocket:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET {probe.path} HTTP/1.1",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
        ]
    else:
        lines = [f"GET {probe.path} HTTP/1.0", "Accept: */*", "Connection: close"]
    return "\r\n".join([lines[0], f"Host: {_bracketed(host)}:{port}", *lines[1:], "", ""]).encode()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _is_whole(answer: bytearray) -> bool:
    """Whether enough has come: a server that tells a length, or switches protocols, may keep the line open."""
    if len(answer) >= _BODY_LIMIT:
        return True
    head, end, body = answer.partition(_HEAD_END)
    if not end:
        return False
    if head.split(b" ", 2)[1:2] == [b"101"]:
        return True
    length = _LENGTH.search(head)
    return length is not None and len(body) >= int(length[1])


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
    return probe.says.replace("{}", _words(value))


def _complaint(status: int, body: bytes) -> str:
    """Return what a bad answer says of itself: a JSON ``detail``, ``error`` or ``message``, else the status."""
    parsed = _parse(body)
    for key in ("detail", "error", "message", "reason"):
        value = _look_up(parsed, key)
        if isinstance(value, str) and value:
            return f"{_words(value)} (HTTP {status})"
    return say("answers with HTTP {status}", status=status)


def _words(value: object) -> str:
    """Return what an answer says as one line of a decent length."""
    text = " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())
    return text if len(text) <= _OWN_WORDS else text[: _OWN_WORDS - 1] + "…"


def _parse(body: bytes) -> object:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parsed


def _look_up(value: object, path: str) -> object:
    for key in path.split("."):
        if isinstance(value, list) and key.isascii() and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(key)
        else:
            return None
    return value
