"""Credentials and proxies of the user's Docker configuration."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.engine import config_file, references
from harmony_desktop.engine.config_file import DOCKER_HUB, CredentialHelperError, DockerConfig

AUTH = base64.b64encode(b"anna:se:cret").decode()
TOKEN = {"identitytoken": "t"}
SIGNED = {"username": "anna", "password": "se:cret"}


@pytest.mark.parametrize(
    ("data", "registry", "expected"),
    [
        ({}, "docker.io", None),
        ({"auths": {DOCKER_HUB: {"auth": AUTH}}}, "docker.io", {**SIGNED, "serveraddress": DOCKER_HUB}),
        ({"auths": {"docker.io": {"auth": AUTH}}}, "docker.io", {**SIGNED, "serveraddress": DOCKER_HUB}),
        ({"auths": {"https://reg:5000/v2/": {"auth": AUTH}}}, "reg:5000", {**SIGNED, "serveraddress": "reg:5000"}),
        ({"auths": {"reg.local": {"identitytoken": "t"}}}, "reg.local", {**TOKEN, "serveraddress": "reg.local"}),
        ({"auths": {"reg.local": {"auth": AUTH}}}, "other.local", None),
        ({"auths": {"reg.local": {"auth": "%%%"}}}, "reg.local", None),
        ({"auths": {"reg.local": {}}}, "reg.local", None),
    ],
)
def test_credentials_in_the_file(data: Any, registry: str, expected: Any) -> None:
    assert DockerConfig(data).credentials(registry) == expected


def helper(folder: Path, name: str, script: str) -> None:
    program = folder / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_a_helper_hands_out_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, "safe", """read server; echo "{\\"Username\\": \\"anna\\", \\"Secret\\": \\"of $server\\"}" """)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = DockerConfig({"credsStore": "safe"}).credentials("reg.local")
    assert found == {"username": "anna", "password": "of reg.local", "serveraddress": "reg.local"}


def test_a_helper_of_one_registry_wins_over_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper(tmp_path, "safe", "exit 1")
    helper(tmp_path, "own", """echo '{"Username": "<token>", "Secret": "t"}'""")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    config = DockerConfig({"credsStore": "safe", "credHelpers": {"reg.local": "own"}})
    assert config.credentials("reg.local") == {"identitytoken": "t", "serveraddress": "reg.local"}
    assert config.credentials("docker.io") is None


@pytest.mark.parametrize("script", [None, "echo nonsense"])
def test_a_helper_that_does_not_work_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    if script:
        helper(tmp_path, "lost", script)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(CredentialHelperError, match="docker-credential-lost"):
        DockerConfig({"credsStore": "lost"}).credentials("docker.io")


@pytest.mark.parametrize("content", [None, "", "[]", "{", '"text"'])
def test_a_file_that_is_missing_or_broken_is_an_empty_one(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    config = config_file.load(tmp_path)
    assert config.credentials("docker.io") is None
    assert config.proxies("unix:///x") == {}
    assert bool(config.fault) == (content is not None)


def test_proxies_of_an_engine_or_of_all(tmp_path: Path) -> None:
    sections = {"default": {"httpProxy": "http://all"}, "tcp://far:2375": {"httpProxy": "http://far"}}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": sections}))
    config = config_file.load(tmp_path)
    assert config.proxies("unix:///var/run/docker.sock") == {"httpProxy": "http://all"}
    assert config.proxies("tcp://far:2375") == {"httpProxy": "http://far"}


def test_the_usual_folders_are_searched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    assert config_file.search_path().split(":")[:2] == ["/usr/bin", "/usr/local/bin"]


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag"),
    [
        ("nginx", "docker.io", "nginx", "latest"),
        ("harmonyai/harmony-link:v2", "docker.io", "harmonyai/harmony-link", "v2"),
        ("localhost:5000/a/b", "localhost:5000", "localhost:5000/a/b", "latest"),
        ("localhost/a", "localhost", "localhost/a", "latest"),
        ("ghcr.io/a/b:1@sha256:abc", "ghcr.io", "ghcr.io/a/b", "sha256:abc"),
        ("a@sha256:abc", "docker.io", "a", "sha256:abc"),
    ],
)
def test_names_of_images(text: str, registry: str, repository: str, tag: str) -> None:
    assert references.parse(text) == references.Reference(registry, repository, tag)
