"""The readiness table, row by row, on a real engine: a stand-in misbehaves, and ``ps`` and ``--wait`` say so.

The rows share one stack. Each begins with all of it ready, in any order, and may leave behind what it likes.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.engine import connector
from tests.cli.panel import Panel, PanelHere
from tests.lab.api import EngineApiError
from tests.lab.lab import Lab
from tests.lab.ports import STACK_PORTS, is_free
from tests.lab.waiting import wait_until

pytestmark = pytest.mark.lab

LINK, TEXT, SPEECH, UI = "harmony-link", "text-generation-webui-harmonyai", "harmonyspeech-engine", "harmonyspeech-ui"
#: A health check for the one service that can do without its own: the shipped files have none.
OVERRIDE = f"""\
services:
  {UI}:
    healthcheck:
      test: [CMD, wget, -q, -O, /dev/null, "http://127.0.0.1:80/"]
      interval: 200ms
      timeout: 5s
      retries: 2
      start_period: 60s
"""


@dataclass
class Stack:
    """The shipped stack, and what a row does to it."""

    lab: Lab
    panel: Panel

    def id(self, service: str) -> str:
        return f"harmony-{service}-1"

    def state(self, service: str) -> dict[str, Any]:
        """The engine's own word for a container's state."""
        state: dict[str, Any] = self.lab.api.inspect(self.id(service))["State"]
        return state

    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["service"]: row for row in self.panel.json("ps")}

    def sees(self, service: str, stage: str, reason: str = "") -> dict[str, Any]:
        """Wait until ``ps`` shows a stage, with a reason that matches."""

        def shown() -> dict[str, Any] | None:
            row = self.rows().get(service, {})
            return row if row.get("stage") == stage and re.search(reason, row["reason"]) else None

        try:
            row = wait_until(shown, f"{service}: {stage} ({reason})", seconds=25, pause=0.2)
        except TimeoutError:
            pytest.fail(f"{service} is {self.rows().get(service)}, not {stage} ({reason})")
        assert row is not None
        assert abs(datetime.now(UTC) - datetime.fromisoformat(row["since"])) < timedelta(minutes=10)
        return row

    def behave(self, service: str, *settings: str) -> None:
        self.lab.behave(self.id(service), *settings)

    def act(self, service: str, verb: str, **options: Any) -> None:
        """Have the engine do something to a container behind the panel's back."""
        self.lab.api.call("POST", f"/containers/{self.id(service)}/{verb}", **options)

    def begin_anew(self, service: str, *settings: str) -> None:
        """A new life that behaves so from its start."""
        self.behave(service, *settings)
        self.act(service, "restart", t=2)

    def alone(self, service: str) -> None:
        """The engine shall not start it again."""
        self.lab.api.call("POST", f"/containers/{self.id(service)}/update", {"RestartPolicy": {"Name": "no"}})

    def remove(self, service: str) -> None:
        with suppress(EngineApiError):
            self.lab.api.call("DELETE", f"/containers/{self.id(service)}", force=True)

    def wait(self, *args: str) -> tuple[int, str]:
        """``up --wait``: its exit status, and what it said."""
        done = self.panel("up", "--wait", *args, check=False)
        return done.returncode, done.stderr

    def callers_are_limited(self, reason: str) -> None:
        self.sees(LINK, "limited", reason)

    def all_ready(self) -> None:
        """Heal what a row has left, and wait for it."""
        for container in self.lab.api.containers(label=["com.docker.compose.project=harmony"]):
            if container["State"] == "running":
                with suppress(AssertionError, EngineApiError):
                    self.lab.behave(container["Id"], "normal")
                    continue
            self.lab.api.call("DELETE", f"/containers/{container['Id']}", force=True)
        self.panel("up", "--wait", "--wait-timeout", "60")


@pytest.fixture(scope="module")
def made(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, up: made once for all rows."""
    lab.registry.start()
    lab.engine.start()
    lab.preload()
    assert all(is_free(port) for port in STACK_PORTS.values())
    home = tmp_path_factory.mktemp("home")
    folder = home / "Harmony"
    Panel(lab, home)("setup", "--yes", "--folder", str(folder))
    _use_override(folder)
    panel = PanelHere(lab, home, folder=folder)
    stack = Stack(lab, panel)
    try:
        yield stack
    finally:
        lab.engine.start()
        for service in (LINK, TEXT, SPEECH, UI):
            stack.remove(service)
        panel("down")


def _use_override(folder: Path) -> None:
    (folder / "docker-compose.override.yml").write_text(OVERRIDE)
    env = folder / ".env"
    written = "COMPOSE_FILE=docker-compose.yml"
    env.write_text(env.read_text().replace(written, f"{written}:docker-compose.override.yml"))


@pytest.fixture
def stack(made: Stack) -> Stack:
    """The stack, with every service ready."""
    made.all_ready()
    return made


def test_ready_with_what_was_found(stack: Stack) -> None:
    rows = stack.rows()
    assert {row["stage"] for row in rows.values()} == {"ready"}
    assert rows[TEXT]["reason"] == "Kaji-7B.Q4_K_M.gguf loaded"
    assert rows[SPEECH]["reason"] == "5 models"
    assert stack.rows()[SPEECH]["since"] == rows[SPEECH]["since"], "the same each time it is asked"
    stack.behave(TEXT, "no-model")
    stack.sees(TEXT, "ready", "^no model loaded yet$")
    stack.behave(TEXT, "unauthorized")
    stack.sees(TEXT, "ready", "^no model loaded yet$")
    assert stack.rows()[LINK]["stage"] == "ready", "a missing model limits nobody"


def test_absent(stack: Stack) -> None:
    stack.remove(SPEECH)
    assert SPEECH not in stack.rows()
    table = stack.panel("ps").stdout
    assert re.search(r"Speech Engine +- +absent", table)
    stack.callers_are_limited("^Speech Engine is not there$")
    assert stack.wait()[0] == 0
    assert stack.rows()[LINK]["stage"] == "ready"


def test_created_but_never_started(stack: Stack) -> None:
    stack.remove(SPEECH)
    stack.lab.compose("create", cwd=stack.panel.home / "Harmony")
    assert stack.state(SPEECH)["Status"] == "created"
    stack.sees(SPEECH, "stopped", "^not started yet$")
    stack.callers_are_limited("^Speech Engine is stopped$")


def test_stopped_by_its_user(stack: Stack) -> None:
    stack.panel("stop", SPEECH)
    row = stack.sees(SPEECH, "stopped", "^$")
    assert datetime.fromisoformat(row["since"]) == _time(stack.state(SPEECH)["FinishedAt"])
    stack.callers_are_limited("^Speech Engine is stopped$")
    assert stack.rows()[UI]["stage"] == "limited"
    stack.panel("start", SPEECH)
    stack.sees(SPEECH, "ready")
    assert {row["stage"] for row in stack.rows().values()} == {"ready"}


def test_ended_with_exit_0(stack: Stack) -> None:
    stack.behave(SPEECH, "crash=0.3", "exit-code=0")
    stack.sees(SPEECH, "stopped", "^$")
    stack.callers_are_limited("^Speech Engine is stopped$")


def test_starting_while_its_health_check_has_not_answered(stack: Stack) -> None:
    stack.begin_anew(UI, "unhealthy")
    row = stack.sees(UI, "starting", "health check has not answered yet")
    assert datetime.fromisoformat(row["since"]) == _time(stack.state(UI)["StartedAt"])
    status, said = stack.wait("--wait-timeout", "1", UI)
    assert status == 1
    assert "Speech UI: starting (its health check has not answered yet)" in said
    stack.behave(UI, "normal")
    stack.sees(UI, "ready")


def test_running_while_its_port_is_closed(stack: Stack) -> None:
    stack.begin_anew(SPEECH, "slow-start=600")
    row = stack.sees(SPEECH, "running", "^port 12080 is not open yet$")
    assert datetime.fromisoformat(row["since"]) == _time(stack.state(SPEECH)["StartedAt"])
    stack.callers_are_limited("^Speech Engine is starting$")
    status, said = stack.wait("--wait-timeout", "1")
    assert status == 1
    assert "Speech Engine: running (port 12080 is not open yet)" in said


def test_reachable_while_its_probe_does_not_hold(stack: Stack) -> None:
    stack.begin_anew(SPEECH, "unhealthy")
    stack.sees(SPEECH, "reachable", r"^Model executor for 'tts' has died \(HTTP 500\)$")
    stack.callers_are_limited("^Speech Engine is starting$")
    status, said = stack.wait()
    assert status == 0
    assert "Harmony Link is limited: Speech Engine is starting" in said


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (["unhealthy"], r"Model executor for 'tts' has died \(HTTP 500\)"),
        (["freeze"], "does not answer"),
        (["slow-start=600"], "port 12080 is not open any more"),
    ],
)
def test_degraded_after_it_was_ready(stack: Stack, settings: list[str], reason: str) -> None:
    stack.behave(SPEECH, *settings)
    row = stack.sees(SPEECH, "degraded", f"^{reason}$")
    assert stack.rows()[SPEECH]["since"] == row["since"]
    stack.callers_are_limited(f"^Speech Engine (does not answer as it should: )?{reason}$")
    if settings == ["unhealthy"]:
        status, said = stack.wait("--wait-timeout", "2")
        assert status == 1
        assert "Speech Engine: degraded" in said
    stack.behave(SPEECH, "normal")
    stack.sees(SPEECH, "ready", "5 models")
    assert {row["stage"] for row in stack.rows().values()} == {"ready"}


def test_degraded_by_its_health_check(stack: Stack) -> None:
    stack.behave(UI, "unhealthy")
    wait_until(lambda: stack.state(UI)["Health"]["Status"] == "unhealthy", "the health check's word")
    stack.sees(UI, "degraded", "wget: server returned error: HTTP/1.1 500")


def test_degraded_while_it_is_paused(stack: Stack) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    stack.act(SPEECH, "pause")
    row = stack.sees(SPEECH, "degraded", "^paused$")
    assert datetime.fromisoformat(row["since"]) >= before
    stack.act(SPEECH, "unpause")
    stack.sees(SPEECH, "ready")


def test_failed_with_an_error(stack: Stack) -> None:
    stack.alone(SPEECH)
    stack.behave(SPEECH, "slow-start=9", "crash=0.3", "exit-code=1", "last-words=cuda-oom")
    cause = r"the graphics card ran out of memory: 2.32 GiB more were needed"
    row = stack.sees(SPEECH, "failed", f"^{cause}$")
    assert datetime.fromisoformat(row["since"]) == _time(stack.state(SPEECH)["FinishedAt"])
    stack.callers_are_limited(f"^Speech Engine failed: {cause}$")
    status, said = stack.wait()
    assert status == 1
    assert "Speech Engine failed (exit 1)" in said
    assert re.search(cause, said)
    assert "CUDA out of memory. Tried to allocate" in said


def test_failed_with_exit_codes_that_tell(stack: Stack) -> None:
    told = {LINK: (139, "segmentation fault"), TEXT: (126, "may not be executed"), SPEECH: (127, "not found"),
            UI: (134, "abort")}  # fmt: skip
    for service, (code, _) in told.items():
        stack.alone(service)
        stack.behave(service, "crash=0.3", f"exit-code={code}", "last-words=that is all")
    for service, (_, reason) in told.items():
        stack.sees(service, "failed", reason)


def test_failed_in_a_restart_loop(stack: Stack) -> None:
    stack.behave(SPEECH, "slow-start=9", "crash=0.3", "exit-code=1", "last-words=no-space")
    wait_until(lambda: stack.state(SPEECH)["Status"] == "exited", "the engine to give up", seconds=40)
    row = stack.sees(
        SPEECH, "failed", r"^restarted in a loop until Docker gave up: 6 times in .* \(the disk is full\)$"
    )
    assert datetime.fromisoformat(row["since"]) < _time(stack.state(SPEECH)["FinishedAt"])
    status, said = stack.wait()
    assert status == 1
    assert "the disk is full" in said


def test_a_slow_loop_does_not_flicker(stack: Stack) -> None:
    # A container without a past: what crashed it in another test is none of its causes.
    stack.remove(SPEECH)
    stack.all_ready()
    stack.lab.api.call("POST", f"/containers/{stack.id(SPEECH)}/update", {"RestartPolicy": {"Name": "always"}})
    stack.behave(SPEECH, "crash=2", "exit-code=1", "last-words=port-in-use")
    loop = r"^restarts in a loop: \d+ times in .* \(port 5000 is in use\)$"
    wait_until(lambda: stack.lab.api.inspect(stack.id(SPEECH))["RestartCount"] >= 3, "three restarts", seconds=40)
    seen = set()
    for _ in range(4):
        seen.add((stack.state(SPEECH)["Status"], stack.rows()[SPEECH]["stage"]))
        assert re.search(loop, stack.rows()[SPEECH]["reason"])
    assert {stage for _, stage in seen} == {"failed"}


def test_a_loop_without_a_restart_policy(stack: Stack) -> None:
    stack.alone(SPEECH)
    stack.behave(SPEECH, "crash=0.3", "exit-code=139", "last-words=that is all")
    for _ in range(2):
        wait_until(lambda: stack.state(SPEECH)["Status"] == "exited", "its end")
        stack.act(SPEECH, "start")
    wait_until(lambda: stack.state(SPEECH)["Status"] == "exited", "its end")
    stack.sees(SPEECH, "failed", r"^crashes whenever it is started: 3 times in .* \(it crashed: segmentation fault\)$")


def test_failed_for_want_of_memory(stack: Stack) -> None:
    stack.alone(SPEECH)
    limit = 48 * 1024**2
    stack.lab.api.call("POST", f"/containers/{stack.id(SPEECH)}/update", {"Memory": limit, "MemorySwap": limit})
    stack.behave(SPEECH, "eat-memory=512")
    stack.sees(SPEECH, "failed", "^it ran out of memory: it may use 48 MB$")
    stack.callers_are_limited("^Speech Engine failed: it ran out of memory")


def test_killed_from_outside(stack: Stack) -> None:
    stack.alone(SPEECH)
    stack.act(SPEECH, "kill")
    stack.sees(SPEECH, "failed", "^it was killed from outside$")


def test_failed_because_it_cannot_start(stack: Stack) -> None:
    stack.panel("stop", SPEECH)
    with socket.create_server(("127.0.0.1", 12080)):
        with pytest.raises(EngineApiError):
            stack.act(SPEECH, "start")
        stack.sees(SPEECH, "failed", "^port 12080 is in use$")
        stack.callers_are_limited("^Speech Engine failed: port 12080 is in use$")


def test_the_root_cause_of_a_failed_caller_is_told(stack: Stack) -> None:
    stack.alone(SPEECH)
    stack.alone(UI)
    stack.behave(SPEECH, "crash=0.3", "last-words=cuda-oom")
    stack.sees(SPEECH, "failed")
    stack.behave(
        UI, "crash=0.3", 'last-words=nginx: [emerg] host not found in upstream "harmonyspeech-engine:12080" in x:1'
    )
    stack.sees(UI, "failed", "^it could not reach Speech Engine, which failed: the graphics card ran out")
    stack.remove(SPEECH)
    stack.panel("up", "--wait", SPEECH)
    stack.sees(UI, "failed", "^it could not reach Speech Engine, which is there again$")


def test_wait_tells_the_root_cause(stack: Stack) -> None:
    stack.alone(SPEECH)
    stack.behave(SPEECH, "crash=0.3", "last-words=cuda-oom")
    stack.sees(SPEECH, "failed")
    status, said = stack.wait(LINK)
    assert status == 0
    assert "Harmony Link is limited: Speech Engine failed: the graphics card ran out of memory" in said


def test_unknown_while_the_engine_is_frozen(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "ANSWER_LIMIT", 1)
    with stack.lab.engine.frozen():
        lost = stack.panel("ps", "--format", "json", check=False)
    assert lost.returncode == 4
    assert lost.stdout == ""
    assert "does not answer" in lost.stderr


def _time(text: str) -> datetime:
    """A time of the engine, to the second, as ``ps`` shows it."""
    return datetime.fromisoformat(text[:19] + "+00:00")
