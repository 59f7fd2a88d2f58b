"""What the engine has: a frozen snapshot that the planner and the window read."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from harmony_desktop.records import dataclass


class ContainerState(enum.StrEnum):
    """The engine's own words for a container's state (Engine API, ``State.Status``)."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"


class Health(enum.StrEnum):
    """The engine's own words for a health check's state; ``none`` without a health check."""

    NONE = "none"
    STARTING = "starting"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port that a running container has on the host."""

    target: int
    host_ip: str
    host_port: int
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class Detail:
    """What only an inspection tells about a container.

    Attributes:
        exit_code: How it ended; None while it runs.
        oom_killed: Whether the kernel ended it for want of memory.
        error: The engine's own words where it could not be started.
        started_at: When it was last started.
        finished_at: When it last ended; kept while it runs again.
        restart_count: How often the engine started it again by itself since somebody started it.
        health: Its health check.
        health_output: What the last health check said.
        health_since: Since when health checks have gone as the last one did; the engine remembers five.
        tty: Whether it has a terminal.
        memory_limit: The memory that it may use, in bytes; 0 for no limit.
    """

    exit_code: int | None = None
    oom_killed: bool = False
    error: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    restart_count: int = 0
    health: Health = Health.NONE
    health_output: str = ""
    health_since: datetime | None = None
    tty: bool = False
    memory_limit: int = 0


@dataclass(frozen=True, slots=True)
class Container:
    """One container of the project."""

    id: str
    name: str
    service: str
    number: int
    state: ContainerState
    config_hash: str
    image: str
    image_id: str
    labelled_image_id: str
    created_at: datetime
    oneoff: bool = False
    working_dir: str = ""
    ports: tuple[PublishedPort, ...] = ()
    networks: Mapping[str, str] = field(default_factory=dict)
    """Engine name of each joined network -> its ID (may be empty when the network is gone)."""
    volumes: tuple[str, ...] = ()
    """Engine names of the mounted volumes."""
    namespace_parent: str = ""
    """ID of the container whose network namespace this one shares, or ""."""
    replaces: str = ""
    """Value of the ``com.docker.compose.replace`` label of a half-finished recreation, or ""."""
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class ObservedNetwork:
    """A network that carries the project's label, or an external one that was asked for."""

    id: str
    name: str
    key: str
    config_hash: str
    labelled: bool = True
    in_use: bool = False


@dataclass(frozen=True, slots=True)
class ObservedVolume:
    """A volume that carries the project's label, or an external one that was asked for."""

    name: str
    key: str
    config_hash: str
    labelled: bool = True


@dataclass(frozen=True, slots=True)
class Image:
    """A local image: its ID and its repository digests."""

    id: str
    digests: tuple[str, ...] = ()
    size: int = 0
    created: str = ""
    exposed: tuple[str, ...] = ()
    user: str = ""


@dataclass(frozen=True, slots=True)
class Observed:
    """The engine's side of one project."""

    containers: tuple[Container, ...] = ()
    networks: tuple[ObservedNetwork, ...] = ()
    volumes: tuple[ObservedVolume, ...] = ()
    images: Mapping[str, Image | None] = field(default_factory=dict)
    """By image reference as the compose file has it; None for one that is not there."""
