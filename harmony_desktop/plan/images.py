"""Which images to fetch before the containers are planned. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harmony_desktop.plan.observed import Image
from harmony_desktop.plan.steps import Action, Plan, Step
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project, PullPolicy, Service
from harmony_desktop.stack.words import say


def plan_pull(
    project: Project,
    names: Iterable[str],
    images: Mapping[str, Image | None],
    *,
    policy: PullPolicy | None = None,
    strict: bool = False,
) -> Plan:
    """Return one step for each image that has to be fetched.

    Args:
        project: The project.
        names: The services that are about to run.
        images: The local images by reference, None for one that is not there.
        policy: Overrides the services' own pull policies.
        strict: A failed download is an error although the image is there (``pull``, ``update``); otherwise the local
            image is used, with a warning (``up``: offline, what is there is started).

    Raises:
        HarmonyError: an image is not there and may not be fetched, or a service has none.
    """
    steps: dict[str, Step] = {}
    for name in names:
        service = project.services[name]
        reference = service.image
        if reference is None:
            raise HarmonyError(
                say("The service “{name}” has no image", name=name),
                cause="It only says how to build one, and images are not built here.",
                advice=say("Build it with “docker compose build {name}” and give it a name with “image:”.", name=name),
            )
        there = images.get(reference) is not None
        cause = _cause(service, policy or service.pull_policy, there=there)
        if cause:
            required = strict or not there
            previous = steps.get(reference)
            if previous is None or (required and not previous.required):
                steps[reference] = Step(
                    f"pull {reference}", Action.PULL, reference, cause, service=name, required=required
                )
    return Plan(tuple(steps.values()))


def _cause(service: Service, policy: PullPolicy, *, there: bool) -> str:
    """Return why the image has to be fetched, or ""."""
    match policy:
        case PullPolicy.ALWAYS:
            return "always asked for"
        case PullPolicy.NEVER:
            if not there:
                raise HarmonyError(
                    say("The image “{image}” is not here", image=service.image),
                    cause=say("The pull policy of “{service}” forbids to fetch it.", service=service.name),
                    advice="Fetch or build it by hand, or change the pull policy.",
                )
            return ""
        case PullPolicy.MISSING | PullPolicy.TIMED:
            # How old an image is, the engine does not tell: a timed policy fetches what is not there.
            return "" if there else "not here yet"
