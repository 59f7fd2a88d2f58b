"""Updates that can be undone: fetch, compare, remember what was ready, make anew what changed, wait, or go back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace

from harmony_desktop.control.executor import PlanError
from harmony_desktop.control.holding import remember
from harmony_desktop.control.keeping import keep
from harmony_desktop.control.ports import EngineError
from harmony_desktop.control.releases import (
    Release,
    ReleaseChange,
    ReleaseSet,
    changes,
    is_pinned,
    local_releases,
)
from harmony_desktop.control.remedies import RemediableError, Remedy
from harmony_desktop.control.renewal import WAIT_LIMIT, Outcome, Renewal, Scene
from harmony_desktop.control.sources import require_files
from harmony_desktop.control.state import ServiceState, Stage
from harmony_desktop.control.update_news import short
from harmony_desktop.control.waiting import NotReadyError
from harmony_desktop.plan.observed import Image, Observed
from harmony_desktop.plan.order import require_services
from harmony_desktop.plan.steps import Action, Plan, Step
from harmony_desktop.records import dataclass
from harmony_desktop.stack.project import Project, PullPolicy
from harmony_desktop.stack.words import say

#: The remedy that a failed update offers.
ROLL_BACK = "roll-back"
UP_TO_DATE = say("Everything is up to date.")


@dataclass(frozen=True, slots=True)
class UpdateOptions:
    """What the caller wants of an update.

    Attributes:
        services: The services; empty for all.
        wait_limit: Seconds that services may take to get as far as they were, None for as long as it takes.
        roll_back_on_failure: Return to what ran before when they do not.
    """

    services: tuple[str, ...] = ()
    wait_limit: float | None = WAIT_LIMIT
    roll_back_on_failure: bool = False


class UpdateFailedError(RemediableError):
    """The new images are here, but a service does not get as far with them as it was."""


@dataclass(frozen=True, slots=True)
class Updater:
    """Updates a stack.

    Args:
        renewal: Looks, and makes services anew.
        roll_back: Takes a failed update back, within the seconds that services may take to be ready again.
    """

    renewal: Renewal
    roll_back: Callable[[float | None], Awaitable[Outcome]]

    async def run(self, options: UpdateOptions) -> Outcome:
        """Fetch the newest images and make anew what runs on older ones. What was stopped stays stopped.

        Raises:
            HarmonyError: an image could not be fetched; nothing has changed.
            UpdateFailedError: a service does not get as far as it was; its remedy is the way back.
        """
        renewal = self.renewal
        engine, project, tools, reporter = renewal.engine, renewal.project, renewal.tools, renewal.reporter
        scene = await renewal.look()
        names = self._sharing(require_services(project, options.services))
        await require_files(engine, project, scene.on.intersection(names))
        releases = scene.releases.with_ready(_baseline(scene))
        # Before anything is fetched: from here on, whatever happens, there is a way back.
        await asyncio.to_thread(tools.releases.save, project, releases)
        await keep(engine, project, releases)
        observed = await self._fetch(names, scene)
        after = local_releases(project, observed)
        releases = releases.released({project.services[name].image or "" for name in names})
        releases = releases.informed({name: after[name] for name in names if name in after})
        await remember(tools, project, releases, reporter)
        changed = _changed(scene.in_use, after, names)
        for change in changed:
            reporter.note(describe(project, change))
        anew = renewal.affected(scene, changed)
        states = await self._renew(anew, scene, options) if anew else ()
        self._tell_of_the_others(scene, anew)
        if changed:
            # What is stopped counts as well: it is what the next start runs.
            releases = releases.with_ready({change.service: change.after for change in changed})
            await remember(tools, project, releases, reporter)
            await keep(engine, project, releases)
        return Outcome(changed, states)

    def _tell_of_the_others(self, scene: Scene, anew: Collection[str]) -> None:
        """Say which services were in trouble before, and still are: no update of theirs was there."""
        for name in scene.on - scene.good - set(anew):
            state = scene.states[name]
            if state.stage in {Stage.FAILED, Stage.DEGRADED}:
                reason = say(" ({text})", text=state.reason) if state.reason else ""
                self.renewal.reporter.warn(
                    say(
                        "{state} {stage}{reason}, and there is no update of it.",
                        state=state.title,
                        stage=str(state.stage),
                        reason=reason,
                    )
                )

    def _sharing(self, names: Collection[str]) -> tuple[str, ...]:
        """Return the services and those that have the same image: a newer one is theirs, too."""
        references = {self.renewal.project.services[name].image for name in names} - {None}
        return tuple(
            name
            for name, service in self.renewal.project.services.items()
            if name in names or service.image in references
        )

    async def _fetch(self, names: Collection[str], scene: Scene) -> Observed:
        """Fetch the newest images; when that fails or is cancelled, the names mean again what they meant before."""
        before = scene.observed.images
        fetch = self._plan_fetch(names, before)
        try:
            await self.renewal.run(fetch, scene.observed)
        except BaseException:
            with contextlib.suppress(EngineError):  # the first fault tells it
                await asyncio.shield(self._restore(fetch, before))
            raise
        return replace(scene.observed, images=dict(await self.renewal.engine.images(list(before))))

    def _plan_fetch(self, names: Collection[str], images: Mapping[str, Image | None]) -> Plan:
        steps: dict[str, Step] = {}
        warnings = []
        for name in names:
            service = self.renewal.project.services[name]
            reference, here = service.image, images.get(service.image or "")
            if reference is None or (is_pinned(reference) and here) or service.pull_policy is PullPolicy.NEVER:
                warnings.append(
                    say(
                        "{service} has no newer image to look for: it names one image, or forbids it.",
                        service=service.title,
                    )
                )
                continue
            # An image that no registry gave was made, or brought, here: that no registry has it is no failure.
            required = here is None or bool(here.digests)
            steps[reference] = Step(
                f"pull {reference}", Action.PULL, reference, "looking for an update", service=name, required=required
            )
        return Plan(tuple(steps.values()), warnings=tuple(warnings))

    async def _restore(self, fetch: Plan, before: Mapping[str, Image | None]) -> None:
        now = await self.renewal.engine.images([step.target for step in fetch.steps])
        for reference, image in now.items():
            old = before.get(reference)
            if old is not None and image is not None and image.id != old.id:
                await self.renewal.engine.tag(old.id, reference)

    async def _renew(self, anew: tuple[str, ...], scene: Scene, options: UpdateOptions) -> tuple[ServiceState, ...]:
        """Make services anew, and wait until all are as far as they were. Raises UpdateFailedError."""
        try:
            await self.renewal.recreate(anew)
            return await self.renewal.wait(scene.good.union(anew), options.wait_limit, ready=scene.ready)
        except (PlanError, NotReadyError) as error:
            failure = self._failure(error, options)
            if not options.roll_back_on_failure:
                raise failure from error
        self.renewal.reporter.warn(say("{failure}: returning to the earlier version.", failure=failure.title))
        await self.roll_back(options.wait_limit)
        raise UpdateFailedError(
            failure.title, cause=failure.cause, advice="The earlier version runs again.", service=failure.service
        )

    def _failure(self, error: PlanError | NotReadyError, options: UpdateOptions) -> UpdateFailedError:
        async def act() -> None:
            await self.roll_back(options.wait_limit)

        remedy = Remedy(
            ROLL_BACK,
            say("Return to the earlier version"),
            act=act,
        )
        return UpdateFailedError(
            say("The update did not work: {error}", error=error.title),
            cause=error.cause,
            advice="The version that ran before is still here: return to it with “harmony-desktop rollback”.",
            service=error.service,
            remedies=(remedy,),
        )


def _changed(before: ReleaseSet, after: ReleaseSet, names: Collection[str]) -> tuple[ReleaseChange, ...]:
    """Return the services among ``names`` that get another image, or their first one."""
    added = tuple(ReleaseChange(name, None, after[name]) for name in names if name in after and name not in before)
    return (*added, *(change for change in changes(before, after) if change.service in names))


def _baseline(scene: Scene) -> dict[str, Release]:
    """Return what to return to: what is ready now; for the others what was, else what there is."""
    known = scene.releases.ready[0] if scene.releases.ready else {}
    found = {}
    for name, now in scene.in_use.items():
        before = known.get(name)
        trusted = name in scene.good or before is None or before.reference != now.reference
        found[name] = now if trusted else before
    return {name: entry for name, entry in found.items() if entry is not None}


def told(project: Project, outcome: Outcome) -> tuple[str, ...]:
    """Return what an update or a rollback has changed, a short line for each service."""
    return tuple(
        f"{_title(project, change)}: {_identity(change.before) if change.before else '…'} → {_words(change.after)}"
        for change in outcome.changes
    )


def describe(project: Project, change: ReleaseChange) -> str:
    """Return a change in one line: "Speech Engine: 2a3fe3cde992 (2026-03-01, 1.0 GB) -> …"."""
    title = _title(project, change)
    before = _words(change.before) if change.before else "nothing"
    return f"{title}: {before} -> {_words(change.after)}"


def _words(entry: Release) -> str:
    day = entry.created.partition("T")[0]
    details = [day] if day > "1970-01-02" else []
    details += (
        [f"{entry.size / 1e6:.0f} MB" if entry.size < 1e9 else f"{entry.size / 1e9:.1f} GB"] if entry.size else []
    )
    return f"{_identity(entry)} ({', '.join(details)})" if details else _identity(entry)


def _identity(entry: Release) -> str:
    return short(entry.digest or entry.image)


def _title(project: Project, change: ReleaseChange) -> str:
    return project.services[change.service].title if change.service in project.services else change.service
