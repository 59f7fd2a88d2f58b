"""Endpoints that say ``localhost``: within a container that is the container itself (trap 7)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from harmony_desktop.control.doctor import Finding, Group
from harmony_desktop.control.repairs import ReplaceValue
from harmony_desktop.preflight.check import fail, lines, ok, repair
from harmony_desktop.preflight.parsed import json_of
from harmony_desktop.preflight.texts import Kind, TextFile
from harmony_desktop.preflight.world import World
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say, say_number

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared with, never listened on
_KEY = "endpoint"


class Endpoints:
    """Every ``endpoint`` of the JSON files that services get."""

    id = "settings.endpoints"
    title = say("Endpoints")
    group = Group.SETTINGS
    quick = True

    async def run(self, world: World) -> Finding:
        """Look for hosts that lead nowhere; the service behind the port is the one that was meant."""
        project = world.loaded_project()
        wrong = dict.fromkeys(
            (file.path, value, _right(project, file, value))
            for file in world.texts_of(Kind.JSON)
            for value in _endpoints(json_of(file))
            if _host(value) in _LOCAL and not _on_host(project, file)
        )
        if not wrong:
            return ok(self, say("None says localhost."))
        causes = [
            say("{file}: {endpoint} leads to the container itself.", file=world.name_of(path), endpoint=value)
            for path, value, _ in wrong
        ]
        wishes = [ReplaceValue(path, _KEY, value, right) for path, value, right in wrong if right]
        label = say_number("Correct the endpoint", "Correct {n} endpoints", len(wishes))
        better = ", ".join(dict.fromkeys(right for *_, right in wrong if right))
        advice = (
            say("Write the service’s name: {better}.", better=better)
            if better
            else say("Write the name of the service, and the port that it has within its container.")
        )
        return fail(self, lines(causes), advice, repair(self, label, wishes))


def _endpoints(value: object) -> Iterator[str]:
    """Yield every endpoint at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == _KEY and isinstance(item, str):
                yield item
            else:
                yield from _endpoints(item)
    elif isinstance(value, list):
        for item in value:
            yield from _endpoints(item)


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _on_host(project: Project, file: TextFile) -> bool:
    """Whether one who gets the file shares the computer's network, where localhost is the computer."""
    return any(project.services[name].network_mode == "host" for name in file.services if name in project.services)


def _right(project: Project, file: TextFile, address: str) -> str:
    """Return the address with the service that has this port, or ""."""
    parts = urlsplit(address)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return ""
    for of_container in (False, True):
        for service in project.services.values():
            if service.name in file.services:
                continue
            for item in service.ports:
                if port == (item.target if of_container else item.published):
                    return parts._replace(netloc=f"{service.name}:{item.target}").geturl()
    return ""
