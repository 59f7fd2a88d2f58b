"""Whether containers may write to the folders that are mounted into them."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harmony_desktop.control.doctor import Finding
from harmony_desktop.control.ports import EngineInfo
from harmony_desktop.plan.observed import Image
from harmony_desktop.plan.sources import binds, wants_file
from harmony_desktop.preflight.check import fail, hint, ok
from harmony_desktop.preflight.mounts import look_at
from harmony_desktop.preflight.world import CannotTellError, World
from harmony_desktop.stack.project import Project, Service

_USER = re.compile(r"(\d+)(?::(\d+))?")
_WRITE_AND_ENTER = 0o3


@dataclass(frozen=True, slots=True)
class Writer:
    """Who a container runs as; ``gid`` is None where only the image knows the group."""

    uid: int
    gid: int | None


class WritableFolders:
    """Bind mounts of folders, on Linux. Docker Desktop maps owners by itself."""

    id = "stack.folders-writable"
    title = "Services may write to their folders"

    async def run(self, world: World) -> Finding:
        """Compare owner and mode of each folder with the user of its service."""
        project = world.local_project()
        if sys.platform != "linux" or (world.info and "Docker Desktop" in world.info.operating_system):
            return ok(self, "Docker Desktop takes care of it.")
        _require_plain_owners(world.info)
        images = world.observed.images if world.observed else {}
        closed, untold = await asyncio.to_thread(_sort, project, images)
        if closed:
            advice = (
                "Make what is missing; give each folder to that user (sudo chown), or open it for all (chmod a+rwx)."
            )
            return fail(self, "\n".join(closed), advice)
        if untold:
            return hint(self, "\n".join(untold), "If a service complains that it may not write, look at this folder.")
        return ok(self, "By owner and mode, all of them.")


def _require_plain_owners(info: EngineInfo | None) -> None:
    """Refuse an engine without root: its containers' users are others than their numbers say."""
    if info and "/run/user/" in info.address:
        raise CannotTellError("The engine runs without root, and maps users by its own table.")


def _sort(project: Project, images: Mapping[str, Image | None]) -> tuple[list[str], list[str]]:
    """Return what is closed to its service, and what cannot be told."""
    closed: list[str] = []
    untold: list[str] = []
    for service, mount in binds(project):
        if mount.read_only or wants_file(mount):
            continue
        writer = writer_of(service, images)
        path = Path(mount.source)
        found = look_at(path)
        if (writer and writer.uid == 0) or (found and not stat.S_ISDIR(found.st_mode)):
            continue
        if found and stat.S_IMODE(found.st_mode) & _WRITE_AND_ENTER == _WRITE_AND_ENTER:
            continue
        if writer is None:
            untold.append(f"{path}: which user {service.title} runs as is not known yet.")
        elif found is None:
            closed.append(
                f"{path} is missing: Docker would make it as root’s, and {service.title} runs as {writer.uid}."
            )
        elif not may_write(writer, found):
            mode = stat.S_IMODE(found.st_mode)
            closed.append(
                f"{path} belongs to {found.st_uid} (mode {mode:03o}), and {service.title} runs as {writer.uid}."
            )
    return closed, untold


def writer_of(service: Service, images: Mapping[str, Image | None]) -> Writer | None:
    """Return who the service runs as, or None where only a name is known or the image is not here."""
    user = str(service.spec.get("user") or "")
    if not user:
        image = images.get(service.image or "")
        if image is None:
            return None
        user = image.user or "0"
    if user.partition(":")[0] == "root":
        return Writer(0, 0)
    numbers = _USER.fullmatch(user)
    return Writer(int(numbers[1]), int(numbers[2]) if numbers[2] else None) if numbers else None


def may_write(writer: Writer, found: os.stat_result) -> bool:
    """Return whether owner and mode let the user make files in a folder; the first class that fits decides."""
    shift = 6 if found.st_uid == writer.uid else 3 if found.st_gid == writer.gid else 0
    return found.st_mode >> shift & _WRITE_AND_ENTER == _WRITE_AND_ENTER
