"""The way back: to the newest set of images that was ready, with names that every tool understands."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from harmony_desktop.control.keeping import keep
from harmony_desktop.control.releases import Release, ReleaseSet, changes, local_releases
from harmony_desktop.control.renewal import WAIT_LIMIT, Outcome, Renewal, Scene
from harmony_desktop.control.sources import require_files
from harmony_desktop.control.state import ServiceState
from harmony_desktop.control.update_news import short
from harmony_desktop.plan.observed import Image
from harmony_desktop.plan.steps import Action, Plan, Step
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say


class NothingEarlierError(HarmonyError):
    """No other set of images is remembered that was ready."""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Takes an update back.

    Args:
        renewal: Looks, and makes services anew.
    """

    renewal: Renewal

    async def run(self, wait_limit: float | None = WAIT_LIMIT) -> Outcome:
        """Return to the newest set of images that was ready and is not what is there now.

        The images' names are pointed at the earlier images on this machine, so that every tool agrees on them, and
        what is left behind is held back until somebody asks for an update.

        Raises:
            NothingEarlierError: there is no such set.
            HarmonyError: an image is neither here nor to be had, or a service does not get ready with it.
        """
        renewal = self.renewal
        engine, project, tools = renewal.engine, renewal.project, renewal.tools
        scene = await renewal.look()
        target, fetch, points = await self._way_back(scene)
        if fetch:
            await renewal.run(fetch, scene.observed)
        # Before the names are moved: a start in between must not fetch again what is being left, and a second
        # attempt must find the same target.
        held = {step.target: _registry_digest(scene.local, step.target) for step in points.steps}
        releases = scene.releases.returned_to(target, held)
        await asyncio.to_thread(tools.releases.save, project, releases)
        await renewal.run(points, scene.observed)
        after = await self._local(scene)
        changed = changes(scene.in_use, after)
        anew = renewal.affected(scene, changed)
        states: tuple[ServiceState, ...] = ()
        if anew:
            await require_files(engine, project, anew)
            await renewal.recreate(anew)
            states = await renewal.wait(scene.good.union(anew), wait_limit)
        await keep(engine, project, releases)
        return Outcome(changed, states)

    async def plan(self) -> tuple[Plan, Plan]:
        """Return what ``run`` would do, images and their names first, without doing it. Raises NothingEarlierError."""
        scene = await self.renewal.look()
        target, fetch, points = await self._way_back(scene)
        images = dict(scene.observed.images)
        for entry in target.values():
            if entry.reference in images:
                images[entry.reference] = Image(entry.image)
        return Plan((*fetch.steps, *points.steps)), self.renewal.simulate(scene, images)

    async def _local(self, scene: Scene) -> ReleaseSet:
        images = await self.renewal.engine.images(list(scene.observed.images))
        return local_releases(self.renewal.project, replace(scene.observed, images=dict(images)))

    async def _way_back(self, scene: Scene) -> tuple[ReleaseSet, Plan, Plan]:
        """Return the set to return to, the images to fetch for it, and the names to point at its images."""
        target = scene.releases.earlier(scene.running, scene.local)
        if target is None:
            raise NothingEarlierError(
                "There is no earlier version to return to",
                cause="No other set of images is remembered with which this stack was ready."
                if scene.releases.ready
                else "Nothing is remembered yet of this stack: that begins when it has become ready.",
                advice="A version of your choice can be named in the stack's files, by its tag or its digest.",
            )
        services = self.renewal.project.services
        wanted = {
            entry.reference: entry
            for name, entry in target.items()
            if name in services and services[name].image == entry.reference
        }
        here = await self.renewal.engine.images([entry.image for entry in wanted.values()])
        steps: list[Step] = []
        for reference, entry in wanted.items():
            now = scene.observed.images.get(reference)
            if now is not None and now.id == entry.image:
                continue
            steps += self._point(reference, entry, here=here[entry.image] is not None)
        fetch, points = ([s for s in steps if s.action is action] for action in (Action.PULL, Action.TAG))
        return target, Plan(tuple(fetch)), Plan(tuple(points))

    def _point(self, reference: str, entry: Release, *, here: bool) -> list[Step]:
        cause = say("return to the earlier version")
        if here:
            return [Step(f"point {reference}", Action.TAG, reference, cause, name=entry.image)]
        if not entry.digest:
            raise HarmonyError(
                say("The earlier image of {reference} is gone", reference=reference),
                cause=say(
                    "It ({short}) was removed from this engine, and no registry is known to have it.",
                    short=short(entry.image),
                ),
                advice="A version of your choice can be named in the stack's files, by its tag or its digest.",
            )
        fetch = Step(f"pull {entry.digest}", Action.PULL, entry.digest, "the earlier image is not here any more")
        return [
            fetch,
            Step(f"point {reference}", Action.TAG, reference, cause, after=frozenset({fetch.id}), name=entry.digest),
        ]


def _registry_digest(releases: ReleaseSet, reference: str) -> str:
    """Return the registry's digest ("sha256:…") of an image by its name, or ""."""
    return next((r.digest.rpartition("@")[2] for r in releases.values() if r.reference == reference), "")
