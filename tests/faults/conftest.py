"""A small stack behind a proxy that goes wrong on command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.stack import Stack
from tests.lab.fault_proxy import FaultProxy
from tests.lab.lab import Lab


@pytest.fixture
def proxy(clean_engine: Lab) -> Iterator[FaultProxy]:
    """Between the panel and the engine."""
    with FaultProxy(clean_engine.engine.socket, clean_engine.engine.folder / "proxy.sock") as proxy:
        yield proxy


@pytest.fixture
def stack(clean_engine: Lab, proxy: FaultProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A stack that is not there yet; the panel reaches the engine through the proxy."""
    for name in [name for name in os.environ if name.startswith(("DOCKER_", "COMPOSE_"))]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    env = {
        "HOME": str(home),
        **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "CACHE", "STATE", "DATA")},
    }
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "stack"
    folder.mkdir()
    stack = Stack(clean_engine, folder, proxy.host, env)
    stack.write()
    yield stack
    stack.end_processes()
