"""Finding an engine, and every way in which there is none."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harmony_desktop.control.ports import EngineStatus, EngineUnavailableError
from harmony_desktop.engine import connector
from harmony_desktop.engine.connector import DockerConnector
from harmony_desktop.engine.place import Place

if TYPE_CHECKING:
    from tests.lab.lab import Lab
    from tests.lab.user import OrdinaryUser


@contextlib.contextmanager
def serving(path: Path, status: int, body: Any) -> Iterator[None]:
    """Answer every request on a unix socket alike."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.HTTPServer):
        address_family = socket.AF_UNIX

        def server_bind(self) -> None:
            self.socket.bind(self.server_address)

        def get_request(self) -> tuple[Any, Any]:
            return self.socket.accept()[0], ("client", 0)

    with Server(str(path), Handler, bind_and_activate=True) as server:  # type: ignore[arg-type] # a path is an address here
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield
        server.shutdown()
        thread.join()


async def refused(address: str | Path, **environ: str) -> EngineUnavailableError:
    with pytest.raises(EngineUnavailableError) as told:
        await DockerConnector(host=str(address), environ={"PATH": "/nowhere", **environ}).connect()
    assert told.value.title
    assert told.value.advice
    return told.value


async def test_nothing_is_there(tmp_path: Path) -> None:
    error = await refused(tmp_path / "none.sock")
    assert error.state in {EngineStatus.ABSENT, EngineStatus.STOPPED}


async def test_nobody_listens(tmp_path: Path) -> None:
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    error = await refused(path)
    assert error.state is EngineStatus.STOPPED
    assert str(path) in error.cause


async def test_an_engine_that_is_still_starting(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", 503, {"message": "Docker Desktop is starting"}):
        error = await refused(tmp_path / "s.sock")
    assert error.state is EngineStatus.STARTING
    assert "Docker Desktop is starting" in error.cause


async def test_an_engine_that_is_too_old(tmp_path: Path) -> None:
    with serving(tmp_path / "s.sock", 200, {"Version": "1.10.3", "ApiVersion": "1.22"}):
        error = await refused(tmp_path / "s.sock")
    assert error.state is EngineStatus.TOO_OLD
    assert "1.10.3" in error.cause


async def test_something_that_hangs_up(tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def hang_up() -> None:
            listener.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        error = await refused(path)
        thread.join()
    assert error.state is EngineStatus.UNREACHABLE


async def test_an_engine_that_is_silent_is_given_up(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "ANSWER_LIMIT", 1.0)
    with lab.engine.frozen():
        error = await refused(lab.engine.host)
    assert error.state is EngineStatus.UNREACHABLE


def test_a_user_who_may_not(ordinary_user: OrdinaryUser, lab: Lab) -> None:
    mode = lab.engine.socket.stat()
    os.chown(lab.engine.socket, 0, 0)
    code = (
        "import asyncio, os; from harmony_desktop.engine.connector import DockerConnector\n"
        "try: asyncio.run(DockerConnector(environ=os.environ).connect())\n"
        "except Exception as error: print(repr(error.state), error)"
    )
    try:
        said = ordinary_user.run(["python", "-c", code], check=False)
    finally:
        os.chown(lab.engine.socket, mode.st_uid, mode.st_gid)
    assert "permission denied" in said.stdout, said
    assert lab.engine.host in said.stdout


async def test_the_first_that_answers_is_used(clean_engine: Lab, tmp_path: Path) -> None:
    """No address is named: a dead socket in an earlier place is passed over."""
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "run/docker.sock").symlink_to(clean_engine.engine.socket)
    place = Place("linux", tmp_path, {"XDG_RUNTIME_DIR": str(run)}, 0, "root")
    engine = await DockerConnector(place=place).connect()
    try:
        info = await engine.info()
    finally:
        await engine.close()
    assert info.address == f"unix://{run}/docker.sock"
    assert info.context == "default"


@pytest.mark.both_engines
async def test_the_active_context_is_followed(clean_engine: Lab, tmp_path: Path) -> None:
    env = {"DOCKER_CONFIG": str(tmp_path)}
    clean_engine.run(
        ["docker", "context", "create", "lab", "--docker", f"host={clean_engine.engine.host}"],
        env={**env, "DOCKER_HOST": ""},
    )
    clean_engine.run(["docker", "context", "use", "lab"], env={**env, "DOCKER_HOST": ""})
    engine = await DockerConnector(environ=env).connect()
    try:
        info = await engine.info()
    finally:
        await engine.close()
    assert info.context == "lab"
    assert info.version == clean_engine.api.call("GET", "/version")["Version"]
    assert info.api_version == clean_engine.api.call("GET", "/version")["ApiVersion"]
