"""The typed side of a project: what the planner and the window read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harmony_desktop.stack.project import (
    Condition,
    Dependency,
    GpuRequest,
    HealthCheck,
    Mount,
    MountType,
    Page,
    Port,
    Probe,
    PullPolicy,
    Use,
)
from tests.stack.project_of import project_of

FULL = """
name: demo
services:
  web:
    image: web:1
    depends_on:
      db: {condition: service_healthy, restart: true, required: false}
      job: {condition: service_completed_successfully}
    ports: ["127.0.0.1:8080:80", "90-91:90-91/udp", "70", "9000-9002:9", "0:5"]
    volumes: [./html:/html:ro, data:/data, /cache]
    healthcheck: {test: [CMD, "true"], interval: 1m30s, timeout: 500ms, retries: 4, start_period: 2s}
    stop_grace_period: 1m
    tty: true
    deploy: {replicas: 3, resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}
    networks: [front, back]
    x-harmony:
      title: Web
      description: Shows things
      pages: [{title: Open, port: 80}, {title: API, port: 81, path: /docs}]
      probes:
        - {port: 80, http: /health, good: [200, 204], finding: a.b, says: "{} there", otherwise: none, required: false}
        - {port: 81, tcp: true}
        - {port: 80, http: /, good: [401, 200-202], needs: a.0, seconds: 10}
        - {port: 80, websocket: /events}
      uses: [{service: db, for: data}]
  db: {image: db, container_name: base, pull_policy: always, network_mode: none}
  job: {image: job, pull_policy: daily}
  speech_engine-2: {image: s, gpus: [{device_ids: ["1"]}], healthcheck: {disable: true}, profiles: [extra]}
networks: {front: {name: facade}, back: {external: true}}
volumes: {data: {external: true, name: kept}}
"""


def test_everything_that_is_typed(tmp_path: Path) -> None:
    project = project_of(tmp_path, FULL, profiles=["extra"])
    web, db, job = (project.services[name] for name in ("web", "db", "job"))
    assert (project.name, project.working_dir, project.files) == ("demo", tmp_path, (tmp_path / "compose.yaml",))
    assert list(project.services) == sorted(project.services)
    assert web.depends_on == (
        Dependency("db", Condition.HEALTHY, restart=True, required=False),
        Dependency("job", Condition.COMPLETED),
    )
    assert web.ports == (
        Port(80, 8080, "127.0.0.1"),
        Port(90, 90, protocol="udp"),
        Port(91, 91, protocol="udp"),
        Port(70, None),
        Port(9, None),
        Port(5, None),
    )
    assert web.mounts == (
        Mount(MountType.BIND, str(tmp_path / "html"), "/html", read_only=True),
        Mount(MountType.VOLUME, "data", "/data"),
        Mount(MountType.VOLUME, "", "/cache"),
    )
    assert web.healthcheck == HealthCheck(("CMD", "true"), interval=90, timeout=0.5, start_period=2, retries=4)
    assert (web.stop_grace_period, web.tty, web.scale) == (60, True, 3)
    assert web.gpus == (GpuRequest("nvidia", -1, capabilities=("gpu",)),)
    assert set(web.networks) == {"front", "back"}
    assert (db.container_name, db.pull_policy, db.network_mode) == ("base", PullPolicy.ALWAYS, "none")
    assert job.pull_policy is PullPolicy.TIMED
    assert project.networks["front"].name == "facade"
    assert project.networks["back"].external
    assert (project.volumes["data"].name, project.volumes["data"].external) == ("kept", True)
    engine = project.services["speech_engine-2"]
    assert engine.gpus == (GpuRequest("", 0, ("1",), ("gpu",)),)
    assert engine.healthcheck is not None
    assert engine.healthcheck.disabled


def test_how_a_service_is_shown(tmp_path: Path) -> None:
    project = project_of(tmp_path, FULL, profiles=["extra"])
    shown = project.services["web"].presentation
    assert (shown.title, shown.description) == ("Web", "Shows things")
    assert shown.pages == (Page("Open", 80, "/"), Page("API", 81, "/docs"))
    assert shown.probes == (
        Probe(80, "/health", (200, 204), "a.b", "{} there", "none", required=False),
        Probe(81),
        Probe(80, "/", (401, 200, 201, 202), needs="a.0", seconds=10),
        Probe(80, "/events", websocket=True),
    )
    assert shown.uses == (Use("db", "data"),)
    assert project.services["speech_engine-2"].title == "Speech Engine 2"


def test_a_probe_that_nobody_can_ask_is_a_warning(tmp_path: Path) -> None:
    project = project_of(tmp_path, FULL)
    (notice,) = [notice for notice in project.warnings if "probe" in notice.text]
    assert "port 81 of web is not published" in notice.text
    assert notice.location is not None
    assert FULL.splitlines()[notice.location.line - 1].strip() == "- {port: 81, tcp: true}"
    host = "services: {a: {image: x, network_mode: host, x-harmony: {probes: [{port: 81, tcp: true}]}}}"
    assert not project_of(tmp_path, host).warnings


def test_services_of_other_profiles_are_left_out(tmp_path: Path) -> None:
    project = project_of(tmp_path, FULL)
    assert project.disabled == ("speech_engine-2",)
    assert "speech_engine-2" not in project.services


def test_variables_of_secrets_and_configs(tmp_path: Path) -> None:
    text = """
    services: {a: {image: x, secrets: [s], configs: [c, unset]}}
    secrets: {s: {environment: TOKEN}}
    configs: {c: {environment: SETTING}, unset: {environment: NOTHING}}
    """
    project = project_of(tmp_path, text, environ={"TOKEN": "t", "SETTING": "s", "OTHER": "o"})
    assert project.variables == {"TOKEN": "t", "SETTING": "s"}


@pytest.mark.parametrize("module", ["load", "render", "labels", "review"])
def test_the_room_needs_nothing_but_yaml(module: str) -> None:
    code = (
        f"import sys, harmony_desktop.stack.{module};"
        "print([name for name in ('docker', 'PySide6', 'asyncio', 'psutil', 'pynvml') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_working_directory_is_a_variable_even_where_no_shell_has_set_it(tmp_path: Path) -> None:
    text = 'services: {a: {image: x, environment: {HERE: "${PWD}"}}}'
    assert project_of(tmp_path, text).services["a"].spec["environment"]["HERE"] == str(tmp_path)
    assert project_of(tmp_path, text, environ={"PWD": "/shell"}).services["a"].spec["environment"]["HERE"] == "/shell"
