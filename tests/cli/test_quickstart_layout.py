"""A folder in the public quickstart's v0.2 layout is used with ``-f`` as it is: nothing is written into it by us."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab

COMPOSE = """\
version: '3.4'

services:
  harmony-link:
    image: harmonyai/harmony-link:latest
    pull_policy: always
    env_file: ./harmony-link/.env
    ports:
      - "${HOST_PORT:-28080}:28080"
      - "${HOST_API_PORT:-28081}:28081"
    volumes:
      - ./harmony-link/harmony-tmp/:/app/harmony-tmp
      - ./harmony-link/config.json:/app/config.json
      - ./harmony-link/harmony-user.key:/app/harmony-user.key

  text-generation-webui-harmonyai:
    image: harmonyai/text-generation-webui-harmony-ai-%(hardware)s:latest
    pull_policy: always
    env_file: ./text-generation-webui-harmony-ai/.env
    user: "${APP_RUNTIME_UID:-6972}:${APP_RUNTIME_GID:-6972}"
    ports:
      - "${HOST_PORT:-7860}:7860"
      - "${HOST_API_PORT:-5000}:5000"
    stdin_open: true
    tty: true
    volumes:
      - ./text-generation-webui-harmony-ai/models:/home/app/text-generation-webui/models
      - ./text-generation-webui-harmony-ai/cloudflared:/etc/cloudflared
%(devices)s
  harmonyspeech-engine:
    image: harmonyai/harmonyspeech-engine-%(hardware)s:latest
    pull_policy: always
    env_file: ./harmony-speech-engine/.env
    ports:
      - "12080:12080"
    volumes:
      - ./harmony-speech-engine/%(config)s:/app/harmony-speech-engine/config.yml
      - ./harmony-speech-engine/cache/:/app/harmony-speech-engine/cache
%(devices)s
  harmonyspeech-ui:
    image: harmonyai/harmonyspeech-ui:latest
    pull_policy: always
    ports:
      - "8080:80"
    depends_on:
      - harmonyspeech-engine
"""
DEVICES = """\
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              capabilities: [gpu]
"""
FILES = {
    "docker-compose.yml": COMPOSE % {"hardware": "cpu", "config": "config.yml", "devices": ""},
    "docker-compose.nvidia.yml": COMPOSE % {"hardware": "nvidia", "config": "config.nvidia.yml", "devices": DEVICES},
    # Neither ends with a new line, and the token is set to nothing.
    "harmony-link/.env": "HARMONY_TMP_HOST_DIR=D:\\projects\\harmony-tmp",
    "text-generation-webui-harmony-ai/.env": 'TORCH_CUDA_ARCH_LIST=7.5\nHOST_PORT=7860\nHF_TOKEN=""',
    "harmony-speech-engine/.env": 'TORCH_CUDA_ARCH_LIST="7.5" # RTX 2060\nHF_TOKEN=',
    "harmony-link/config.json": "{}",
    "harmony-link/harmony-user.key": "",
    "harmony-speech-engine/config.yml": "model_configs: []\n",
    "harmony-speech-engine/config.nvidia.yml": "model_configs: []\n",
}


@pytest.fixture
def quickstart(tmp_path: Path) -> Path:
    folder = tmp_path / "harmony-ai-quickstart"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize("name", ["docker-compose.yml", "docker-compose.nvidia.yml"])
def test_is_read_as_the_official_compose_reads_it(panel: Panel, quickstart: Path, clean_engine: Lab, name: str) -> None:
    ours = panel.json("-f", name, "config", cwd=quickstart)
    assert ours == json.loads(clean_engine.compose("-f", name, "config", "--format", "json", cwd=quickstart).stdout)
    hashes = panel("-f", name, "config", "--hash", "*", cwd=quickstart).stdout.splitlines()
    official = clean_engine.compose("-f", name, "config", "--hash", "*", cwd=quickstart).stdout.splitlines()
    assert sorted(hashes) == sorted(official)


@pytest.mark.both_engines
def test_runs_as_it_is(panel: Panel, quickstart: Path, clean_engine: Lab, stack_ports_free: dict[str, int]) -> None:
    before = {path: path.read_bytes() for path in quickstart.rglob("*") if path.is_file()}
    panel("-f", "docker-compose.yml", "up", "--wait", cwd=quickstart)
    rows = panel.json("-f", "docker-compose.yml", "ps", cwd=quickstart)
    # Files that are not ours have no probes: open ports are as good as it gets.
    assert {row["stage"] for row in rows} == {"reachable"}
    told = clean_engine.compose("-f", "docker-compose.yml", "up", "-d", "--pull", "missing", cwd=quickstart).stderr
    assert told.count("Running") == 4
    panel("-f", "docker-compose.yml", "down", cwd=quickstart)
    assert {path: path.read_bytes() for path in quickstart.rglob("*") if path in before} == before
