"""The resolved project: what should run, after files, variables, merging and profiles.

Each object carries typed fields for what the panel itself decides upon, and ``spec``: the same object in the
canonical form of the Compose specification, as ``docker compose config --format json`` prints it. ``spec`` is the
whole truth (hashes and engine calls are made from it); the typed fields are read from it once, while loading.
Nobody changes a ``spec``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, TypeAlias

from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import Location

Spec: TypeAlias = Mapping[str, Any]


class Condition(enum.StrEnum):
    """When a dependency counts as met (Compose specification, ``depends_on``)."""

    STARTED = "service_started"
    HEALTHY = "service_healthy"
    COMPLETED = "service_completed_successfully"


class PullPolicy(enum.StrEnum):
    """When an image is fetched. The timed policies keep their own text in ``Service.spec``."""

    MISSING = "missing"
    ALWAYS = "always"
    NEVER = "never"
    TIMED = "timed"


@dataclass(frozen=True, slots=True)
class Dependency:
    """One entry of ``depends_on``."""

    service: str
    condition: Condition = Condition.STARTED
    restart: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Port:
    """One port of a container, published or not.

    ``published`` is the host port as a number, or None where the engine chooses one (also for a range that is left
    to the engine).
    """

    target: int
    published: int | None
    host_ip: str = ""
    protocol: str = "tcp"


class MountType(enum.StrEnum):
    """Kinds of mounts that a service may ask for."""

    BIND = "bind"
    VOLUME = "volume"
    TMPFS = "tmpfs"
    IMAGE = "image"
    CLUSTER = "cluster"
    NPIPE = "npipe"


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount. ``source`` is an absolute host path (bind), a volume's key (volume), or empty."""

    type: MountType
    source: str
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A health check; durations in seconds, None where the image or the engine decides."""

    test: tuple[str, ...]
    interval: float | None = None
    timeout: float | None = None
    start_period: float | None = None
    retries: int | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class GpuRequest:
    """A device reservation; ``count`` is -1 for all, 0 when ``device_ids`` names them (Engine API, DeviceRequest)."""

    driver: str
    count: int
    device_ids: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a service that a person may open: ``x-harmony.pages``."""

    title: str
    port: int
    path: str = "/"


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that tells whether a service is ready: ``x-harmony.probes``.

    Attributes:
        port: The container's port.
        path: The path of an HTTP GET (or of a WebSocket), or None for a mere TCP connection.
        good: HTTP statuses that count as good; empty means that any HTTP answer does.
        finding: Dotted key in the JSON answer whose value is worth telling, or "".
        says: What to say about the finding; ``{}`` stands for its value.
        otherwise: What to say when the finding is missing, null, "None" or empty.
        required: False makes a failing probe a hint rather than a fault.
        needs: Dotted key that a good JSON answer has, and not null, or "".
        websocket: Whether a WebSocket is asked for; a server that agrees is good.
        seconds: How long the answer may take.
    """

    port: int
    path: str | None = None
    good: tuple[int, ...] = (200,)
    finding: str = ""
    says: str = "{}"
    otherwise: str = ""
    required: bool = True
    needs: str = ""
    websocket: bool = False
    seconds: float = 3.0


@dataclass(frozen=True, slots=True)
class Use:
    """Another service that this one calls: ``x-harmony.uses`` (the implicit dependencies)."""

    service: str
    purpose: str = ""


class Gaming(enum.StrEnum):
    """What becomes of a service while a game is played: ``x-harmony.gaming``."""

    KEEP = "keep"
    UNLOAD = "unload"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a service is shown and watched: its ``x-harmony``."""

    title: str
    description: str = ""
    pages: tuple[Page, ...] = ()
    probes: tuple[Probe, ...] = ()
    uses: tuple[Use, ...] = ()
    image_size: int = 0
    """Bytes that its image takes on the engine's disk, about; 0 where nobody says."""
    memory: int = 0
    """Bytes of memory that it needs at the least; 0 where nobody says."""
    gaming: Gaming | None = None
    """What becomes of it while a game is played; None where nobody says."""


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a project."""

    name: str
    spec: Spec
    image: str | None
    config_hash: str
    presentation: Presentation
    scale: int = 1
    container_name: str | None = None
    depends_on: tuple[Dependency, ...] = ()
    ports: tuple[Port, ...] = ()
    mounts: tuple[Mount, ...] = ()
    networks: tuple[str, ...] = ()
    network_mode: str | None = None
    healthcheck: HealthCheck | None = None
    gpus: tuple[GpuRequest, ...] = ()
    pull_policy: PullPolicy = PullPolicy.MISSING
    stop_grace_period: float | None = None
    tty: bool = False

    @property
    def title(self) -> str:
        """The name that people read."""
        return self.presentation.title


@dataclass(frozen=True, slots=True)
class Network:
    """A network; ``name`` is the engine's name for it, ``key`` the name in the compose file."""

    key: str
    name: str
    spec: Spec
    config_hash: str
    external: bool = False


@dataclass(frozen=True, slots=True)
class Volume:
    """A named volume; ``name`` is the engine's name for it, ``key`` the name in the compose file."""

    key: str
    name: str
    spec: Spec
    config_hash: str
    external: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that works but deserves a word."""

    text: str
    location: Location | None = None

    def __str__(self) -> str:
        return f"{self.location}: {self.text}" if self.location else self.text


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that should run, resolved.

    Attributes:
        name: The project's name, by Compose's order of precedence.
        working_dir: Absolute directory that relative paths are resolved against.
        files: The compose files, absolute, in the order in which they were merged.
        services: Enabled services by name, in the canonical (sorted) order.
        networks: Networks in use, by key.
        volumes: Volumes in use, by key.
        spec: The whole project in canonical form.
        warnings: What the loader has to say.
        env_files: The files given by ``--env-file`` (none for the default ``.env``).
        disabled: Names of services left out by profiles.
        profiles: The active profiles.
        variables: Values of the variables that secrets and configs with ``environment`` name (process over ``.env``).
        sources: All compose files that were read: ``files``, and those that they extend or include.
    """

    name: str
    working_dir: Path
    files: tuple[Path, ...]
    services: Mapping[str, Service]
    networks: Mapping[str, Network]
    volumes: Mapping[str, Volume]
    spec: Spec
    warnings: tuple[Notice, ...] = ()
    env_files: tuple[Path, ...] = ()
    disabled: tuple[str, ...] = ()
    profiles: tuple[str, ...] = field(default=())
    variables: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Path, ...] = ()
