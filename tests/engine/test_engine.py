"""The calls of the engine, on a real one: what they do, and what they say when it refuses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from harmony_desktop.control.ports import ConflictError, EngineError, NotFoundError
from harmony_desktop.plan.observed import ContainerState, Health
from tests.engine.cases import IMAGE
from tests.engine.conftest import connected
from tests.engine.official import SECRET, Case, prepare, write

if TYPE_CHECKING:
    from pathlib import Path

    from harmony_desktop.control.ports import Engine
    from tests.lab.lab import Lab


async def made(engine: Engine, case: Case, service: str, *, number: int = 1, name: str = "", replaces: str = "") -> str:
    """Create a service's container; return its ID."""
    project = case.project()
    [image] = (await engine.images([project.services[service].image or ""])).values()
    assert image is not None
    return await engine.create_container(
        project,
        project.services[service],
        number=number,
        name=name or f"{project.name}-{service}-{number}",
        image_id=image.id,
        replaces=replaces,
    )


async def with_networks(engine: Engine, case: Case) -> None:
    project = case.project()
    for network in project.networks.values():
        await engine.create_network(project, network)
    for volume in project.volumes.values():
        await engine.create_volume(project, volume)


@pytest.mark.both_engines
async def test_the_life_of_a_container(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    case = write(
        clean_engine, tmp_path, f"name: life\nservices: {{web: {{image: '{IMAGE}', ports: ['127.0.0.1::80']}}}}"
    )
    await with_networks(engine, case)
    before = datetime.now(UTC)
    container = await made(engine, case, "web", name="temporary")

    created = await engine.inspect(container)
    assert created.state is ContainerState.CREATED
    assert created.detail is not None
    assert (created.detail.exit_code, created.detail.started_at, created.detail.finished_at) == (None, None, None)
    assert created.created_at >= before.replace(microsecond=0)
    assert created.service == "web"
    assert created.number == 1
    assert created.config_hash == case.hashes["web"]

    await engine.rename(container, "life-web-1")
    await engine.rename(container, "life-web-1")  # has it already
    await engine.start(container)
    await engine.start(container)  # runs already
    running = await engine.inspect(container)
    assert (running.name, running.state) == ("life-web-1", ContainerState.RUNNING)
    assert [(port.target, port.host_ip) for port in running.ports] == [(80, "127.0.0.1")]
    assert running.detail is not None
    assert running.detail.started_at is not None
    first_start = running.detail.started_at
    [listed] = (await engine.observe("life")).containers
    assert listed.detail is None
    assert (listed.ports, listed.networks, listed.state) == (running.ports, running.networks, running.state)
    assert (listed.image, listed.image_id) == (IMAGE, running.image_id)

    clean_engine.docker("pause", container)
    assert (await engine.inspect(container)).state is ContainerState.PAUSED
    await engine.unpause(container)
    await engine.restart(container, grace=10)
    again = await engine.inspect(container)
    assert again.detail is not None
    assert again.detail.started_at is not None
    assert again.detail.started_at > first_start

    with pytest.raises(ConflictError):
        await engine.remove(container)
    await engine.stop(container, grace=10)
    stopped = await engine.inspect(container)
    assert stopped.state is ContainerState.EXITED
    assert stopped.detail is not None
    assert stopped.detail.exit_code == 0
    assert stopped.detail.finished_at is not None
    await engine.stop(container, grace=10)  # stands already
    await engine.remove(container)
    with pytest.raises(NotFoundError):
        await engine.inspect(container)
    for call in (engine.start(container), engine.stop(container, grace=1), engine.remove(container)):
        with pytest.raises(NotFoundError):
            await call


async def test_the_containers_own_signal_and_patience_count(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    """Neither stop nor restart sends a time of its own, which would override that of the container."""
    script = "trap 'echo got INT' INT; trap '' TERM; echo ready; while true; do sleep 0.1; done"
    text = f"""
name: patient
services:
  one: {{image: '{IMAGE}', entrypoint: [sh, -c, "{script}"], stop_signal: SIGINT, stop_grace_period: 1s}}
"""
    case = write(clean_engine, tmp_path, text)
    await with_networks(engine, case)
    container = await made(engine, case, "one")
    await engine.start(container)
    await until_said(engine, container, "ready")
    await engine.stop(container, grace=1)
    detail = (await engine.inspect(container)).detail
    assert detail is not None
    assert detail.exit_code == 137
    assert detail.started_at is not None
    assert detail.finished_at is not None
    # The engine's own default would be 10 seconds. (Times of the engine, not of the test.)
    assert (detail.finished_at - detail.started_at).total_seconds() < 8
    log = clean_engine.docker("logs", container).stdout
    assert "got INT" in log


async def until_said(engine: Engine, container: str, text: str) -> None:
    stream = engine.logs(container)
    try:
        async with asyncio.timeout(20):
            async for chunk in stream:
                if any(text in line for _, line in chunk.lines):
                    return
    finally:
        await stream.aclose()


@pytest.mark.both_engines
async def test_a_project_is_seen_as_a_whole(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    case = prepare(clean_engine, tmp_path, "volumes")
    clean_engine.docker("volume", "create", "outside-volume")
    clean_engine.compose("up", "--detach", cwd=tmp_path, env=SECRET)
    seen = await engine.observe(case.project().name, detail=True)
    assert [(c.service, c.number, c.state) for c in seen.containers] == [
        (name, 1, ContainerState.RUNNING) for name in ("long", "short", "temporary")
    ]
    by_name = {container.service: container for container in seen.containers}
    assert {"v_named", "custom-volume"} < set(by_name["short"].volumes)
    assert by_name["short"].working_dir == str(tmp_path)
    assert by_name["short"].labelled_image_id == by_name["short"].image_id
    assert by_name["short"].detail is not None
    [network] = seen.networks
    assert (network.name, network.key, network.in_use, network.labelled) == ("v_default", "default", True, True)
    assert network.config_hash
    assert by_name["short"].networks == {"v_default": network.id}
    assert sorted((volume.name, volume.key) for volume in seen.volumes) == [
        ("custom-volume", "custom"),
        ("v_named", "named"),
    ]
    assert (await engine.observe("another")).containers == ()


@pytest.mark.both_engines
async def test_health_and_its_reason(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    check = "{test: [CMD-SHELL, 'echo sick; exit 1'], interval: 100ms, retries: 1}"
    case = write(clean_engine, tmp_path, f"name: ill\nservices: {{one: {{image: '{IMAGE}', healthcheck: {check}}}}}")
    await with_networks(engine, case)
    container = await made(engine, case, "one")
    await engine.start(container)
    stream = engine.events(1)
    try:
        async with asyncio.timeout(30):
            async for event in stream:
                if event.action.startswith("health_status") and event.id == container:
                    break
    finally:
        await stream.aclose()
    detail = (await engine.inspect(container)).detail
    assert detail is not None
    assert (detail.health, detail.health_output) == (Health.UNHEALTHY, "sick")


async def test_a_crash_leaves_its_exit_code(clean_engine: Lab, engine: Engine) -> None:
    container = clean_engine.docker("run", "--detach", "--entrypoint", "sh", IMAGE, "-c", "exit 7").stdout.strip()
    clean_engine.docker("wait", container)
    detail = (await engine.inspect(container)).detail
    assert detail is not None
    assert (detail.exit_code, detail.oom_killed) == (7, False)


@pytest.mark.both_engines
async def test_networks_and_volumes(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    case = write(
        clean_engine,
        tmp_path,
        f"name: nets\nservices: {{a: {{image: '{IMAGE}', volumes: ['vol:/v']}}}}\nvolumes: {{vol: {{}}}}",
    )
    project = case.project()
    assert await engine.network("nets_default") is None
    assert await engine.volume("nets_vol") is False
    identity = await engine.create_network(project, project.networks["default"])
    await engine.create_volume(project, project.volumes["vol"])
    await engine.create_volume(project, project.volumes["vol"])  # there already
    assert await engine.network("nets_default") == identity
    assert await engine.network("nets_def") is None, "part of a name"
    assert await engine.volume("nets_vol") is True
    with pytest.raises(ConflictError):
        await engine.create_network(project, project.networks["default"])
    container = await made(engine, case, "a")
    await engine.start(container)
    with pytest.raises(EngineError, match="Cannot remove the network nets_default"):
        await engine.remove_network("nets_default")
    with pytest.raises(ConflictError):
        await engine.remove_volume("nets_vol")
    clean_engine.docker("rm", "--force", container)
    await engine.remove_network("nets_default")
    await engine.remove_volume("nets_vol")
    with pytest.raises(NotFoundError):
        await engine.remove_network("nets_default")
    with pytest.raises(NotFoundError):
        await engine.remove_volume("nets_vol")


@pytest.mark.both_engines
async def test_images(clean_engine: Lab, engine: Engine) -> None:
    found = await engine.images([IMAGE, "not/here:1", IMAGE])
    assert found["not/here:1"] is None
    image = found[IMAGE]
    assert image is not None
    assert image.id == clean_engine.docker("inspect", "--format", "{{.Id}}", IMAGE).stdout.strip()
    assert image.exposed == ("80/tcp",)
    assert image.size > 0
    assert image.digests[0].startswith("harmonyai/harmonyspeech-ui@sha256:")


async def test_a_name_that_is_taken(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    case = write(clean_engine, tmp_path, f"name: twice\nservices: {{a: {{image: '{IMAGE}'}}}}")
    await with_networks(engine, case)
    await made(engine, case, "a")
    with pytest.raises(ConflictError, match="Cannot create the container twice-a-1") as told:
        await made(engine, case, "a")
    assert told.value.status == 409
    assert "already in use" in told.value.cause


async def test_a_port_that_is_taken(clean_engine: Lab, engine: Engine, tmp_path: Path) -> None:
    service = f"{{image: '{IMAGE}', ports: ['127.0.0.1:8080:80']}}"
    case = write(
        clean_engine, tmp_path, f"name: ports\nservices: {{a: {service}, b: {service.replace('}', ', user: root}')}}}"
    )
    await with_networks(engine, case)
    await engine.start(await made(engine, case, "a"))
    with pytest.raises(EngineError, match="Cannot start the container") as told:
        await engine.start(await made(engine, case, "b"))
    assert "8080" in told.value.cause


@pytest.mark.both_engines
async def test_a_container_that_cannot_be_finished_is_taken_away(
    clean_engine: Lab, engine: Engine, tmp_path: Path
) -> None:
    text = f"""
name: half
services:
  a: {{image: '{IMAGE}', configs: [{{source: text, target: /etc/passwd/file}}]}}
configs: {{text: {{content: below a file}}}}
"""
    case = write(clean_engine, tmp_path, text)
    await with_networks(engine, case)
    with pytest.raises(EngineError, match="Cannot create the container half-a-1"):
        await made(engine, case, "a")
    assert (await engine.observe("half")).containers == ()


@pytest.mark.both_engines
async def test_a_replaced_container_hands_on_its_anonymous_volumes(
    clean_engine: Lab, engine: Engine, tmp_path: Path
) -> None:
    """Those of the compose file and those that the image declares."""
    lab = clean_engine
    base = lab.docker("create", IMAGE).stdout.strip()
    lab.run(["sh", "-c", f"docker export {base} | docker import --change 'VOLUME /declared' - with/volume:1"])
    service = "{image: 'with/volume:1', command: sh, tty: true, volumes: [/own, 'named:/n']}"
    case = write(lab, tmp_path, f"name: heir\nservices: {{a: {service}}}\nvolumes: {{named: {{}}}}")
    await with_networks(engine, case)
    old = await made(engine, case, "a")
    await engine.start(old)
    lab.docker("exec", old, "sh", "-c", "echo a > /own/file; echo b > /declared/file; echo c > /n/file")
    new = await made(engine, case, "a", name="heir-new", replaces=old)
    await engine.stop(old, grace=1)
    await engine.remove(old)
    await engine.rename(new, "heir-a-1")
    await engine.start(new)
    said = lab.docker("exec", new, "sh", "-c", "cat /own/file /declared/file /n/file").stdout
    assert said.split() == ["a", "b", "c"]
    assert (await engine.inspect(new)).replaces


@pytest.mark.both_engines
async def test_secrets_and_configs_are_in_place(clean_engine: Lab, tmp_path: Path) -> None:
    case = prepare(clean_engine, tmp_path, "secrets")
    async with connected(clean_engine, **SECRET) as engine:
        await with_networks(engine, case)
        container = await made(engine, case, "one")
        await engine.start(container)
        script = "cat /run/secrets/a/b /etc/text /text /run/secrets/from_file; stat -c '%a %u %g' /run/secrets/a/b"
        said = clean_engine.docker("exec", container, "sh", "-c", script).stdout
        assert said == 'abchellohello{"defaultAction": "SCMP_ACT_ALLOW",  "flags": ["a", 1.50]}\n440 5 6\n'
    async with connected(clean_engine) as engine:
        with pytest.raises(EngineError, match="The secret from_variable cannot be made"):
            await made(engine, case, "one", name="other")


async def test_proxies_of_the_user_reach_the_container(clean_engine: Lab, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"proxies": {"default": {"httpProxy": "http://proxy", "noProxy": "a,b"}}}')
    text = f"name: proxy\nservices: {{a: {{image: '{IMAGE}', environment: {{no_proxy: mine}}}}}}"
    case = write(clean_engine, tmp_path / "p", text)
    async with connected(clean_engine, DOCKER_CONFIG=str(tmp_path)) as engine:
        await with_networks(engine, case)
        container = await made(engine, case, "a")
    environment = clean_engine.api.inspect(container)["Config"]["Env"]
    assert {"HTTP_PROXY=http://proxy", "http_proxy=http://proxy", "NO_PROXY=a,b", "no_proxy=mine"} <= set(environment)


@pytest.mark.both_engines
async def test_what_a_container_uses(clean_engine: Lab, engine: Engine) -> None:
    lab = clean_engine
    busy = lab.docker("run", "--detach", "--memory", "64m", "--entrypoint", "sh", IMAGE, "-c", "while :; do :; done")
    container = busy.stdout.strip()
    first = await engine.usage(container)
    assert first is not None
    assert first.memory_limit == 64 * 1024 * 1024
    assert 0 < first.memory < first.memory_limit
    cpu = 0.0
    async with asyncio.timeout(20):
        while cpu <= 1.0:
            sample = await engine.usage(container)
            assert sample is not None
            cpu = sample.cpu
    lab.docker("kill", container)
    assert await engine.usage(container) is None
    assert await engine.usage("nobody") is None


async def test_a_service_that_shares_a_namespace_needs_its_container(
    clean_engine: Lab, engine: Engine, tmp_path: Path
) -> None:
    case = prepare(clean_engine, tmp_path, "network_modes")
    with pytest.raises(EngineError, match="The service none has no container yet"):
        await made(engine, case, "shared")
    parent = await made(engine, case, "none")
    child = await made(engine, case, "shared")
    assert (await engine.inspect(child)).namespace_parent == parent
    [listed] = [item for item in (await engine.observe(case.project().name)).containers if item.id == child]
    assert listed.namespace_parent == parent
