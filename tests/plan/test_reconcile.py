"""The planner: plans compared as text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harmony_desktop.plan.observed import ContainerState, ObservedNetwork, ObservedVolume
from harmony_desktop.plan.reconcile import Recreate, UpOptions, reconcile
from harmony_desktop.plan.steps import Plan, Step
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.labels import service_hash
from harmony_desktop.stack.project import Condition, Dependency, Network, Volume
from tests.plan.builders import container, observed, project, service


def lines(plan: Plan) -> list[str]:
    return str(plan).splitlines()


def step(plan: Plan, text: str) -> Step:
    return next(s for s in plan.steps if str(s).startswith(text))


def behind(plan: Plan, later: str, earlier: str) -> bool:
    """Whether a step runs only after another has succeeded, directly or through others."""
    steps = {s.id: s for s in plan.steps}
    queue = list(step(plan, later).after)
    while queue:
        current = steps[queue.pop()]
        if str(current).startswith(earlier):
            return True
        queue += current.after
    return False


def test_nothing_there() -> None:
    p = project(service("ui", needs=["engine"]), service("engine"))
    plan = reconcile(p, observed(p, networks=[]))
    assert lines(plan) == [
        "create network p_default: not there yet",
        "create p-engine-1: not there yet",
        "start p-engine-1: not there yet",
        "create p-ui-1: not there yet",
        "start p-ui-1: not there yet",
    ]
    assert behind(plan, "create p-ui-1", "create network")
    assert behind(plan, "start p-ui-1", "start p-engine-1")
    assert not behind(plan, "create p-ui-1", "start p-engine-1"), "creations wait for nobody"


def test_all_as_it_should_be() -> None:
    p = project(service("a"), service("b", needs=["a"]))
    plan = reconcile(p, observed(p, container("a"), container("b")))
    assert not plan
    assert plan.running == ("p-a-1", "p-b-1")


def test_same_input_same_plan() -> None:
    p = project(service("c"), service("b", uses=["c", "a"]), service("a", needs=["c"]))
    assert reconcile(p, observed(p)) == reconcile(p, observed(p))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ContainerState.EXITED, ["start p-a-1: it is exited"]),
        (ContainerState.CREATED, ["start p-a-1: it is created"]),
        (ContainerState.PAUSED, ["unpause p-a-1: paused"]),
        (ContainerState.RUNNING, []),
        (ContainerState.RESTARTING, []),
        (
            ContainerState.DEAD,
            ["remove p-a-1: its state is dead", "create p-a-1: not there yet", "start p-a-1: not there yet"],
        ),
    ],
)
def test_existing_container(state: ContainerState, expected: list[str]) -> None:
    p = project(service("a"))
    assert lines(reconcile(p, observed(p, container("a", state=state)))) == expected


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"config_hash": "old"}, "config changed"),
        ({"labelled_image_id": "old"}, "image changed"),
        ({"labelled_image_id": ""}, "image changed"),
        ({"networks": {}}, "network default is missing"),
        ({"networks": {"p_default": "gone"}}, "network default is missing"),
    ],
)
def test_recreated(changes: dict[str, Any], cause: str) -> None:
    p = project(service("a"))
    old = container("a", **changes)
    temporary = f"{old.id[:12]}_p-a-1"
    plan = reconcile(p, observed(p, old))
    assert lines(plan) == [
        f"create p-a-1: {cause}",
        f"stop p-a-1: {cause}",
        f"remove p-a-1: {cause}",
        f"rename {temporary} to p-a-1: {cause}",
        f"start p-a-1: {cause}",
    ]
    creation = step(plan, "create")
    assert (creation.name, creation.replaces) == (temporary, old.id)
    assert behind(plan, "stop", "create"), "a failed creation leaves the old container running"
    assert behind(plan, "start", "rename")


def test_stopped_container_is_recreated_without_a_stop() -> None:
    p = project(service("a"))
    old = container("a", state=ContainerState.EXITED, config_hash="old")
    assert [s.action for s in reconcile(p, observed(p, old)).steps] == ["create", "remove", "rename", "start"]


def test_created_container_has_no_network_id_yet() -> None:
    p = project(service("a"))
    old = container("a", state=ContainerState.CREATED, networks={"p_default": ""})
    assert lines(reconcile(p, observed(p, old))) == ["start p-a-1: it is created"]


def test_missing_volume_recreates() -> None:
    volume = Volume("data", "p_data", {}, "hash-data")
    p = project(service("a", volumes=["data"]), volumes=[volume])
    assert "volume data is missing" in str(reconcile(p, observed(p, container("a"))))
    assert not reconcile(p, observed(p, container("a", volumes=("p_data",))))


def test_volume_is_created_first() -> None:
    volume = Volume("data", "p_data", {}, "hash-data")
    p = project(service("a", volumes=["data"]), volumes=[volume])
    plan = reconcile(p, observed(p, volumes=[]))
    assert behind(plan, "create p-a-1", "create volume p_data")


def test_changed_volume_keeps_its_data() -> None:
    volume = Volume("data", "p_data", {}, "hash-data")
    p = project(service("a", volumes=["data"]), volumes=[volume])
    there = [ObservedVolume("p_data", "data", "other")]
    plan = reconcile(p, observed(p, container("a", volumes=("p_data",)), volumes=there))
    assert not plan
    assert "keeps the old ones" in plan.warnings[0]


def test_changed_network_is_made_anew_under_stopped_containers() -> None:
    p = project(service("a"))
    there = [ObservedNetwork("n1", "p_default", "default", "other")]
    plan = reconcile(p, observed(p, container("a"), networks=there))
    assert [s.action for s in plan.steps] == [
        "stop",
        "remove network",
        "create network",
        "create",
        "remove",
        "rename",
        "start",
    ]
    assert behind(plan, "remove network", "stop p-a-1")
    assert behind(plan, "create p-a-1", "create network")


def test_foreign_network_of_the_same_name_is_used_with_a_word() -> None:
    p = project(service("a"))
    there = [ObservedNetwork("n1", "p_default", "default", "", labelled=False)]
    plan = reconcile(p, observed(p, container("a"), networks=there))
    assert not plan
    assert "was not made by this project" in plan.warnings[0]


def test_external_network_must_be_there() -> None:
    net = Network("shared", "shared", {}, "", external=True)
    p = project(service("a", networks=["shared"]), networks=[net])
    with pytest.raises(HarmonyError, match="shared"):
        reconcile(p, observed(p))


def test_conditions_become_waits() -> None:
    p = project(
        service("a", needs=[Dependency("db", Condition.HEALTHY), Dependency("job", Condition.COMPLETED)]),
        service("db"),
        service("job"),
    )
    plan = reconcile(p, observed(p))
    assert "wait for db (healthy): a depends on it" in lines(plan)
    assert "wait for job (completed successfully): a depends on it" in lines(plan)
    assert behind(plan, "start p-a-1", "wait for db")
    assert behind(plan, "wait for db", "start p-db-1")


def test_optional_dependency_does_not_hold_up() -> None:
    p = project(service("a", needs=[Dependency("db", Condition.HEALTHY, required=False)]), service("db"))
    plan = reconcile(p, observed(p))
    wait = step(plan, "wait for db")
    assert not wait.required
    assert wait.id in step(plan, "start p-a-1").after_any
    assert not behind(plan, "start p-a-1", "wait for db")


def test_uses_order_the_start_without_holding_it_up() -> None:
    p = project(service("link", uses=["text"]), service("text"))
    plan = reconcile(p, observed(p))
    assert step(plan, "start p-text-1").id in step(plan, "start p-link-1").after_any


def test_uses_in_a_circle_order_what_they_can() -> None:
    p = project(service("a", uses=["b"]), service("b", uses=["a"]))
    plan = reconcile(p, observed(p))
    assert {str(s) for s in plan.steps if s.action == "start"} == {
        "start p-a-1: not there yet",
        "start p-b-1: not there yet",
    }


def test_only_what_was_asked_for_and_its_dependencies() -> None:
    p = project(service("a", needs=["b"], uses=["c"]), service("b"), service("c"))
    plan = reconcile(p, observed(p), UpOptions(("a",)))
    assert {s.service for s in plan.steps} == {"a", "b"}


def test_unknown_service() -> None:
    p = project(service("a"))
    with pytest.raises(HarmonyError, match="“b”"):
        reconcile(p, observed(p), UpOptions(("b",)))


def test_scale_up_numbers_on_from_the_highest() -> None:
    p = project(replace(service("a"), scale=3))
    plan = reconcile(p, observed(p, container("a", 2)))
    assert [s.target for s in plan.steps if s.action == "create"] == ["p-a-3", "p-a-4"]


def test_scale_down_drops_the_highest() -> None:
    p = project(service("a"))
    plan = reconcile(p, observed(p, container("a", 1), container("a", 2), container("a", 3)))
    assert lines(plan) == [
        "stop p-a-2: 1 wanted",
        "remove p-a-2: 1 wanted",
        "stop p-a-3: 1 wanted",
        "remove p-a-3: 1 wanted",
    ]


def test_scale_to_none() -> None:
    p = project(replace(service("a"), scale=0))
    assert [s.action for s in reconcile(p, observed(p, container("a"))).steps] == ["stop", "remove"]


def test_container_name_can_be_given_once() -> None:
    p = project(replace(service("a"), scale=2, container_name="only"))
    with pytest.raises(HarmonyError, match="2 times"):
        reconcile(p, observed(p))


def test_container_name_is_used() -> None:
    p = project(replace(service("a"), container_name="only"))
    assert "create only: not there yet" in lines(reconcile(p, observed(p)))


def test_shared_namespace_follows_its_parent() -> None:
    p = project(service("vpn"), service("app", network_mode="service:vpn"))
    old = container("vpn", config_hash="old")
    plan = reconcile(p, observed(p, old, container("app", networks={})))
    assert "create p-app-1: vpn is made anew" in lines(plan)
    assert behind(plan, "create p-app-1", "start p-vpn-1")


def test_a_shared_namespace_is_hashed_with_its_container() -> None:
    p = project(service("vpn"), service("app", network_mode="service:vpn"))
    vpn = container("vpn")
    app = container("app", networks={}, config_hash=service_hash({"network_mode": f"container:{vpn.id}"}))
    assert not reconcile(p, observed(p, vpn, app))
    other = replace(vpn, id="another".ljust(64, "0"))
    assert "create p-app-1: config changed" in lines(reconcile(p, observed(p, other, app)))


def test_restart_of_dependants() -> None:
    p = project(service("a", needs=[Dependency("b", restart=True)]), service("b"))
    plan = reconcile(p, observed(p, container("a"), container("b", config_hash="old")))
    assert "restart p-a-1: b is made anew" in lines(plan)
    assert behind(plan, "restart p-a-1", "start p-b-1")


def test_orphans_are_named_and_removed_only_when_asked() -> None:
    p = project(service("a"))
    there = observed(p, container("a"), container("old"))
    plan = reconcile(p, there)
    assert not plan
    assert "p-old-1" in plan.warnings[0]
    assert lines(reconcile(p, there, UpOptions(remove_orphans=True))) == [
        "stop p-old-1: its service is no longer in the project",
        "remove p-old-1: its service is no longer in the project",
    ]


def test_a_service_switched_off_by_a_profile_is_no_orphan() -> None:
    p = replace(project(service("a")), disabled=("debug",))
    assert reconcile(p, observed(p, container("a"), container("debug"))) == Plan(running=("p-a-1",))


def test_interrupted_recreation_with_the_old_one_still_there() -> None:
    p = project(service("a"))
    left = container("a", id="new", name="old_p-a-1", state=ContainerState.CREATED, replaces="a-1")
    plan = reconcile(p, observed(p, container("a"), left))
    assert lines(plan) == ["remove old_p-a-1: left by an interrupted update"]
    assert plan.running == ("p-a-1",)


def test_interrupted_recreation_with_the_old_one_gone() -> None:
    p = project(service("a"))
    left = container("a", name="old_p-a-1", state=ContainerState.CREATED, replaces="a-1")
    plan = reconcile(p, observed(p, left))
    assert lines(plan) == [
        "rename old_p-a-1 to p-a-1: left by an interrupted update",
        "start p-a-1: it is created",
    ]
    assert behind(plan, "start", "rename")


def test_recreate_always() -> None:
    p = project(service("a"))
    plan = reconcile(p, observed(p, container("a")), UpOptions(recreate=Recreate.ALWAYS))
    assert "create p-a-1: asked for" in lines(plan)


def test_oneoff_containers_are_left_alone() -> None:
    p = project(service("a"))
    assert not reconcile(p, observed(p, container("a"), container("a", 2, oneoff=True)))


def test_of_two_networks_of_one_name_the_one_in_use_stays() -> None:
    p = project(service("a"), service("b"))
    twins = [ObservedNetwork(name, "p_default", "default", "hash-default") for name in ("n0", "n1")]
    plan = reconcile(p, observed(p, container("a"), container("b", state=ContainerState.CREATED), networks=twins))
    assert lines(plan) == [
        "remove network n0: another network has the same name",
        "start p-b-1: it is created",
    ]
    assert behind(plan, "start p-b-1", "remove network n0"), "until then the engine cannot tell which one is meant"
    assert plan.running == ("p-a-1",)


def test_containers_of_the_other_network_of_the_same_name_move() -> None:
    p = project(service("a"), service("b"), service("c"))
    twins = [ObservedNetwork(name, "p_default", "default", "hash-default") for name in ("n0", "n1")]
    stray = container("b", networks={"p_default": "n0"})
    plan = reconcile(p, observed(p, container("a"), stray, container("c"), networks=twins))
    assert "stop p-b-1: another network has the same name" in lines(plan)
    assert behind(plan, "remove network n0", "stop p-b-1")
    assert behind(plan, "create p-b-1", "remove network n0")
    assert plan.running == ("p-a-1", "p-c-1")


def test_a_container_that_was_left_half_made_is_made_anew() -> None:
    p = project(service("a"))
    half = container("a", state=ContainerState.CREATED, name="p-a-1_unfinished")
    assert lines(reconcile(p, observed(p, half))) == [
        "remove p-a-1_unfinished: left by an interrupted start",
        "create p-a-1: not there yet",
        "start p-a-1: not there yet",
    ]
