"""Plans of stop, down, start, restart and pull."""

from __future__ import annotations

import pytest

from harmony_desktop.plan.images import plan_pull
from harmony_desktop.plan.observed import ContainerState, ObservedNetwork, ObservedVolume
from harmony_desktop.plan.steps import Action
from harmony_desktop.plan.teardown import plan_down, plan_restart, plan_start, plan_stop
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Dependency, PullPolicy, Volume
from tests.plan.builders import container, observed, project, service

CHAIN = project(service("ui", needs=["api"]), service("api", needs=["db"]), service("db"))


def test_stop_dependants_first() -> None:
    plan = plan_stop(CHAIN, observed(CHAIN, container("ui"), container("api"), container("db")))
    assert [s.target for s in plan.steps] == ["p-ui-1", "p-api-1", "p-db-1"]
    by_target = {s.target: s for s in plan.steps}
    assert by_target["p-db-1"].after_any == {"stop p-api-1", "stop p-ui-1"}
    assert not by_target["p-db-1"].after, "a dependant that cannot be stopped does not keep the others alive"


def test_stop_orders_through_services_without_containers() -> None:
    plan = plan_stop(CHAIN, observed(CHAIN, container("ui"), container("db")))
    assert {s.target: s.after_any for s in plan.steps}["p-db-1"] == {"stop p-ui-1"}


def test_stop_leaves_what_does_not_run() -> None:
    there = observed(CHAIN, container("ui", state=ContainerState.EXITED), container("db", state=ContainerState.PAUSED))
    assert [s.target for s in plan_stop(CHAIN, there).steps] == ["p-db-1"]


def test_down_removes_containers_then_networks() -> None:
    plan = plan_down(CHAIN, observed(CHAIN, container("ui"), container("db", state=ContainerState.EXITED)))
    assert [str(s) for s in plan.steps] == [
        "stop p-ui-1: down",
        "remove p-ui-1: down",
        "remove p-db-1: down",
        "remove network p_default: down",
    ]
    network = plan.steps[-1]
    assert network.after_any == {"remove p-ui-1", "remove p-db-1"}
    assert not network.required, "a network that others still use stays"


def test_down_keeps_volumes_unless_asked() -> None:
    volume = Volume("data", "p_data", {}, "h")
    shared = Volume("shared", "shared", {}, "h", external=True)
    p = project(service("a", volumes=["data", "shared"]), volumes=[volume, shared])
    there = observed(p, volumes=[ObservedVolume("p_data", "data", "h"), ObservedVolume("shared", "shared", "h")])
    assert "volume" not in str(plan_down(p, there))
    asked = plan_down(p, there, volumes=True)
    assert [s.target for s in asked.steps if s.action == "remove volume"] == ["p_data"]


def test_down_names_orphans() -> None:
    there = observed(CHAIN, container("gone"))
    plan = plan_down(CHAIN, there)
    assert "p-gone-1" in plan.warnings[0]
    assert "p-gone-1" in str(plan_down(CHAIN, there, remove_orphans=True))


def test_start_in_dependency_order() -> None:
    stopped = [container(name, state=ContainerState.EXITED) for name in ("ui", "api", "db")]
    plan = plan_start(CHAIN, observed(CHAIN, *stopped))
    assert [s.target for s in plan.steps] == ["p-db-1", "p-api-1", "p-ui-1"]
    assert plan.steps[1].after == {"start p-db-1"}


def test_start_needs_containers() -> None:
    with pytest.raises(HarmonyError, match="no container"):
        plan_start(CHAIN, observed(CHAIN))
    with pytest.raises(HarmonyError, match="ui"):
        plan_start(CHAIN, observed(CHAIN, container("db")), ["ui"])


def test_restart_brings_along_those_who_ask_for_it() -> None:
    p = project(service("ui", needs=[Dependency("api", restart=True)]), service("api"), service("db"))
    plan = plan_restart(p, observed(p, container("ui"), container("api"), container("db")), ["api"])
    assert [s.target for s in plan.steps] == ["p-api-1", "p-ui-1"]
    assert plan.steps[1].after == {"restart p-api-1"}


@pytest.mark.parametrize(
    ("policy", "there", "fetched"),
    [
        (PullPolicy.MISSING, True, False),
        (PullPolicy.MISSING, False, True),
        (PullPolicy.ALWAYS, True, True),
        (PullPolicy.ALWAYS, False, True),
        (PullPolicy.NEVER, True, False),
        (PullPolicy.TIMED, True, False),
        (PullPolicy.TIMED, False, True),
    ],
)
def test_pull_policies(policy: PullPolicy, there: bool, fetched: bool) -> None:
    p = project(service("a", pull=policy))
    images = observed(p, missing_images=() if there else ("a",)).images
    plan = plan_pull(p, ["a"], images)
    assert bool(plan) is fetched
    if fetched:
        assert plan.steps[0].required is not there, "offline, what is there is started"


def test_pull_never_needs_the_image() -> None:
    p = project(service("a", pull=PullPolicy.NEVER))
    with pytest.raises(HarmonyError, match="example/a"):
        plan_pull(p, ["a"], observed(p, missing_images=["a"]).images)


def test_pull_once_for_services_that_share_an_image() -> None:
    p = project(service("a", image="same"), service("b", image="same"))
    assert len(plan_pull(p, ["a", "b"], {"same": None}).steps) == 1


def test_strict_pull_fails_although_the_image_is_there() -> None:
    p = project(service("a"))
    plan = plan_pull(p, ["a"], observed(p).images, policy=PullPolicy.ALWAYS, strict=True)
    assert plan.steps[0].required


def test_a_service_without_an_image() -> None:
    p = project(service("a", image=None))
    with pytest.raises(HarmonyError, match="no image"):
        plan_pull(p, ["a"], {})


def test_down_tells_networks_of_the_same_name_apart_by_their_ids() -> None:
    twins = [ObservedNetwork(name, "p_default", "default", "hash-default") for name in ("n1", "n2")]
    p = project(service("a"))
    plan = plan_down(p, observed(p, container("a"), networks=twins))
    assert [step.target for step in plan.steps if step.action is Action.REMOVE_NETWORK] == ["n1", "n2"]


def test_down_waits_for_a_container_that_is_on_its_way_out() -> None:
    p = project(service("a"))
    going = container("a", state=ContainerState.REMOVING)
    assert [str(step) for step in plan_down(p, observed(p, going, networks=[])).steps] == ["remove p-a-1: down"]
