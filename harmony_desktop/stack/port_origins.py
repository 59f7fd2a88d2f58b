"""Where a published port comes from: the variable that decides it, and the line that names it.

Files are merged, extended and included on their way to a project, so that no trace leads back from a port. What
decides it is found by trying: a variable is the right one if the port follows it when the files are read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from harmony_desktop.records import dataclass
from harmony_desktop.stack import source
from harmony_desktop.stack.errors import ComposeError, Location
from harmony_desktop.stack.faults import Fault
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.portspec import parse_port
from harmony_desktop.stack.project import Port, Project

_VARIABLE = re.compile(r"(?<!\$)(?:\$\$)*\$(?:\{([A-Za-z_]\w*)|([A-Za-z_]\w*))", re.ASCII)


@dataclass(frozen=True, slots=True)
class PortOrigin:
    """What decides a published port.

    Attributes:
        variable: The variable that it follows, or "" where it is written out.
        outside: Whether the process's environment sets the variable: an ``.env`` file then changes nothing.
        location: The line of the compose file, None where it was not found.
    """

    variable: str = ""
    outside: bool = False
    location: Location | None = None


def reload(project: Project, environ: Mapping[str, str]) -> Project:
    """Read a project's files again, as they are now.

    Raises:
        ComposeError: They are wrong.
    """
    return load_project(
        files=project.files,
        project_directory=project.working_dir,
        project_name=project.name,
        env_files=project.env_files,
        profiles=project.profiles,
        environ=environ,
        cwd=project.working_dir,
    )


def env_file_of(project: Project) -> Path:
    """Return the file that the project takes its variables from: the last of several, as that one wins."""
    return project.env_files[-1] if project.env_files else project.working_dir / ".env"


def origin_of(project: Project, service: str, port: Port, environ: Mapping[str, str]) -> PortOrigin:
    """Return what decides a published port of a service.

    Args:
        project: The project.
        service: The service.
        port: One of its published ports.
        environ: The environment that the project was loaded with.
    """
    entries = list(_entries(project))
    for variable in dict.fromkeys(name for _, text, _ in entries for name in _variables(text)):
        if _follows(project, service, port, variable, environ):
            places = [place for name, text, place in entries if variable in _variables(text)]
            return PortOrigin(variable, variable in environ, places[0])
    written = [(name, place) for name, text, place in entries if _means(text, port)]
    written.sort(key=lambda item: item[0] != service)
    return PortOrigin(location=written[0][1] if written else None)


def _follows(project: Project, service: str, port: Port, variable: str, environ: Mapping[str, str]) -> bool:
    """Whether the port is another one when the variable has another value."""
    other = port.published + 1 if port.published and port.published < 65535 else 65534
    try:
        changed = reload(project, {**environ, variable: str(other)})
    except ComposeError:
        return False  # a variable that is something else, too
    wanted = replace(port, published=other)
    return service in changed.services and wanted in changed.services[service].ports


def _entries(project: Project) -> Iterator[tuple[str, str, Location]]:
    """Yield the service, the text and the place of each port in the files, as it is written."""
    for path in project.sources or project.files:
        try:
            read = source.read(path)
            documents = read.documents()
        except ComposeError:
            continue  # it was fine when the project was loaded: somebody is editing it
        for document in documents:
            services = document.value.get("services") if isinstance(document.value, dict) else None
            for name, service in (services if isinstance(services, dict) else {}).items():
                ports = service.get("ports") if isinstance(service, dict) else None
                for index, port in enumerate(ports if isinstance(ports, list) else ()):
                    yield name, _text(port), read.locate(("services", name, "ports", index))[1]


def _text(port: Any) -> str:  # noqa: ANN401 - whatever stands in a file
    """Return a port as its short form would have it."""
    if not isinstance(port, dict):
        return str(port)
    host = ":".join(str(port[key]) for key in ("host_ip", "published") if port.get(key))
    return f"{host}:{port.get('target', '')}/{port.get('protocol', 'tcp')}"


def _variables(text: str) -> list[str]:
    """Return the names of the variables in a text, those of nested defaults included."""
    return [match[1] or match[2] for match in _VARIABLE.finditer(text)]


def _means(text: str, port: Port) -> bool:
    """Whether a written port is this one (a range has many)."""
    try:
        parsed = parse_port(text)
    except Fault:
        return False
    return any(
        found["target"] == port.target
        and found.get("published") == str(port.published)
        and found["protocol"] == port.protocol
        for found in parsed
    )
