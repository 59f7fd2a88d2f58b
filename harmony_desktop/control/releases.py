"""What is remembered of a stack's images: the sets that were ready, what is held back, what was asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from typing import Protocol

from harmony_desktop.plan.observed import ContainerState, Image, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project

#: Ready sets that are remembered.
REMEMBERED = 3

_ALIVE = frozenset({ContainerState.RUNNING, ContainerState.RESTARTING, ContainerState.PAUSED})


@dataclass(frozen=True, slots=True)
class Release:
    """The image of one service.

    Attributes:
        reference: The image's name in the compose file.
        image: The local image's ID.
        digest: "repository@sha256:…", by which the registry has it, or "".
        created: When it was made, as the engine tells (ISO 8601), or "".
        size: Bytes on disk.
    """

    reference: str
    image: str
    digest: str = ""
    created: str = ""
    size: int = 0


#: Images by service.
ReleaseSet = Mapping[str, Release]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What the registries were asked.

    Attributes:
        asked_at: Seconds since the epoch; 0 for never.
        digests: Digest ("sha256:…") that the registry had under an image's name.
    """

    asked_at: float = 0.0
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Releases:
    """All that is remembered of one project.

    Attributes:
        ready: Sets that were ready, the newest first.
        held: Names of images that a person has rolled back -> the digest that is held back ("" where unknown).
            They are not fetched again until somebody asks for an update.
        inquiry: What the registries were asked last.
    """

    ready: tuple[ReleaseSet, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    inquiry: Inquiry = Inquiry()

    def with_ready(self, current: ReleaseSet) -> Releases:
        """Return the memory with a set that is ready now; services that are not in it keep what was ready last."""
        merged = {**(self.ready[0] if self.ready else {}), **current}
        if self.ready and _ids(merged) == _ids(self.ready[0]):
            return self
        others = tuple(old for old in self.ready if _ids(old) != _ids(merged))
        return replace(self, ready=(merged, *others)[:REMEMBERED])

    def returned_to(self, target: ReleaseSet, held: Mapping[str, str]) -> Releases:
        """Return the memory after a rollback: what came after the target is forgotten, so the next one goes on back."""
        place = next((i for i, old in enumerate(self.ready) if _ids(old) == _ids(target)), len(self.ready))
        return replace(self, ready=(target, *self.ready[place + 1 :]), held={**self.held, **held})

    def released(self, references: Iterable[str]) -> Releases:
        """Return the memory without what is held back of these images."""
        gone = set(references)
        return replace(self, held={name: digest for name, digest in self.held.items() if name not in gone})

    def informed(self, current: ReleaseSet) -> Releases:
        """Return the memory after images were fetched: what came is what the registries have now."""
        digests = {r.reference: r.digest.rpartition("@")[2] for r in current.values() if r.digest}
        return replace(self, inquiry=replace(self.inquiry, digests={**self.inquiry.digests, **digests}))

    def earlier(self, *views: ReleaseSet) -> ReleaseSet | None:
        """Return the newest ready set that differs from what is there now, or None.

        Services whose image has another name by now (an edited tag, another profile) do not count.

        Args:
            views: What runs, and what the next start would run.
        """
        for remembered in self.ready:
            if any(changes(view, remembered) for view in views):
                return remembered
        return None

    def known(self, image: str) -> Release | None:
        """Return what is remembered of an image by its ID: an image that lost its name has lost its digest, too."""
        return next((r for entry in self.ready for r in entry.values() if r.image == image and r.digest), None)


class ReleaseMemory(Protocol):
    """Keeps releases of projects. Calls read and write a file and run in a thread."""

    def load(self, project: Project) -> Releases:
        """Return what is remembered; nothing where there is no memory or it is damaged. Never raises."""
        ...

    def save(self, project: Project, releases: Releases) -> None:
        """Remember: all of it or nothing. Raises HarmonyError."""
        ...


@dataclass(frozen=True, slots=True)
class ReleaseChange:
    """One service gets another image; ``before`` is None where there was none."""

    service: str
    before: Release | None
    after: Release


def changes(before: ReleaseSet, after: ReleaseSet) -> tuple[ReleaseChange, ...]:
    """Return the services of ``before`` that get another image of the same name."""
    found = []
    for service, old in before.items():
        new = after.get(service)
        if new is not None and new.reference == old.reference and new.image != old.image:
            found.append(ReleaseChange(service, old, new))
    return tuple(found)


def local_releases(project: Project, observed: Observed) -> dict[str, Release]:
    """Return the local image behind each service's name: what its next container is made of."""
    return {
        service.name: release(service.image, image)
        for service in project.services.values()
        if service.image and (image := observed.images.get(service.image)) is not None
    }


def running_releases(project: Project, observed: Observed, images: Mapping[str, Image | None]) -> dict[str, Release]:
    """Return the image of each service that has a container which is alive.

    Args:
        project: The project.
        observed: Its containers.
        images: The images of containers, by ID.
    """
    found = {}
    for container in sorted(observed.containers, key=lambda c: (c.number, bool(c.replaces), c.name), reverse=True):
        service = project.services.get(container.service)
        if service and service.image and container.state in _ALIVE and container.image_id and not container.oneoff:
            image = images.get(container.image_id) or Image(container.image_id)
            found[service.name] = release(service.image, image)
    return found


def container_images(observed: Observed) -> tuple[str, ...]:
    """Return the IDs of the images that containers are made of."""
    return tuple(dict.fromkeys(c.image_id for c in observed.containers if c.image_id and not c.oneoff))


def release(reference: str, image: Image) -> Release:
    """Return an image under a name."""
    name = repository(reference)
    digest = next((d for d in image.digests if d.partition("@")[0] == name), "")
    return Release(reference, image.id, digest, image.created, image.size)


def repository(reference: str) -> str:
    """Return an image's name without tag and digest."""
    name = reference.partition("@")[0]
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def is_pinned(reference: str) -> bool:
    """Whether a name means one image for ever (it has a digest)."""
    return "@" in reference


def _ids(releases: ReleaseSet) -> dict[str, tuple[str, str]]:
    return {service: (release.reference, release.image) for service, release in releases.items()}
