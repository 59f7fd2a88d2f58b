"""Before images are fetched: what was rolled back is not fetched again unasked, and what was ready is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace

from harmony_desktop.control.executor import Reporter
from harmony_desktop.control.keeping import keep
from harmony_desktop.control.ports import Engine
from harmony_desktop.control.releases import Releases
from harmony_desktop.control.tools import Tools
from harmony_desktop.plan.observed import Image
from harmony_desktop.plan.steps import Plan
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say


async def without_held(tools: Tools, project: Project, fetch: Plan, images: Mapping[str, Image | None]) -> Plan:
    """Return a plan of downloads without images that a person has rolled back; each is told.

    An image that is not here any more is fetched all the same: without it, nothing would start.
    """
    if not any(images.get(step.target) for step in fetch.steps):
        return fetch
    releases = await asyncio.to_thread(tools.releases.load, project)
    held = {step.target for step in fetch.steps if step.target in releases.held and images.get(step.target)}
    told = tuple(
        say(
            "{reference} is kept at the earlier version; “harmony-desktop update” fetches the new one.",
            reference=reference,
        )
        for reference in sorted(held)
    )
    steps = tuple(step for step in fetch.steps if step.target not in held)
    return replace(fetch, steps=steps, warnings=(*fetch.warnings, *told))


async def before_fetching(
    engine: Engine, tools: Tools, project: Project, fetch: Plan, images: Mapping[str, Image | None]
) -> None:
    """Name what was ready before newer images take its names, so that there is a way back."""
    if not any(images.get(step.target) for step in fetch.steps):
        return
    releases = await asyncio.to_thread(tools.releases.load, project)
    if releases.ready:
        await keep(engine, project, releases)


async def let_go(tools: Tools, project: Project, references: Collection[str], reporter: Reporter) -> None:
    """Hold these images back no longer: somebody has asked for the new ones."""
    releases = await asyncio.to_thread(tools.releases.load, project)
    freed = releases.released(references)
    if freed != releases:
        await remember(tools, project, freed, reporter)


async def remember(tools: Tools, project: Project, releases: Releases, reporter: Reporter) -> None:
    """Save what is remembered; where that fails after the deed is done, a warning says so."""
    try:
        await asyncio.to_thread(tools.releases.save, project, releases)
    except HarmonyError as error:
        reporter.warn(f"{error.title}: {error.cause}")
