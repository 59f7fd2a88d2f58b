"""What is offered for held ports, by how the compose files name them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harmony_desktop.control.port_check import HeldPort, find_held
from harmony_desktop.control.port_offer import held_error
from harmony_desktop.control.port_records import PortHolder, Publisher
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.control.remedies import RemediableError
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Observed, PublishedPort
from harmony_desktop.setup.env_writer import EnvWriter
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project
from tests.control.scripted import ScriptedEngine, scripted_tools
from tests.control.scripted_ports import ScriptedPorts

NGINX = PortHolder("nginx", 42)


def written(folder: Path, ports: str, env: str = "") -> Project:
    (folder / "compose.yaml").write_text(f"name: p\nservices:\n  web:\n    image: example/web\n    ports:\n{ports}")
    if env:
        (folder / ".env").write_bytes(env.encode())
    return load_project(project_directory=folder, environ={}, cwd=folder)


def tools(*taken: int, **environ: str) -> Tools:
    held = ScriptedPorts(dict.fromkeys(taken, NGINX))
    return replace(scripted_tools(), ports=held, stack_env=EnvWriter(environ))


async def held_of(project: Project, using: Tools, engine: ScriptedEngine | None = None) -> tuple[HeldPort, ...]:
    services = tuple(project.services)
    return await find_held(engine or ScriptedEngine(), project, Observed(), using.ports, services=services)


async def error_of(project: Project, using: Tools, engine: ScriptedEngine | None = None) -> RemediableError:
    held = await held_of(project, using, engine)
    assert held
    return await held_error(engine or ScriptedEngine(), project, held, using)


async def apply(error: RemediableError) -> None:
    (remedy,) = error.remedies
    assert remedy.act is not None
    await remedy.act()


@pytest.mark.parametrize(
    "line",
    [
        "      - '${WEB_PORT:-8080}:80'\n",
        "      - '127.0.0.1:$WEB_PORT:80'\n",
        "      - {target: 80, published: '${WEB_PORT-8080}'}\n",
        "      - '${ADDRESS:-127.0.0.1}:${OTHER:-${WEB_PORT:-8080}}:80'\n",
    ],
)
async def test_the_variable_that_decides_is_found_and_written(line: str, tmp_path: Path) -> None:
    project = written(tmp_path, line, "# mine\r\nWEB_PORT=8080 # the page\r\nSECRET='a b'\r\n")
    error = await error_of(project, tools(8080))
    name = "OTHER" if "OTHER" in line else "WEB_PORT"
    assert f"{name}=8081" in error.advice
    await apply(error)
    content = (tmp_path / ".env").read_bytes()
    if name == "WEB_PORT":
        assert content == b"# mine\r\nWEB_PORT=8081 # the page\r\nSECRET='a b'\r\n"
    else:
        assert content.endswith(b"SECRET='a b'\r\nOTHER=8081\r\n")
    changed = load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)
    assert [port.published for port in changed.services["web"].ports] == [8081]


async def test_a_folder_without_an_env_file_gets_one(tmp_path: Path) -> None:
    error = await error_of(written(tmp_path, "      - '${WEB_PORT:-8080}:80'\n"), tools(8080))
    await apply(error)
    assert (tmp_path / ".env").read_text() == "WEB_PORT=8081\n"


async def test_tcp_and_udp_of_one_variable_move_together(tmp_path: Path) -> None:
    ports = "      - '${DNS:-5353}:53/udp'\n      - '${DNS:-5353}:53'\n"
    error = await error_of(written(tmp_path, ports), tools(5353, 5354))
    assert len(error.remedies) == 1
    assert "DNS=5355" in error.advice
    assert "(UDP)" in error.cause


async def test_a_port_that_is_written_out_is_told_with_its_line(tmp_path: Path) -> None:
    error = await error_of(written(tmp_path, "      - '9999:99'\n      - '8080:80'\n"), tools(8080))
    assert error.remedies == ()
    assert f"{tmp_path}/compose.yaml:7" in error.advice


async def test_a_variable_of_the_process_is_not_written_to_a_file_that_would_not_count(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    image: i\n    ports: ['${WEB_PORT:-1}:80']\n")
    project = load_project(project_directory=tmp_path, environ={"WEB_PORT": "8080"}, cwd=tmp_path)
    error = await error_of(project, tools(8080, WEB_PORT="8080"))
    assert error.remedies == ()
    assert "set in the environment" in error.advice
    assert "8081" in error.advice


async def test_files_that_the_caller_named_are_left_as_they_are(tmp_path: Path) -> None:
    project = written(tmp_path, "      - '${WEB_PORT:-8080}:80'\n")
    using = replace(tools(8080), stack_env=EnvWriter({}, writable=False))
    error = await error_of(project, using)
    assert error.remedies == ()
    assert "WEB_PORT=8081" in error.advice
    with pytest.raises(HarmonyError, match="left as they are"):
        using.stack_env.write(tmp_path / ".env", {"WEB_PORT": "8081"})


async def test_a_port_that_the_engine_kept_when_it_was_killed(tmp_path: Path) -> None:
    """Its proxy runs, and no container publishes it: nothing but a restart of the engine gives it back."""
    project = written(tmp_path, "      - '${WEB_PORT:-8080}:80'\n")
    using = replace(tools(), ports=ScriptedPorts({8080: PortHolder("docker-proxy", 42)}))
    error = await error_of(project, using)
    assert error.cause == "Web publishes port 8080, which is held by docker-proxy (process 42)."
    assert error.advice.startswith("No container of this engine publishes port 8080: Docker may have kept it")
    assert "restarted" in error.advice
    assert "WEB_PORT=8081" in error.advice
    other = Publisher("x", "blog-1", "blog", "web", (PublishedPort(80, "0.0.0.0", 8080),))
    (held,) = await held_of(project, using, ScriptedEngine(elsewhere=[other]))
    assert (held.why, held.advice) == ("held by the container blog-1 of the project blog", "")


async def test_two_services_that_ask_for_the_same_port(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services:\n  a: {image: i, ports: ['8080:80']}\n  b: {image: i, ports: ['127.0.0.1:${B:-8080}:80']}\n"
    )
    project = load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)
    error = await error_of(project, tools())
    assert error.cause == "B publishes port 8080, which is asked for by A of this same stack."
    assert "B=8081" in error.advice


async def test_an_engine_far_away_is_asked_and_this_machine_is_not(tmp_path: Path) -> None:
    class Remote(ScriptedEngine):
        @property
        def address(self) -> str:
            return "tcp://192.0.2.7:2376"

    project = written(tmp_path, "      - '${WEB_PORT:-8080}:80'\n")
    assert await held_of(project, tools(8080), Remote()) == ()
    other = Publisher("x", "blog-1", "blog", "web", (PublishedPort(80, "0.0.0.0", 8080),))
    (held,) = await held_of(project, tools(), Remote(elsewhere=[other]))
    assert held.why == "held by the container blog-1 of the project blog"


@pytest.mark.parametrize("rootless", [True, False])
async def test_an_engine_without_roots_rights_has_no_low_ports(tmp_path: Path, *, rootless: bool) -> None:
    class Engine(ScriptedEngine):
        async def info(self) -> EngineInfo:
            return replace(await super().info(), rootless=rootless)

    engine = Engine()
    held = await held_of(written(tmp_path, "      - '80:80'\n"), tools(), engine)
    assert [item.advice for item in held] == (
        ["Docker runs without root’s rights here, and may use ports from 1024."] if rootless else []
    )
    assert "info" in engine.calls
    # Of ports that any engine may have it need not tell what it is.
    engine.calls.clear()
    assert await held_of(written(tmp_path, "      - '8080:80'\n"), tools(), engine) == ()
    assert engine.calls == ["publishers"]


async def test_a_service_on_the_network_of_the_host_publishes_nothing(tmp_path: Path) -> None:
    text = "services:\n  web: {image: i, network_mode: host, ports: ['8080:80']}\n"
    (tmp_path / "compose.yaml").write_text(text)
    project = load_project(project_directory=tmp_path, environ={}, cwd=tmp_path)
    assert await held_of(project, tools(8080)) == ()
