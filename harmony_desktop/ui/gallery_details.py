"""The details of a service as the gallery shows them: nothing is asked of an engine."""

from __future__ import annotations

from datetime import UTC, datetime

from harmony_desktop.control.service_look import ContainerFacts, ImageFacts, MountFacts, ServiceLook
from harmony_desktop.control.state import StackState
from harmony_desktop.stack.project import MountType

_GB = 1024**3


def recorded_details(state: StackState, name: str) -> ServiceLook:
    """Return the details of a service of a recorded state."""
    service = state.service(name)
    if service is None:
        return ServiceLook()
    root = f"{state.folder}/{name}"
    restarts = 4 if "loop" in service.reason else 0
    containers = tuple(
        ContainerFacts(c.id, c.name, c.state, "", service.since, restarts, 4 * _GB if "engine" in name else 0)
        for c in service.containers
    )
    return ServiceLook(
        service=name,
        reference=service.image,
        image=ImageFacts(
            "sha256:" + "5b0c" * 16,
            "sha256:" + "a11405fab50f" * 5 + "cafe",
            datetime(2026, 3, 20, 9, tzinfo=UTC),
            2 * _GB,
        ),
        containers=containers,
        mounts=(
            MountFacts(MountType.BIND, f"{root}/config", "/app/config", read_only=True, here=True),
            MountFacts(MountType.BIND, f"{root}/models", "/app/models", here=True),
            MountFacts(MountType.VOLUME, f"{state.project}_cache", "/root/.cache"),
        ),
    )
