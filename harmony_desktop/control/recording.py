"""Remembers the images of services that have become ready: what a rollback returns to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable

from harmony_desktop.control.ports import Engine, EngineError
from harmony_desktop.control.releases import container_images, running_releases
from harmony_desktop.control.state import Light, ServiceState, Stage
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Observed
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project

_OFF = frozenset({Stage.ABSENT, Stage.STOPPED})

_log = logging.getLogger(__name__)


def all_ready(states: Iterable[ServiceState]) -> frozenset[str]:
    """Return the services that run, if all of them are ready; else none.

    A service that is limited only because another one was stopped is ready itself.
    """
    on = [state for state in states if state.stage not in _OFF]
    good = all(state.light is Light.READY or state.stage is Stage.LIMITED for state in on)
    return frozenset(state.name for state in on) if good else frozenset()


async def record_ready(
    engine: Engine, project: Project, tools: Tools, observed: Observed, names: Collection[str]
) -> bool:
    """Remember the images that these services run on; they are ready. Returns whether it could be done.

    That it fails is no fault of what somebody is doing: it goes to the log.
    """
    try:
        images = await engine.images(container_images(observed))
        running = running_releases(project, observed, images)
        ready = {name: entry for name, entry in running.items() if name in names}
        releases = await asyncio.to_thread(tools.releases.load, project)
        after = releases.with_ready(ready)
        if ready and after != releases:
            await asyncio.to_thread(tools.releases.save, project, after)
    except EngineError as error:
        _log.info("%s: %s", error.title, error.cause)
        return False
    except HarmonyError as error:
        _log.warning("%s: %s", error.title, error.cause)
        return False
    return True
