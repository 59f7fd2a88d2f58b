"""Keeps the images of the way back: each has a name of ours, so that clearing up unnamed images leaves it alone."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable

from harmony_desktop.control.ports import Engine, EngineError, EngineUnavailableError
from harmony_desktop.control.releases import Releases
from harmony_desktop.control.update_news import short
from harmony_desktop.stack.project import Project

#: The repository of the names that keep images.
REPOSITORY = "harmony-desktop/kept"
#: Sets whose images are kept on the disk; older ones have to be fetched again.
_SETS = 2
_log = logging.getLogger(__name__)
_SHORT = re.compile(r"[0-9a-f]{12}")


def kept_images(releases: Releases) -> frozenset[str]:
    """Return the IDs of the images that are kept for a return."""
    return frozenset(r.image for entry in releases.ready[:_SETS] for r in entry.values())


async def keep(engine: Engine, project: Project, releases: Releases) -> None:
    """Name the remembered images, and take our names from those that are remembered no longer.

    An image goes with its last name, unless a container needs it: what nobody can return to gives its room back.
    What cannot be named is left: it can be fetched again by its digest.
    """
    wanted = {_name(project, image): image for image in kept_images(releases)}
    there = {name for name in await engine.tags(REPOSITORY) if _is_ours(project, name)}
    await asyncio.gather(
        *(_if_possible(engine.tag(image, name)) for name, image in wanted.items() if name not in there),
        *(_if_possible(engine.untag(name)) for name in there - wanted.keys()),
    )


async def _if_possible(call: Awaitable[None]) -> None:
    try:
        await call
    except EngineUnavailableError:
        raise
    except EngineError as error:
        _log.info("%s: %s", error.title, error.cause)


def _prefix(project: Project) -> str:
    # A tag has 128 characters at the most.
    return f"{REPOSITORY}:{project.name[:100]}-"


def _name(project: Project, image: str) -> str:
    return f"{_prefix(project)}{short(image)}"


def _is_ours(project: Project, name: str) -> bool:
    prefix = _prefix(project)
    return name.startswith(prefix) and bool(_SHORT.fullmatch(name.removeprefix(prefix)))
