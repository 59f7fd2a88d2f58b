"""What the panel knows of the stack's services by their images.

Folders that were made before there was ``x-harmony``, which are adopted as they are, say nothing of titles, pages,
probes and of what becomes of a service while a game is played. The shipped files do, and the ports of an image are the
same wherever it runs.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace

from harmony_desktop import assets
from harmony_desktop.setup.layout import COMPOSE_FILES
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.presentation import is_said
from harmony_desktop.stack.project import Presentation, Project, Service

#: The name of an image of the stack, without a registry, a tag and a digest.
_IMAGE = re.compile(r"(?:^|/)(harmonyai/[^:@/]+)")


def introduced(project: Project) -> Project:
    """Return a project whose services of the stack are shown as shipped where they say nothing of themselves."""
    mine = {name: known for name, service in project.services.items() if (known := _known_as(service)) is not None}
    strangers = {name: known for name, known in mine.items() if not is_said(project.services[name].spec)}
    if not strangers:
        return project
    names = {known[0]: name for name, known in mine.items()}
    return replace(
        project,
        services={
            name: replace(service, presentation=_among(strangers[name][1], names)) if name in strangers else service
            for name, service in project.services.items()
        },
    )


def _known_as(service: Service) -> tuple[str, Presentation] | None:
    found = _IMAGE.search(service.image or "")
    return _shipped().get(found[1]) if found else None


def _among(shown: Presentation, names: Mapping[str, str]) -> Presentation:
    """Return a presentation whose uses bear the names that services have in this project; others are not in it."""
    return replace(
        shown, uses=tuple(replace(use, service=names[use.service]) for use in shown.uses if use.service in names)
    )


@functools.cache
def _shipped() -> Mapping[str, tuple[str, Presentation]]:
    """Return name and presentation of each shipped service by its image, of all profiles."""
    folder = assets.compose_dir()
    found: dict[str, tuple[str, Presentation]] = {}
    for file in COMPOSE_FILES.values():
        project = load_project(files=[str(folder / file)], project_directory=folder, environ={}, cwd=folder)
        for service in project.services.values():
            image = _IMAGE.search(service.image or "")
            if image is not None:
                found[image[1]] = (service.name, service.presentation)
    return found
