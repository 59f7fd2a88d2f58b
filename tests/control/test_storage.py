"""What a stack takes of the disks: nothing that somebody needs is ever called a leftover."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from harmony_desktop.control.disk import DiskLook, DiskScout, folder_sizes
from harmony_desktop.control.ports import ConflictError, Engine
from harmony_desktop.control.storage import Storage, StoredContainer, StoredImage, StoredVolume, share
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from tests.control.scripted import ScriptedEngine
from tests.plan.builders import project, service

MB = 1024**2
P = project(service("link"), service("text", image="registry.example:5000/text:2"))


def image(id_: str, *tags: str, digest: str = "", size: int = 100, shared: int = 0, containers: int = 0) -> StoredImage:
    digests = (f"{digest}@sha256:{id_}",) if digest else ()
    return StoredImage(id_, tags, digests, size * MB, shared * MB, 1_700_000_000, containers)


def leftovers(*images: StoredImage, kept: tuple[str, ...] = ()) -> list[str]:
    return [leftover.id for leftover in share(P, Storage(images), kept).leftovers]


@pytest.mark.parametrize(
    ("stored", "left"),
    [
        (image("current", "example/link:latest"), False),
        (image("untagged", digest="example/link"), True),
        (image("with-port", digest="registry.example:5000/text"), True),
        (image("in-use", digest="example/link", containers=1), False),
        (image("named", "example/link:mine"), False),
        (image("foreign", digest="example/other"), False),
        (image("nameless"), False),
    ],
    ids=lambda value: value.id if isinstance(value, StoredImage) else "",
)
def test_a_leftover_is_of_the_stack_and_needed_by_nobody(stored: StoredImage, left: bool) -> None:
    assert leftovers(stored) == ([stored.id] if left else [])


def test_what_is_kept_for_the_way_back_is_no_leftover() -> None:
    old, older = image("old", digest="example/link"), image("older", digest="example/link")
    found = share(P, Storage((old, older)), {"old"})
    assert [leftover.id for leftover in found.leftovers] == ["older"]
    assert found.kept == 100 * MB


def test_the_largest_leftover_comes_first_and_counts_what_it_alone_takes() -> None:
    small, large = image("small", digest="example/link"), image("large", digest="example/link", size=900, shared=300)
    found = share(P, Storage((small, large)))
    assert [(leftover.id, leftover.size // MB) for leftover in found.leftovers] == [("large", 600), ("small", 100)]


def test_layers_that_images_share_count_once() -> None:
    one = image("a", "example/link:latest", size=500, shared=200)
    two = image("b", "registry.example:5000/text:2", size=300, shared=200)
    assert share(P, Storage((one, two))).images == 600 * MB


def test_volumes_and_containers_of_others_do_not_count() -> None:
    stored = Storage(
        volumes=(
            StoredVolume("mine", "p", 5 * MB, 1),
            StoredVolume("untold", "p", -1, 1),
            StoredVolume("x", "q", 9, 1),
        ),
        containers=(
            StoredContainer("c1", "p-link-1", "p", 2 * MB, running=True),
            StoredContainer("c2", "p-link-run-1", "p", MB, oneoff=True),
            StoredContainer("c3", "p-link-run-2", "p", MB, oneoff=True, running=True),
            StoredContainer("c4", "q-x-1", "q", 7 * MB, oneoff=True),
        ),
    )
    found = share(P, stored)
    assert (found.volumes, found.containers) == (5 * MB, 4 * MB)
    assert [leftover.name for leftover in found.leftovers] == ["p-link-run-1"]


def scout(engine: ScriptedEngine | None, at: Path) -> DiskScout:
    found = Project("p", at, (), P.services, {}, {}, {})
    seen: tuple[Engine | None, Project | None] = (engine, found)
    return DiskScout(lambda: seen)


async def test_a_clean_up_removes_what_was_chosen_and_tells_what_it_freed(tmp_path: Path) -> None:
    engine = ScriptedEngine(stored=Storage((image("a", digest="example/link"), image("b", digest="example/link"))))
    disk = scout(engine, tmp_path)
    await disk.measure()
    await disk.clean_up(["a"])
    assert disk.store.value.freed == 100 * MB
    assert disk.store.value.engine is not None
    assert [leftover.id for leftover in disk.store.value.engine.leftovers] == ["b"]


async def test_what_somebody_uses_meanwhile_stays_and_is_told(tmp_path: Path) -> None:
    engine = ScriptedEngine(stored=Storage((image("a", digest="example/link"), image("b", digest="example/link"))))
    engine.faults["remove_image a"] = ConflictError("Cannot remove the image", cause="a container uses it", status=409)
    disk = scout(engine, tmp_path)
    await disk.measure()
    with pytest.raises(HarmonyError, match="a container uses it"):
        await disk.clean_up(["a", "b"])
    assert disk.store.value.freed == 100 * MB


async def test_without_an_engine_the_folder_is_measured_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "m.gguf").write_bytes(b"x" * 70_000)
    disk = scout(None, tmp_path)
    await disk.measure()
    assert disk.store.value.engine is None
    assert disk.store.value.fault
    assert dict(disk.store.value.folder)["models"] == 70_000


async def test_looking_twice_measures_once_and_closing_ends_it(tmp_path: Path) -> None:
    engine = ScriptedEngine()
    engine.gates["storage"] = asyncio.Event()
    disk = scout(engine, tmp_path)
    disk.look()
    disk.look()
    await engine.entered["storage"].wait()
    assert disk.store.value.looking
    await disk.close()
    assert engine.calls == ["storage"]
    assert disk.store.value == DiskLook()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_lead_elsewhere_and_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "big").write_bytes(b"x" * 500_000)
    (tmp_path / "stack" / "models").symlink_to(tmp_path / "elsewhere")
    assert sum(number for _, number in folder_sizes(tmp_path / "stack")) < 500_000
    assert folder_sizes(tmp_path / "nothing") == ()
