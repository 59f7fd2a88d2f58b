"""What there is to know about one service, asked for by somebody who looks: image, containers, folders and volumes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import field, replace
from datetime import datetime
from typing import NamedTuple

from harmony_desktop.control.ports import Engine, EngineError
from harmony_desktop.control.store import Store
from harmony_desktop.plan.observed import Container, Image, Observed
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Mount, MountType, Project


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A local image.

    Attributes:
        id: Its ID.
        digest: The digest that the registry knows it by, or "" for one that was built here.
        created: When it was built, or None where it does not tell.
        size: In bytes.
    """

    id: str
    digest: str = ""
    created: datetime | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """One container.

    Attributes:
        id: Its ID.
        name: Its name.
        state: The engine's word for its state.
        health: The engine's word for its health check, or "" without one.
        started_at: When it was last started.
        restarts: How often the engine started it again by itself.
        memory_limit: Bytes that it may use; 0 for no limit.
    """

    id: str
    name: str
    state: str
    health: str = ""
    started_at: datetime | None = None
    restarts: int = 0
    memory_limit: int = 0


@dataclass(frozen=True, slots=True)
class MountFacts:
    """One folder, file or volume in a container.

    Attributes:
        kind: What it is.
        source: The host's path, the volume's name in the engine, or "".
        target: Where it is in the container.
        read_only: The container cannot change it.
        here: The source is a path of this computer, which can be opened.
    """

    kind: MountType
    source: str
    target: str
    read_only: bool = False
    here: bool = False


@dataclass(frozen=True, slots=True)
class ServiceLook:
    """What is known of one service.

    Attributes:
        service: The service's name, or "" while nobody has asked.
        looking: The engine has been asked for the image, and the answer is on its way.
        reference: The image's reference.
        image: The image, or None while it is not there or not known.
        fault: Why the image is not known, or "".
        containers: Its containers.
        mounts: What they see of the host's disks.
    """

    service: str = ""
    looking: bool = False
    reference: str = ""
    image: ImageFacts | None = None
    fault: str = ""
    containers: tuple[ContainerFacts, ...] = ()
    mounts: tuple[MountFacts, ...] = ()


class ServiceSight(NamedTuple):
    """What a scout needs of the stack.

    Attributes:
        project: The stack, or None.
        engine: The engine, or None.
        observed: What it has, or None.
        local: Paths of the stack's files are paths of the engine's computer and of this one.
    """

    project: Project | None
    engine: Engine | None
    observed: Observed | None
    local: bool


@dataclass(slots=True)
class ServiceScout:
    """Looks at one service at a time, when asked to.

    Args:
        sight: Returns what there is of the stack.
        mask: Takes secrets out of what an engine says.
    """

    sight: Callable[[], ServiceSight]
    mask: Callable[[str], str] = str
    store: Store[ServiceLook] = field(default_factory=lambda: Store(ServiceLook()))
    _task: asyncio.Task[None] | None = None

    def look(self, name: str) -> None:
        """Show what is known of a service now, and ask the engine for the rest; "" ends the looking."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        sight = self.sight()
        service = sight.project.services.get(name) if sight.project is not None else None
        if sight.project is None or service is None:
            self.store.set(ServiceLook())
            return
        before = self.store.value
        known = before if before.service == name and before.reference == (service.image or "") else ServiceLook(name)
        asked = sight.engine is not None and bool(service.image)
        containers = sight.observed.containers if sight.observed is not None else ()
        self.store.set(
            replace(
                known,
                reference=service.image or "",
                looking=asked and known.image is None,
                image=known.image if sight.engine is not None else None,
                fault="",
                containers=tuple(container_facts(c) for c in containers if c.service == name and not c.oneoff),
                mounts=tuple(mount_facts(sight.project, mount, local=sight.local) for mount in service.mounts),
            )
        )
        if sight.engine is not None and service.image:
            self._task = asyncio.create_task(self._ask(sight.engine, service.image), name="service details")

    async def close(self) -> None:
        """End the looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _ask(self, engine: Engine, reference: str) -> None:
        try:
            image = (await engine.images([reference])).get(reference)
        except EngineError as error:
            self.store.set(
                replace(self.store.value, looking=False, image=None, fault=self.mask(error.cause or error.title))
            )
            return
        found = image_facts(image) if image is not None else None
        self.store.set(replace(self.store.value, looking=False, image=found, fault=""))


def image_facts(image: Image) -> ImageFacts:
    """Return what there is to tell of an image."""
    digest = image.digests[0].rpartition("@")[2] if image.digests else ""
    try:
        created = datetime.fromisoformat(image.created) if image.created else None
    except ValueError:
        created = None
    if created is not None and created.tzinfo is None:
        created = None  # a time of nowhere
    # Reproducible builds write a time that none of them was made at: the epoch, or a day near it.
    return ImageFacts(image.id, digest, created if created is not None and created.year > _EPOCH else None, image.size)


_EPOCH = 1980


def container_facts(container: Container) -> ContainerFacts:
    """Return what there is to tell of a container."""
    facts = ContainerFacts(container.id, container.name, container.state.value)
    detail = container.detail
    if detail is None:
        return facts
    return replace(
        facts,
        health="" if detail.health == "none" else detail.health.value,
        started_at=detail.started_at,
        restarts=detail.restart_count,
        memory_limit=detail.memory_limit,
    )


def mount_facts(project: Project, mount: Mount, *, local: bool) -> MountFacts:
    """Return what there is to tell of a mount, a volume by the name that the engine has for it."""
    source = mount.source
    if mount.type is MountType.VOLUME and source in project.volumes:
        source = project.volumes[source].name
    return MountFacts(
        mount.type, source, mount.target, mount.read_only, here=local and mount.type is MountType.BIND and bool(source)
    )
