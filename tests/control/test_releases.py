"""What is remembered of images that were ready, and where a rollback leads. Pure."""

from __future__ import annotations

from harmony_desktop.control.releases import (
    REMEMBERED,
    Release,
    Releases,
    ReleaseSet,
    changes,
    local_releases,
    repository,
    running_releases,
)
from harmony_desktop.plan.observed import ContainerState, Image, Observed
from tests.plan.builders import container, project, service


def entries(**images: str) -> dict[str, Release]:
    """A set: service -> the ID of its image."""
    return {name: Release(f"example/{name}", image) for name, image in images.items()}


def ids(found: ReleaseSet | None) -> dict[str, str]:
    return {name: entry.image for name, entry in (found or {}).items()}


def test_the_newest_ready_set_comes_first_and_is_not_doubled() -> None:
    releases = Releases().with_ready(entries(a="1", b="1")).with_ready(entries(a="1", b="1"))
    assert [ids(found) for found in releases.ready] == [{"a": "1", "b": "1"}]
    releases = releases.with_ready(entries(a="2"))
    assert ids(releases.ready[0]) == {"a": "2", "b": "1"}, "what does not run now keeps what was ready last"
    for number in range(3, 9):
        releases = releases.with_ready(entries(a=str(number)))
    assert len(releases.ready) == REMEMBERED


def test_a_rollback_leads_to_the_newest_set_that_is_not_what_is_there() -> None:
    releases = Releases().with_ready(entries(a="1", b="1")).with_ready(entries(a="2", b="1"))
    assert ids(releases.earlier(entries(a="2", b="1"))) == {"a": "1", "b": "1"}
    failed = entries(a="3", b="1")
    assert ids(releases.earlier(failed)) == {"a": "2", "b": "1"}, "what never was ready is left for what was last"
    runs, fetched = entries(a="2", b="1"), entries(a="3", b="1")
    assert ids(releases.earlier(runs, fetched)) == {"a": "2", "b": "1"}, "a download alone is taken back, too"


def test_a_second_rollback_goes_further_back_and_never_forth() -> None:
    releases = Releases().with_ready(entries(a="1")).with_ready(entries(a="2")).with_ready(entries(a="3"))
    for expected in ("2", "1"):
        target = releases.earlier(releases.ready[0])
        assert target is not None
        assert ids(target) == {"a": expected}
        releases = releases.returned_to(target, {"example/a": "sha256:x"})
        # What was left is not among the remembered ones: also when the same call is made again.
        assert releases.ready[0] == target
    assert releases.earlier(releases.ready[0]) is None
    assert releases.held == {"example/a": "sha256:x"}
    assert releases.released(["example/a"]).held == {}


def test_another_tag_in_the_files_is_no_reason_to_go_back() -> None:
    releases = Releases().with_ready(entries(a="1"))
    assert releases.earlier({"a": Release("example/a:other", "9")}) is None
    assert not changes({"a": Release("example/a:other", "9")}, entries(a="1"))


def test_what_runs_is_told_from_what_the_next_start_would_run() -> None:
    a, b = service("a"), service("b")
    stack = project(a, b)
    observed = Observed(
        containers=(container("a", image_id="old"), container("b", state=ContainerState.EXITED, image_id="old")),
        images={"example/a": Image("new", ("example/a@sha256:1", "other/a@sha256:2"), 5, "2026"), "example/b": None},
    )
    assert ids(running_releases(stack, observed, {"old": None})) == {"a": "old"}
    local = local_releases(stack, observed)
    assert local == {"a": Release("example/a", "new", "example/a@sha256:1", "2026", 5)}


def test_a_repository_is_a_name_without_tag_and_digest() -> None:
    for name in ("host:5000/x/y", "host:5000/x/y:1.2", "host:5000/x/y@sha256:ab", "host:5000/x/y:1@sha256:ab"):
        assert repository(name) == "host:5000/x/y"
