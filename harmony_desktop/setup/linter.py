"""What configuration files and compose files say about one another: do hosts, ports and names agree?

Which file is which is known by what is in it and by who mounts it, never by its path: an adopted folder may have any
layout, and the entities of a configuration any names. What is not known to this linter is left alone, or gets a hint.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harmony_desktop.control.findings import Finding, Place, Severity, Topic, in_order
from harmony_desktop.setup import json_edit
from harmony_desktop.setup.json_edit import Node
from harmony_desktop.setup.linter_endpoints import ROLES, Verdict, is_loopback, judge, split
from harmony_desktop.setup.linter_flags import FLAGS, lint_flags
from harmony_desktop.setup.linter_network import Neighbours, container_ports
from harmony_desktop.setup.linter_speech import lint_speech, substitute
from harmony_desktop.setup.speech_config import SpeechConfig, SpeechModel
from harmony_desktop.stack.project import MountType, Project, Service
from harmony_desktop.stack.words import joined, say
from harmony_desktop.stack.yaml_edit import YamlEditError

#: Returns what a file holds (line ends as ``\n``, without a byte order mark), None where it cannot be read.
Contents = Callable[[Path], str | None]

_KINDS = frozenset(kind for kind, _ in ROLES)
_OFF = frozenset({"", "disabled", "none"})
#: Bytes; larger files are data, not configuration.
_LARGEST = 2_000_000


def lint(project: Project, contents: Contents | None = None) -> tuple[Finding, ...]:
    """Return what does not agree, in the order of files and lines.

    Args:
        project: The project.
        contents: Reads files; by default those of the disk.
    """
    look = _Look(project, contents or from_disk)
    return in_order(look.findings())


def from_disk(path: Path) -> str | None:
    """Return what a file holds, as an editor shows it, or None."""
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return None
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Look:
    """One look at a project."""

    def __init__(self, project: Project, contents: Contents) -> None:
        self._project = project
        self._speech: dict[str, tuple[Path, list[SpeechModel]]] = {}
        self._agents: list[tuple[Service, Path, str, Node]] = []
        self._flags: list[tuple[Service, Path, str]] = []
        self._engines: list[tuple[Service, Path, SpeechConfig]] = []
        for service, path in mounted_files(project):
            text = contents(path)
            if text is not None:
                self._sort(service, path, text)

    def findings(self) -> Iterator[Finding]:
        for service, path, config in self._engines:
            yield from _about(Topic.SPEECH, lint_speech(service, path, config))
        for service, path, text in self._flags:
            yield from _about(Topic.FLAGS, lint_flags(service, path, text))
        for service, path, text, root in self._agents:
            for one in self._agent(service, path, text, root):
                yield replace(one, topic=Topic.ENDPOINT) if one.topic is Topic.WRITING else one

    def _sort(self, service: Service, path: Path, text: str) -> None:
        """Find out what a file is."""
        if path.name == FLAGS:
            self._flags.append((service, path, text))
        elif path.suffix == ".json":
            root = json_edit.read(text).root
            entities = root.at("entities") if root is not None else None
            if root is not None and entities is not None and entities.members is not None:
                self._agents.append((service, path, text, root))
        elif path.suffix in {".yml", ".yaml"}:
            try:
                config = SpeechConfig(text)
            except YamlEditError:
                return  # the editor tells of that
            if config.is_one:
                self._engines.append((service, path, config))
                self._speech[service.name] = path, config.models()

    def _agent(self, service: Service, path: Path, text: str, root: Node) -> Iterator[Finding]:
        near = Neighbours(self._project, service)
        yield from self._own_port(service, path, text, root)
        entities = root.at("entities")
        for _, entity in entities.named() if entities else ():
            for kind, settings in entity.named():
                if kind in _KINDS:
                    yield from self._module(kind, settings, Place(path, text, 0, 0), near)
                else:
                    yield from self._unknown(settings, Place(path, text, 0, 0), near)

    def _own_port(self, service: Service, path: Path, text: str, root: Node) -> Iterator[Finding]:
        """The port that it listens on is one that the compose files know."""
        node, ports = root.at("general", "port"), container_ports(service)
        if node is None or type(node.value) is not int or node.value in ports or not ports:
            return
        if service.network_mode == "host":
            return
        yield Place(path, text, node.start, node.end).finding(
            Severity.ERROR,
            say(
                "{title} would listen on port {port}, which the compose files do not publish.",
                title=service.title,
                port=node.value,
            ),
            label=say("Write {value}", value=ports[0]),
            instead=str(ports[0]),
        )

    def _module(self, kind: str, settings: Node, ground: Place, near: Neighbours) -> Iterator[Finding]:
        """One entity's settings of one kind: what its module needs must be there."""
        module = settings.text("module")
        for name, node in settings.named():
            role = ROLES.get((kind, name))
            if node.members is None:
                continue
            if role is None:
                if name == module:
                    yield from self._unknown(node, ground, near)
                continue
            if name != module or module in _OFF:
                continue
            endpoint = node.at("endpoint")
            if endpoint is None or not isinstance(endpoint.value, str):
                continue
            verdict = judge(endpoint.value, role, near)
            yield from _told(verdict, Place(ground.file, ground.text, endpoint.start, endpoint.end))
            if kind == "stt" and verdict.target is not None:
                yield from _about(Topic.SPEECH, self._models(node, verdict.target, ground))

    def _models(self, node: Node, engine: Service, ground: Place) -> Iterator[Finding]:
        """Models that are named must be offered by the engine that is asked."""
        if engine.name not in self._speech:
            return
        path, offered = self._speech[engine.name]
        names = {model.name for model in offered}
        for key in ("model", "vadmodel"):
            named = node.at(key)
            if named is None or not isinstance(named.value, str) or not named.value or named.value in names:
                continue
            instead = substitute(named.value, offered, small=key == "vadmodel")
            yield Place(ground.file, ground.text, named.start, named.end).finding(
                Severity.ERROR,
                say(
                    "{title} offers no model {model}: {file} does not name it.",
                    title=engine.title,
                    model=named.value,
                    file=path.name,
                ),
                label=say("Write {value}", value=instead),
                instead=json.dumps(instead, ensure_ascii=False) if instead else None,
            )

    def _unknown(self, node: Node, ground: Place, near: Neighbours) -> Iterator[Finding]:
        """Addresses of modules that nobody here knows: a hint where they cannot lead anywhere."""
        for _, value in node.named():
            if value.members is not None:
                yield from self._unknown(value, ground, near)
            elif isinstance(value.value, str) and "://" in value.value and near.plain:
                parts = split(value.value)
                if parts is not None and is_loopback(parts.hostname or ""):
                    message = say(
                        "{host} is the container of {caller} itself. Other services are reached by their names.",
                        host=parts.hostname,
                        caller=near.caller.title,
                    )
                    yield Place(ground.file, ground.text, value.start, value.end).finding(Severity.HINT, message)


def mounted_files(project: Project) -> Iterator[tuple[Service, Path]]:
    """Yield each file that a service mounts from this computer."""
    for service in project.services.values():
        for mount in service.mounts:
            if mount.type is MountType.BIND and mount.source:
                path = Path(mount.source)
                if path.is_file():
                    yield service, path
        for key in ("configs", "secrets"):
            shared = project.spec.get(key) or {}
            for use in service.spec.get(key) or ():
                source = (shared.get(use.get("source")) or {}).get("file") if isinstance(use, dict) else None
                if key == "configs" and source and Path(source).is_file():
                    yield service, Path(source)


def _about(topic: Topic, found: Iterable[Finding]) -> Iterator[Finding]:
    return (replace(one, topic=topic) for one in found)


def _told(verdict: Verdict, place: Place) -> Iterator[Finding]:
    if verdict.severity is None:
        return
    right = verdict.right
    yield place.finding(
        verdict.severity,
        joined(verdict.messages),
        label=say("Write {value}", value=right),
        instead=json.dumps(right, ensure_ascii=False) if right else None,
    )
