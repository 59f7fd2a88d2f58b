"""What is written on Windows when nobody looks at a console: one encoding, the one that readers expect."""

from __future__ import annotations

import io
import sys

import pytest

from harmony_desktop.cli.streams import make_ready

WORDS = "“Größe” 日本"


class _Console(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def _written(monkeypatch: pytest.MonkeyPatch, kind: type[io.TextIOWrapper], encoding: str, platform: str) -> str:
    """Return the encoding that standard output has once it was made ready."""
    stream = kind(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    make_ready(platform)
    return stream.encoding


def test_a_file_or_another_program_gets_utf8(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(sink, encoding="cp1252"))
    make_ready("win32")
    sys.stdout.write(WORDS)
    sys.stdout.flush()
    assert sink.getvalue().decode("utf-8") == WORDS


def test_a_console_keeps_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _written(monkeypatch, _Console, "cp850", "win32") == "cp850"


def test_other_systems_say_their_encoding_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _written(monkeypatch, io.TextIOWrapper, "latin-1", "linux") == "latin-1"


def test_a_program_with_a_window_has_no_streams_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    make_ready("win32")
    for name in ("stdout", "stderr"):
        with getattr(sys, name) as stream:
            stream.write(WORDS)
    with sys.stdin as nothing:
        assert nothing.read() == ""
