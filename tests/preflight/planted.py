"""A stack with a secret in every place that a report is taken from."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.parse
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

IMAGE = "harmonyai/harmony-link:latest"


@dataclass
class Planted:
    """Secrets by the place where each was planted; each is unlike all others."""

    secrets: dict[str, str] = field(default_factory=dict)

    def __call__(self, place: str, prefix: str = "", sign: str = "") -> str:
        """A new secret for a place."""
        noise = hashlib.sha256(place.encode()).hexdigest()[:20]
        value = f"{prefix}{noise[:10]}{sign}{noise[10:]}"
        self.secrets[place] = value
        return value

    def found_in(self, data: bytes) -> list[str]:
        """The places whose secret stands in some bytes, in any of the usual encodings."""
        return [place for place, value in self.secrets.items() if any(form in data for form in forms(value))]


def forms(value: str) -> set[bytes]:
    """A secret as it may hide: plain, in addresses, in JSON, in base64 at any offset, in hexadecimal."""
    data = value.encode()
    cores = {base64.b64encode(b"\0" * offset + data)[(offset * 8 + 5) // 6 :].rstrip(b"=")[:-1] for offset in range(3)}
    quoted = urllib.parse.quote(value, safe="").encode()
    return {data, quoted, json.dumps(value)[1:-1].encode(), data.hex().encode(), *cores}


def members(file: Path) -> dict[str, bytes]:
    """What is in a report; its names are a member as well."""
    with zipfile.ZipFile(file) as archive:
        found = {name: archive.read(name) for name in archive.namelist()}
    return {**found, "(names)": "\n".join(found).encode()}


def write_stack(folder: Path, plant: Planted) -> None:
    """Write a project whose every corner holds a secret."""
    env_file, dotenv = plant("env_file"), plant("dotenv", sign="$$x ")
    (folder / "service.env").write_text(
        f"SERVICE_TOKEN={env_file}\nUPLOAD_PASSWORD='{plant('quoted env', sign=' ')}'\n"
    )
    (folder / ".env").write_text(
        f"HF_TOKEN={plant('.env', 'hf_AB')}\n"
        f'ADMIN_PASSWORD="{dotenv}"\n'
        f"MAX_TOKENS=2048\nEMPTY_TOKEN=\nPLAIN=readable\nOPAQUE={plant('opaque value', 'Zq')}QdTw77\n"
    )
    (folder / "CMD_FLAGS.txt").write_text(
        f"--listen\n--api-key {plant('CMD_FLAGS.txt')}\n--gradio-auth={plant('flag')}\n"
    )
    (folder / "config.json").write_text(
        json.dumps({"a": {"b": [{"apikey": plant("config.json")}]}, "max_tokens": 2048, "key": "readable-value"})
    )
    (folder / "db.secret").write_text(plant("secret file"))
    (folder / "harmony-user.key").write_text(plant("mounted key"))
    (folder / "compose.yaml").write_text(
        f"""
name: planted
x-note: &note
  webhook: https://hooks.slack.com/services/{plant("slack hook", "T0/B0/")}
services:
  web:
    image: {IMAGE}
    entrypoint: ["sh", "-c"]
    stop_signal: SIGKILL
    command:
      - >-
        echo "started with $$SERVICE_TOKEN and $$API_KEY";
        echo "token=$$API_KEY" | base64 | tr -d '\\n'; echo;
        echo "login password={plant("log line")} ok";
        echo "Authorization: Bearer {plant("log bearer")}";
        echo "GET /v1?api_key={plant("log query")}&model=x";
        echo 'payload {{"client_secret": "{plant("log json")}", "max_tokens": 2048}}';
        echo "found {plant("log shape", "ghp_")}ABCDEFGHIJ in the cache";
        sleep 600
    env_file: [service.env]
    environment:
      API_KEY: {plant("environment")}
      HF_TOKEN: ${{HF_TOKEN}}
      ADMIN_PASSWORD: ${{ADMIN_PASSWORD}}
      FALLBACK_TOKEN: ${{UNSET_TOKEN:-{plant("default of a variable")}}}
      DATABASE_URL: postgres://app:{plant("url")}@db:5432/app
      OPAQUE: ${{OPAQUE}}
      MAX_TOKENS: 2048
    labels:
      com.example.api_token: {plant("label")}
    healthcheck:
      test: ["CMD-SHELL", "echo session_token={plant("health check")}; exit 1"]
      interval: 200ms
      retries: 1
    volumes:
      - ./config.json:/config.json:ro
      - ./CMD_FLAGS.txt:/CMD_FLAGS.txt:ro
      - ./harmony-user.key:/harmony-user.key:ro
    secrets: [db]
  broken:
    image: {IMAGE}
    entrypoint: ["/missing?token={plant("engine error")}"]
    command: ["--hf-token", "{plant("command list")}"]
  other:
    image: {IMAGE}
    profiles: [never]
    build:
      context: .
      args:
        PIP_PASSWORD: {plant("build argument")}
secrets:
  db:
    file: ./db.secret
""",
        encoding="utf-8",
    )


def write_home(home: Path, plant: Planted) -> None:
    """Write what stands in the user's own folders: Docker's configuration and contexts, our settings, our log."""
    docker = home / ".docker"
    context = docker / "contexts/meta" / hashlib.sha256(b"office").hexdigest()
    context.mkdir(parents=True)
    login = base64.b64encode(f"anna:{plant('docker login')}".encode()).decode()
    content = {
        "auths": {"registry.example": {"auth": login, "identitytoken": plant("identity token")}},
        "HttpHeaders": {"X-Meta-Auth": plant("http header")},
        "proxies": {"default": {"httpProxy": f"http://anna:{plant('docker proxy')}@proxy:3128"}},
    }
    (docker / "config.json").write_text(json.dumps(content))
    (context / "meta.json").write_text(
        json.dumps(
            {
                "Name": "office",
                "Metadata": {"Description": f"password: {plant('context metadata')}"},
                "Endpoints": {"docker": {"Host": f"tcp://anna:{plant('context host')}@engine:2376"}},
            }
        )
    )
    settings = home / ".config/harmony-desktop/settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({"hardware": "cpu", "ui": {"remote_token": plant("settings")}}))
    log = home / ".local/state/harmony-desktop/log/harmony-desktop.log"
    log.parent.mkdir(parents=True)
    log.write_text(f"2026-01-01 ERROR harmony_desktop: refused for secret_key={plant('own log')}\n")
