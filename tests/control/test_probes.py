"""Probes against real sockets on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from harmony_desktop.control.probes import Answer, ask, probe_port
from harmony_desktop.stack.project import Probe

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def answering(answer: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    return handle


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()
    await writer.wait_closed()


@pytest.fixture
async def closed_port() -> int:
    async with serving(hangs_up) as port:
        return port


async def test_port_closed(closed_port: int) -> None:
    assert await probe_port("127.0.0.1", closed_port) == Answer(open=False, good=False)
    assert await ask("127.0.0.1", closed_port, Probe(1, "/")) == Answer(open=False, good=False)


async def test_a_proxy_that_hangs_up_is_not_an_open_port() -> None:
    async with serving(hangs_up) as port:
        assert not (await probe_port("127.0.0.1", port)).open
        assert not (await ask("127.0.0.1", port, Probe(1, "/"))).open


async def test_somebody_listens() -> None:
    async with serving(says_nothing) as port:
        assert await probe_port("127.0.0.1", port) == Answer(open=True, good=True)


async def test_a_frozen_service_is_open_but_not_good() -> None:
    async with serving(says_nothing) as port:
        asked = Probe(1, "/", seconds=0.05)
        assert await ask("127.0.0.1", port, asked) == Answer(open=True, good=False, text="does not answer")


def keeping_the_line(answer: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await reader.read()
        writer.close()
        await writer.wait_closed()

    return handle


@pytest.mark.parametrize(
    ("probe", "answer", "expected"),
    [
        (Probe(1, "/"), b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", Answer(True, True)),
        (Probe(1, "/ws", websocket=True), b"HTTP/1.1 101 Switching Protocols\r\n\r\n", Answer(True, True)),
    ],
)
async def test_a_server_that_keeps_the_line_has_answered(probe: Probe, answer: bytes, expected: Answer) -> None:
    async with serving(keeping_the_line(answer)) as port:
        assert await ask("127.0.0.1", port, probe) == expected


async def test_a_websocket_is_asked_for_as_its_rules_say() -> None:
    asked = b""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with serving(handle) as port:
        await ask("127.0.0.1", port, Probe(1, "/events", websocket=True))
    lines = asked.decode().lower().splitlines()
    assert lines[0] == "get /events http/1.1"
    assert {"upgrade: websocket", "connection: upgrade", "sec-websocket-version: 13"} < set(lines)
    assert any(line.startswith("sec-websocket-key: ") for line in lines)


MODEL = Probe(1, "/", finding="model.name", says="{} loaded", otherwise="no model loaded")
COUNT = Probe(1, "/", finding="data", says="{} models", otherwise="no models")


@pytest.mark.parametrize(
    ("probe", "answer", "expected"),
    [
        (Probe(1, "/"), b"HTTP/1.1 200 OK\r\n\r\nhello", Answer(True, True)),
        (Probe(1, "/"), b"HTTP/1.1 401 Unauthorized\r\n\r\n", Answer(True, False, "answers with HTTP 401")),
        (Probe(1, "/", good=(200, 401)), b"HTTP/1.1 401 Unauthorized\r\n\r\n", Answer(True, True)),
        (Probe(1, "/", good=()), b"HTTP/1.1 404 Not Found\r\n\r\n", Answer(True, True)),
        (
            Probe(1, "/"),
            b'HTTP/1.1 500 Oh\r\n\r\n{"detail": "vocoder is not loaded"}',
            Answer(True, False, "vocoder is not loaded (HTTP 500)"),
        ),
        (MODEL, b'HTTP/1.0 200 OK\r\n\r\n{"model": {"name": "Hermes"}}', Answer(True, True, "Hermes loaded")),
        (MODEL, b'HTTP/1.0 200 OK\r\n\r\n{"model": {"name": "None"}}', Answer(True, True, "no model loaded")),
        (MODEL, b'HTTP/1.0 200 OK\r\n\r\n{"model": null}', Answer(True, True, "no model loaded")),
        (MODEL, b"HTTP/1.0 200 OK\r\n\r\nnot json", Answer(True, True, "no model loaded")),
        (COUNT, b'HTTP/1.0 200 OK\r\n\r\n{"data": [1, 2, 3]}', Answer(True, True, "3 models")),
        (
            Probe(1, "/", websocket=True),
            b"HTTP/1.1 404 Not Found\r\n\r\n",
            Answer(True, False, "does not speak WebSocket (HTTP 404)"),
        ),
        (Probe(1, "/", needs="data.0.id"), b'HTTP/1.0 200 OK\r\n\r\n{"data": [{"id": 1}]}', Answer(True, True)),
        (
            Probe(1, "/", needs="data.0.id"),
            b'HTTP/1.0 200 OK\r\n\r\n{"data": []}',
            Answer(True, False, "its answer lacks data.0.id"),
        ),
        (MODEL, b'HTTP/1.0 200 OK\r\n\r\n{"model": {"name": "a\\nb\\u0007"}}', Answer(True, True, "a b loaded")),
        (Probe(1, "/"), b"SSH-2.0-OpenSSH\r\n", Answer(True, False, "its answer is not HTTP")),
    ],
)
async def test_answers(probe: Probe, answer: bytes, expected: Answer) -> None:
    async with serving(answering(answer)) as port:
        assert await ask("127.0.0.1", port, probe) == expected
