"""The labels by which Docker Compose and this program know each other's containers."""

from __future__ import annotations

import hashlib
from pathlib import Path

from harmony_desktop.stack import labels
from harmony_desktop.stack.load import load_project
from tests.stack.project_of import project_of

TEXT = """
name: demo
services:
  web:
    image: x
    depends_on: {db: {condition: service_healthy, restart: true}}
    labels: {own: "1", com.docker.compose.project: theirs}
  db: {image: x, container_name: base}
networks: {default: {labels: {of: net}}}
"""


def test_names(tmp_path: Path) -> None:
    project = project_of(tmp_path, TEXT)
    assert labels.container_name("demo", project.services["web"], 2) == "demo-web-2"
    assert labels.container_name("demo", project.services["db"], 1) == "base"


def test_a_containers_labels(tmp_path: Path) -> None:
    project = project_of(tmp_path, TEXT)
    web = project.services["web"]
    found = labels.container_labels(project, web, number=2, image_id="sha256:1")
    assert found == {
        "own": "1",
        "com.docker.compose.project": "demo",
        "com.docker.compose.service": "web",
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.container-number": "2",
        "com.docker.compose.config-hash": web.config_hash,
        "com.docker.compose.image": "sha256:1",
        "com.docker.compose.depends_on": "db:service_healthy:true",
        "com.docker.compose.project.working_dir": str(tmp_path),
        "com.docker.compose.project.config_files": str(tmp_path / "compose.yaml"),
        "com.docker.compose.version": "5.6.1",
    }
    alone = labels.container_labels(project, project.services["db"], number=1, image_id="i", replaces="old")
    assert alone["com.docker.compose.depends_on"] == ""
    assert alone["com.docker.compose.replace"] == "old"


def test_env_files_that_were_asked_for_are_named(tmp_path: Path) -> None:
    (tmp_path / "one.env").write_text("")
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x}}")
    project = load_project(environ={}, cwd=tmp_path, env_files=[Path("one.env")])
    found = labels.container_labels(project, project.services["a"], number=1, image_id="i")
    assert found["com.docker.compose.project.environment_file"] == str(tmp_path / "one.env")


def test_labels_of_networks_and_volumes(tmp_path: Path) -> None:
    project = project_of(tmp_path, "name: demo\nservices: {a: {image: x, volumes: ['data:/d']}}\nvolumes: {data: }")
    network, volume = project.networks["default"], project.volumes["data"]
    assert labels.network_labels(project, network) == {
        "com.docker.compose.project": "demo",
        "com.docker.compose.network": "default",
        "com.docker.compose.version": "5.6.1",
        "com.docker.compose.config-hash": hashlib.sha256(b'{"name":"demo_default","ipam":{}}').hexdigest(),
    }
    assert labels.volume_labels(project, volume) == {
        "com.docker.compose.project": "demo",
        "com.docker.compose.volume": "data",
        "com.docker.compose.version": "5.6.1",
        "com.docker.compose.config-hash": hashlib.sha256(b'{"name":"demo_data","driver":"local"}').hexdigest(),
    }
    assert (
        labels.network_labels(project_of(tmp_path, TEXT), project_of(tmp_path, TEXT).networks["default"])["of"] == "net"
    )
