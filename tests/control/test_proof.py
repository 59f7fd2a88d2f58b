"""The proof: real calls to a server that plays the services, well and badly."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import wave
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harmony_desktop.control.proof import Part, Proof, Reached, Step, Subject, Verdict, Voice, prove
from harmony_desktop.control.sound import read_wave


def sound(samples: int = 1600) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(16000)
        made.writeframes(b"\x01\x02" * samples)
    return out.getvalue()


def voices(*cards: tuple[str, str, str]) -> dict[str, object]:
    return {
        "data": [{"id": name, "languages": [{"language": lang, "voices": [{"voice": v}]}]} for name, lang, v in cards]
    }


GOOD: dict[str, tuple[int, object]] = {
    "/": (404, {"error": "not found"}),
    "/v1/internal/model/info": (200, {"model_name": "Kaji-7B"}),
    "/v1/chat/completions": (200, {"choices": [{"message": {"content": "Hello,\n friend!"}}]}),
    "/v1/audio/speech/models": (200, voices(("ov2-zh", "ZH", "ZH"), ("ov2-en", "EN", "EN-Newest"))),
    "/v1/audio/speech": (200, {"data": base64.b64encode(sound()).decode()}),
}


class Server:
    """Answers by a table, and keeps what it was sent."""

    def __init__(self, table: Mapping[str, tuple[int, object]]) -> None:
        self.table = table
        self.bodies: dict[str, object] = {}

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        length = next((int(x.split(b":")[1]) for x in head.split(b"\r\n") if x.lower().startswith(b"content-len")), 0)
        body = await reader.readexactly(length)
        self.bodies[path] = json.loads(body) if body else None
        status, content = self.table.get(path, (404, {"detail": "Not Found"}))
        kind = b"application/json"
        if isinstance(content, bytes):
            sent, kind = content, b"audio/wav"
        else:
            sent = json.dumps(content).encode()
        if status:
            first = b"HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(sent))
            writer.write(first + sent)
            await writer.drain()
        writer.close()
        await writer.wait_closed()


def run(
    tmp_path: Path,
    changed: Mapping[str, tuple[int, object]] | None = None,
    *,
    gone: bool = False,
    known: tuple[Voice, ...] = (),
) -> tuple[Proof, list[Proof], Server]:
    server = Server({**GOOD, **(changed or {})})
    seen: list[Proof] = []

    async def go() -> Proof:
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)
        where = ("127.0.0.1", listening.sockets[0].getsockname()[1])
        if gone:
            listening.close()
            await listening.wait_closed()
        reached = {part: Reached(part.name.lower(), part.name.title(), where) for part in Part}
        try:
            return await prove(Subject(reached, frozenset(Part), tmp_path / "hello.wav", known), seen.append)
        finally:
            listening.close()

    return asyncio.run(go()), seen, server


def step(proof: Proof, part: Part) -> Step:
    return next(each for each in proof.steps if each.part is part)


def test_everything_works(tmp_path: Path) -> None:
    proof, seen, server = run(tmp_path)
    assert proof.passed
    assert not proof.running
    assert step(proof, Part.TEXT).text == "Kaji-7B says: “Hello, friend!”"
    spoken = step(proof, Part.SPEECH)
    assert spoken.text == "ov2-en spoke for 0.1 seconds."
    kept = read_wave(Path(spoken.file).read_bytes())
    assert kept is not None
    assert (kept.rate, kept.channels) == (16000, 1)
    body = server.bodies["/v1/audio/speech"]
    assert isinstance(body, dict)
    assert (body["model"], body["language"], body["voice"]) == ("ov2-en", "EN", "EN-Newest")
    # Each step is told as it begins, and as it ends.
    assert [sum(s.verdict is Verdict.RUNNING for s in each.steps) for each in seen] == [1, 0, 1, 0, 1, 0, 0]


@pytest.mark.parametrize(
    ("path", "answer", "part", "verdict", "words"),
    [
        ("/v1/internal/model/info", (200, {"model_name": "None"}), Part.TEXT, Verdict.MISSING, "has no model yet"),
        ("/v1/chat/completions", (500, {"detail": "CUDA out of memory"}), Part.TEXT, Verdict.FAILED, "out of memory"),
        ("/v1/chat/completions", (401, {"detail": "no"}), Part.TEXT, Verdict.FAILED, "asks for an API key"),
        ("/v1/chat/completions", (200, {"choices": []}), Part.TEXT, Verdict.FAILED, "has no words"),
        ("/v1/chat/completions", (0, None), Part.TEXT, Verdict.FAILED, "connection broke"),
        ("/v1/audio/speech", (400, {"message": "The model is gone"}), Part.SPEECH, Verdict.FAILED, "The model is gone"),
        ("/v1/audio/speech", (200, {"data": "bm8gc291bmQ="}), Part.SPEECH, Verdict.FAILED, "is no sound"),
        ("/v1/audio/speech", (200, {"data": "%%%"}), Part.SPEECH, Verdict.FAILED, "is no sound"),
        ("/v1/audio/speech", (200, {"data": ""}), Part.SPEECH, Verdict.FAILED, "is no sound"),
        ("/v1/audio/speech", (200, []), Part.SPEECH, Verdict.FAILED, "is no sound"),
        ("/v1/audio/speech", (200, sound()), Part.SPEECH, Verdict.GOOD, "spoke for"),
        ("/v1/audio/speech/models", (200, {"data": []}), Part.SPEECH, Verdict.MISSING, "No voice is switched on"),
        ("/v1/audio/speech/models", (200, "?"), Part.SPEECH, Verdict.MISSING, "No voice is switched on"),
    ],
)
def test_each_fault_is_told_with_what_helps(
    tmp_path: Path, path: str, answer: tuple[int, object], part: Part, verdict: Verdict, words: str
) -> None:
    proof, _, _ = run(tmp_path, {path: answer})
    found = step(proof, part)
    assert found.verdict is verdict
    assert words in found.text
    assert found.advice or verdict is Verdict.GOOD
    # One fault hides nothing of the others.
    assert all(other.verdict is Verdict.GOOD for other in proof.steps if other.part is not part)
    assert (tmp_path / "hello.wav").exists() is (step(proof, Part.SPEECH).verdict is Verdict.GOOD)


def test_an_engine_that_does_not_tell_its_voices_is_asked_for_those_of_its_configuration(tmp_path: Path) -> None:
    bare = {"data": [{"id": "ov1-en", "languages": []}]}
    proof, _, server = run(
        tmp_path, {"/v1/audio/speech/models": (200, bare)}, known=(Voice("ov1-en", "EN", "default"),)
    )
    assert step(proof, Part.SPEECH).verdict is Verdict.GOOD
    body = server.bodies["/v1/audio/speech"]
    assert isinstance(body, dict)
    assert body["model"] == "ov1-en"


def test_nobody_answers(tmp_path: Path) -> None:
    proof, _, _ = run(tmp_path, gone=True)
    assert {each.verdict for each in proof.steps} == {Verdict.FAILED}
    assert all("Nobody answers on port" in each.text for each in proof.steps)


def test_a_service_that_does_not_run_is_told(tmp_path: Path) -> None:
    subject = Subject({}, frozenset({Part.LINK, Part.SPEECH}), tmp_path / "x.wav")
    proof = asyncio.run(prove(subject, lambda _: None))
    assert [each.part for each in proof.steps] == [Part.LINK, Part.SPEECH]
    assert all(each.text == "The service does not run." for each in proof.steps)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "hello.wav").mkdir()
    (tmp_path / "hello.wav" / "x").touch()
    proof, _, _ = run(tmp_path)
    assert "could not be written" in step(proof, Part.SPEECH).text


def _chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


@pytest.mark.parametrize(
    ("make", "good"),
    [
        (sound, True),
        (lambda: b"", False),
        (lambda: b"RIFF", False),
        (lambda: b"RIFF\0\0\0\0AVI " + b"\0" * 40, False),
        (lambda: sound()[:44], False),
        (lambda: sound(0), False),
        (lambda: b"RIFF\0\0\0\0WAVE" + _chunk(b"LIST", b"abc") + sound()[12:], True),
        (lambda: b"RIFF\0\0\0\0WAVE" + _chunk(b"data", b"abcd"), False),
        (lambda: b"RIFF\0\0\0\0WAVE" + _chunk(b"fmt ", b"\0" * 16) + _chunk(b"data", b"abcd"), False),
    ],
)
def test_a_sound_is_known_by_its_header(make: Callable[[], bytes], good: bool) -> None:
    assert (read_wave(make()) is not None) is good
