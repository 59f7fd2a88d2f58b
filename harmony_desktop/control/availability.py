"""Which services have a newer image at their registry. Asked by digest: nothing is fetched."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping

from harmony_desktop.control.ports import Engine, EngineUnavailableError, RegistryError
from harmony_desktop.control.releases import Release, Releases, ReleaseSet, is_pinned
from harmony_desktop.control.update_news import Availability, Standing
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, PullPolicy

#: Questions at the same time.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Answers:
    """What the registries said, by the names of images: digests, or why there was no answer."""

    digests: Mapping[str, str]
    faults: Mapping[str, RegistryError]


def askable(project: Project, services: Iterable[str]) -> tuple[str, ...]:
    """Return the names of images that may get newer ones."""
    found: dict[str, None] = {}
    for name in services:
        service = project.services[name]
        if service.image and not is_pinned(service.image) and service.pull_policy is not PullPolicy.NEVER:
            found[service.image] = None
    return tuple(found)


async def ask(engine: Engine, references: Collection[str]) -> Answers:
    """Ask the registries, a few at a time. Raises EngineUnavailableError."""
    gate = asyncio.Semaphore(_AT_ONCE)
    digests: dict[str, str] = {}
    faults: dict[str, RegistryError] = {}

    async def one(reference: str) -> None:
        async with gate:
            try:
                digests[reference] = await engine.registry_digest(reference)
            except RegistryError as error:
                faults[reference] = error

    try:
        async with asyncio.TaskGroup() as group:
            for reference in references:
                group.create_task(one(reference))
    except* EngineUnavailableError as errors:
        raise errors.exceptions[0] from errors
    return Answers(digests, faults)


def compare(
    project: Project,
    *,
    local: ReleaseSet,
    running: ReleaseSet,
    releases: Releases,
    digests: Mapping[str, str],
) -> tuple[Availability, ...]:
    """Return how each service with an image stands. Pure.

    Args:
        project: The project.
        local: The image behind each service's name.
        running: The image of each service that runs.
        releases: What is remembered.
        digests: What the registries have.
    """
    found = []
    for service in project.services.values():
        if service.image is None:
            continue
        here, runs = local.get(service.name), running.get(service.name)
        used = runs or here
        standing, available = _standing(service.image, here, runs, releases, digests.get(service.image, ""))
        current = (_digest(used, releases) or used.image) if used else ""
        created = used.created if used else ""
        found.append(Availability(service.name, service.title, service.image, standing, current, available, created))
    return tuple(found)


def _standing(
    reference: str, here: Release | None, runs: Release | None, releases: Releases, registry: str
) -> tuple[Standing, str]:
    """Return the standing, and the newer digest where there is one."""
    used = runs or here
    if used is None:
        return (Standing.NEWER, registry) if registry else (Standing.UNKNOWN, "")
    if here is not None and here.image != used.image:
        return Standing.FETCHED, _digest(here, releases) or here.image
    current = _digest(used, releases)
    if not registry or not current:
        return Standing.UNKNOWN, ""
    if registry == current:
        return Standing.CURRENT, ""
    return (Standing.HELD if releases.held.get(reference) == registry else Standing.NEWER), registry


def _digest(entry: Release, releases: Releases) -> str:
    """Return the registry's digest ("sha256:…") of an image, or ""."""
    known = entry if entry.digest else releases.known(entry.image)
    return known.digest.rpartition("@")[2] if known else ""
