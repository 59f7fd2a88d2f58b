"""What the stack takes of the engine's disk, and what of it nobody needs any more. The judging part is pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from harmony_desktop.records import dataclass

if TYPE_CHECKING:
    from harmony_desktop.stack.project import Project


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image on the engine's disk; sizes in bytes.

    Attributes:
        id: Its ID.
        tags: Its names with tags.
        digests: Its names with digests.
        size: All its layers together.
        shared: Those that other images have too.
        created: Seconds since the epoch.
        containers: How many containers were made of it.
    """

    id: str
    tags: tuple[str, ...]
    digests: tuple[str, ...]
    size: int
    shared: int
    created: int
    containers: int

    @property
    def own(self) -> int:
        """Bytes that come free when this image alone is removed."""
        return max(0, self.size - self.shared)

    @property
    def repositories(self) -> frozenset[str]:
        """Its names without tags and digests."""
        names = [tag.rpartition(":")[0] for tag in self.tags]
        return frozenset([*names, *(digest.partition("@")[0] for digest in self.digests)])


@dataclass(frozen=True, slots=True)
class StoredVolume:
    """A named volume; its size in bytes, -1 where the engine does not tell."""

    name: str
    project: str
    size: int
    references: int


@dataclass(frozen=True, slots=True)
class StoredContainer:
    """A container's own layer: what it wrote over its image, in bytes."""

    id: str
    name: str
    project: str
    size: int
    oneoff: bool = False
    running: bool = False


@dataclass(frozen=True, slots=True)
class Storage:
    """What the engine has on its disk."""

    images: tuple[StoredImage, ...] = ()
    volumes: tuple[StoredVolume, ...] = ()
    containers: tuple[StoredContainer, ...] = ()


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of the stack that nobody needs any more.

    Attributes:
        id: Of the image or the container.
        kind: "image" or "container".
        name: What people know it by.
        size: Bytes that come free, as far as the engine tells: layers that two leftovers share are counted in neither.
        created: Seconds since the epoch, 0 where nobody asks.
    """

    id: str
    kind: str
    name: str
    size: int
    created: int = 0


@dataclass(frozen=True, slots=True)
class DiskShare:
    """What the stack takes on the engine's disk, in bytes.

    Attributes:
        images: The images that its services use now; layers that they share count once.
        kept: Images that are kept for a return to an earlier version.
        volumes: Its named volumes.
        containers: What its containers wrote over their images.
        leftovers: What nobody needs any more.
    """

    images: int
    kept: int
    volumes: int
    containers: int
    leftovers: tuple[Leftover, ...]


def share(project: Project, storage: Storage, kept: Collection[str] = ()) -> DiskShare:
    """Return what a project takes, and what is left over of it.

    Left over are images of the project's repositories that no container uses and no service names any more, and ended
    one-off containers. Nothing of other projects, no volume, and nothing that is kept for a return is ever among them.

    Args:
        project: The project.
        storage: What the engine has.
        kept: IDs of images that are kept for a return to an earlier version.
    """
    references = {_with_tag(service.image) for service in project.services.values() if service.image}
    repositories = {_repository(reference) for reference in references}
    mine = [image for image in storage.images if image.repositories & repositories]
    current = [image for image in mine if references & set(image.tags)]
    others = [image for image in mine if image not in current]
    old = [image for image in others if image.id not in kept and not image.containers and not _named(image)]
    leftovers = [
        Leftover(image.id, "image", _known_name(image, repositories), image.own, image.created)
        for image in sorted(old, key=lambda image: (-image.own, image.id))
    ]
    containers = [c for c in storage.containers if c.project == project.name]
    leftovers += [Leftover(c.id, "container", c.name, c.size) for c in containers if c.oneoff and not c.running]
    return DiskShare(
        images=_together(current),
        kept=sum(image.own for image in others if image.id in kept),
        volumes=sum(max(0, volume.size) for volume in storage.volumes if volume.project == project.name),
        containers=sum(c.size for c in containers),
        leftovers=tuple(leftovers),
    )


def _named(image: StoredImage) -> bool:
    """Whether somebody gave it a name of its own: that is no leftover, whatever it was made for."""
    return bool(image.tags)


def _together(images: Iterable[StoredImage]) -> int:
    """Return the bytes of images; layers that they share are counted once, as those of the one that has most."""
    found = list(images)
    return sum(image.own for image in found) + max((image.shared for image in found), default=0)


def _with_tag(reference: str) -> str:
    name = reference.partition("@")[0]
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _repository(reference: str) -> str:
    return reference.rpartition(":")[0]


def _known_name(image: StoredImage, repositories: Collection[str]) -> str:
    names = sorted(image.repositories & set(repositories)) or sorted(image.repositories)
    return names[0] if names else image.id.removeprefix("sha256:")[:12]
