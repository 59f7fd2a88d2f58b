"""The official Compose on a real engine: what it makes of a compose file, and what it asks the engine to create."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from harmony_desktop.stack.labels import network_hash, volume_hash
from harmony_desktop.stack.project import Condition, Dependency, Network, Presentation, Project, Service, Volume
from tests.engine.cases import IMAGE, compose_file
from tests.engine.recorder import Recorder, Recording

if TYPE_CHECKING:
    from tests.lab.lab import Lab

SECRET = {"SECRET_VALUE": "abc", "FROM_SHELL": "shell"}
PROFILE = '{"defaultAction": "SCMP_ACT_ALLOW",  "flags": ["a", 1.50]}\n'


@dataclass
class Case:
    """A compose file in a folder of its own, and what the official Compose says of it.

    Attributes:
        folder: The project's folder.
        canonical: ``config --format json``.
        hashes: ``config --hash '*'``.
        recording: What the official Compose asked the engine to create.
    """

    folder: Path
    canonical: dict[str, Any]
    hashes: dict[str, str] = field(default_factory=dict)
    recording: Recording = field(default_factory=Recording)

    def project(self) -> Project:
        """Return the project of the canonical form, as the loader would."""
        return project_of(self.canonical, self.folder, self.hashes)

    def dependencies(self, service: str) -> list[str]:
        """Return the services whose containers must be there before that of a service."""
        spec = self.canonical["services"][service]
        return [*(spec.get("depends_on") or ()), *(spec.get("links") or ())]


def prepare(lab: Lab, folder: Path, subject: str, *, without: Collection[str] = ()) -> Case:
    """Write a subject's compose file, without some of its services, and ask the official Compose what it means."""
    content = yaml.safe_load(compose_file(subject))
    for name in without:
        del content["services"][name]
    for service in content["services"].values():
        service.setdefault("image", IMAGE)
    return write(lab, folder, yaml.safe_dump(content))


def write(lab: Lab, folder: Path, text: str) -> Case:
    """Write a compose file and ask the official Compose what it means."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "compose.yml").write_text(text)
    (folder / "profile.json").write_text(PROFILE)
    (folder / "settings.env").write_text('FROM_FILE=one\nOVER=file\nQUOTED="two words" # and a comment\n')
    (folder / "data").mkdir(exist_ok=True)
    canonical = json.loads(lab.compose("config", "--format", "json", cwd=folder, env=SECRET).stdout)
    printed = lab.compose("config", "--hash", "*", cwd=folder, env=SECRET).stdout
    return Case(folder, canonical, dict(line.split() for line in printed.splitlines()))


def record(lab: Lab, case: Case, *, check: bool = True) -> None:
    """Have the official Compose create everything, and write down what it sends.

    Args:
        lab: The engine.
        case: The project.
        check: Whether the engine must accept everything. One refusal would keep the official Compose from sending
            the rest, so without it the services are created one by one.
    """
    with Recorder(lab.engine.socket, case.folder / "recorder.sock") as recorder:
        for services in [[]] if check else [[name] for name in case.canonical["services"]]:
            env = {**SECRET, "DOCKER_HOST": recorder.address}
            lab.compose("create", *services, cwd=case.folder, env=env, check=check)
        case.recording = recorder.recording


#: Fields whose zero value means something of its own to the engine.
_TELLING_ZEROS = frozenset({"Init"})


def pruned(body: Any) -> Any:
    """Return a body of the Engine API without the zero values that mean "not said"; empty lists and objects stay."""
    if isinstance(body, list):
        return [pruned(item) for item in body]
    if not isinstance(body, dict):
        return body
    return {
        key: pruned(value)
        for key, value in body.items()
        if value not in (None, "", 0, False) or (key in _TELLING_ZEROS and value is not None)
    }


def project_of(canonical: dict[str, Any], folder: Path, hashes: dict[str, str]) -> Project:
    """Return a project made from the canonical form alone."""
    services = {
        name: Service(
            name=name,
            spec=spec,
            image=spec.get("image"),
            config_hash=hashes.get(name, ""),
            presentation=Presentation(name),
            container_name=spec.get("container_name"),
            depends_on=tuple(
                Dependency(other, Condition(how["condition"]), bool(how.get("restart")), how["required"])
                for other, how in (spec.get("depends_on") or {}).items()
            ),
            networks=tuple(spec.get("networks") or ()),
            network_mode=spec.get("network_mode"),
        )
        for name, spec in canonical["services"].items()
    }
    networks = {
        key: Network(key, spec["name"], spec, network_hash(spec), external=bool(spec.get("external")))
        for key, spec in (canonical.get("networks") or {}).items()
    }
    volumes = {
        key: Volume(key, spec["name"], spec, volume_hash(spec), external=bool(spec.get("external")))
        for key, spec in (canonical.get("volumes") or {}).items()
    }
    return Project(canonical["name"], folder, (folder / "compose.yml",), services, networks, volumes, canonical)
