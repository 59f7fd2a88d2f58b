"""Small projects and snapshots, built by hand: what a test does not name is as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harmony_desktop.plan.observed import Container, ContainerState, Image, Observed, ObservedNetwork, ObservedVolume
from harmony_desktop.stack.project import (
    Dependency,
    Mount,
    MountType,
    Network,
    Presentation,
    Project,
    PullPolicy,
    Service,
    Use,
    Volume,
)

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def service(
    name: str,
    *,
    needs: Sequence[Dependency | str] = (),
    uses: Sequence[str] = (),
    volumes: Sequence[str] = (),
    networks: Sequence[str] = ("default",),
    network_mode: str | None = None,
    pull: PullPolicy = PullPolicy.MISSING,
    image: str | None = "",
    **extra: Any,
) -> Service:
    """A service whose hash is its name and whose image is named after it."""
    return Service(
        name=name,
        spec={"network_mode": network_mode} if network_mode else {},
        image=f"example/{name}" if image == "" else image,
        config_hash=f"hash-{name}",
        presentation=Presentation(title=name.title(), uses=tuple(Use(use) for use in uses)),
        depends_on=tuple(Dependency(need) if isinstance(need, str) else need for need in needs),
        mounts=tuple(Mount(MountType.VOLUME, key, f"/{key}") for key in volumes),
        networks=() if network_mode else tuple(networks),
        network_mode=network_mode,
        pull_policy=pull,
        **extra,
    )


def project(*services: Service, networks: Sequence[Network] = (), volumes: Sequence[Volume] = ()) -> Project:
    """A project named p with a default network."""
    default = Network("default", "p_default", {}, "hash-default")
    return Project(
        name="p",
        working_dir=Path("/stack"),
        files=(Path("/stack/docker-compose.yml"),),
        services={s.name: s for s in services},
        networks={n.key: n for n in (default, *networks)},
        volumes={v.key: v for v in volumes},
        spec={},
    )


def container(
    service: str,
    number: int = 1,
    state: ContainerState = ContainerState.RUNNING,
    **changes: Any,
) -> Container:
    """A container that is as it should be."""
    return Container(
        **{
            "id": f"{service}-{number}".ljust(64, "0"),
            "name": f"p-{service}-{number}",
            "service": service,
            "number": number,
            "state": state,
            "config_hash": f"hash-{service}",
            "image": f"example/{service}",
            "image_id": f"id-{service}",
            "labelled_image_id": f"id-{service}",
            "created_at": EPOCH,
            "networks": {"p_default": "n1"},
            **changes,
        }
    )


def observed(
    of: Project,
    *containers: Container,
    networks: Sequence[ObservedNetwork] | None = None,
    volumes: Sequence[ObservedVolume] | None = None,
    missing_images: Sequence[str] = (),
) -> Observed:
    """A snapshot with the default network and all images, unless the test says otherwise."""
    default = (ObservedNetwork("n1", "p_default", "default", "hash-default"),)
    return Observed(
        containers=tuple(containers),
        networks=default if networks is None else tuple(networks),
        volumes=tuple(ObservedVolume(v.name, v.key, v.config_hash) for v in of.volumes.values())
        if volumes is None
        else tuple(volumes),
        images={
            s.image: None if s.name in missing_images else Image(f"id-{s.name}")
            for s in of.services.values()
            if s.image
        },
    )
