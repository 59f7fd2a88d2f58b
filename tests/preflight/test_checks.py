"""Each check by itself, on worlds of a few facts."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from harmony_desktop.control.disk_space import Room, Space
from harmony_desktop.control.doctor import FindingStatus
from harmony_desktop.control.port_records import PortHolder, Publisher
from harmony_desktop.control.ports import (
    EngineInfo,
    EngineStatus,
    EngineUnavailableError,
    GpuAbility,
    GpuProof,
    GpuReport,
)
from harmony_desktop.control.repairs import MakeFile
from harmony_desktop.plan.observed import Image, Observed, PublishedPort
from harmony_desktop.preflight.disk_space import DiskSpace
from harmony_desktop.preflight.engine_api import EngineApi
from harmony_desktop.preflight.engine_disk import EngineDisk
from harmony_desktop.preflight.engine_reachable import EngineReachable
from harmony_desktop.preflight.file_mounts import FileMounts
from harmony_desktop.preflight.free_ports import FreePorts
from harmony_desktop.preflight.gpu_profile import GpuProfile
from harmony_desktop.preflight.stack_files import StackFiles
from harmony_desktop.preflight.world import CannotTellError
from harmony_desktop.preflight.writable_folders import WritableFolders, Writer, may_write
from harmony_desktop.stack.errors import ComposeError, HarmonyError, NoComposeFileError
from tests.preflight.making import CARD, ENGINE, Ports, container_on, look_of, project_of, world_of

OK, HINT, FAIL, UNKNOWN = FindingStatus.OK, FindingStatus.HINT, FindingStatus.FAIL, FindingStatus.UNKNOWN

TOO_OLD = EngineUnavailableError("The engine is too old", cause="It is 1.11.", state=EngineStatus.TOO_OLD)
ABSENT = EngineUnavailableError("No engine", cause="Nothing listens", advice="Install.", state=EngineStatus.ABSENT)

PLAIN = "services:\n  web:\n    image: example/web\n"
WITH_CARD = PLAIN + (
    "    deploy:\n      resources:\n        reservations:\n          devices:\n"
    "            - driver: nvidia\n              capabilities: [gpu]\n"
)
PORTS = PLAIN + "    ports: ['127.0.0.1:8080:80', '9000:90', '127.0.0.1:5300:53/udp']\n"


def mounts(*sources: str) -> str:
    return PLAIN + "    volumes:\n" + "".join(f"      - {source}\n" for source in sources)


async def test_an_engine_that_answers(tmp_path: Path) -> None:
    finding = await EngineReachable().run(world_of(tmp_path))
    assert (finding.id, finding.status) == ("engine.reachable", OK)
    assert "28.0.0" in finding.cause


async def test_an_engine_that_is_not_there_is_told_with_its_advice(tmp_path: Path) -> None:
    finding = await EngineReachable().run(world_of(tmp_path, info=None, engine_error=ABSENT))
    assert finding.status is FAIL
    assert (finding.cause, finding.advice) == ("No engine. Nothing listens.", "Install.")


async def test_an_engine_that_is_too_old_is_reachable_but_fails_for_its_api(tmp_path: Path) -> None:
    world = world_of(tmp_path, info=None, engine_error=TOO_OLD)
    assert (await EngineReachable().run(world)).status is OK
    finding = await EngineApi().run(world)
    assert (finding.status, finding.cause) == (FAIL, "It is 1.11.")


@pytest.mark.parametrize(("version", "status"), [("1.23", FAIL), ("1.24", OK), ("1.48", OK), ("2.0", OK)])
async def test_api_versions(version: str, status: FindingStatus, tmp_path: Path) -> None:
    assert (await EngineApi().run(world_of(tmp_path, info=replace(ENGINE, api_version=version)))).status is status


async def test_no_api_without_an_engine(tmp_path: Path) -> None:
    with pytest.raises(CannotTellError):
        await EngineApi().run(world_of(tmp_path, info=None, engine_error=ABSENT))


async def test_files_that_load(tmp_path: Path) -> None:
    finding = await StackFiles().run(world_of(tmp_path, PLAIN))
    assert (finding.status, finding.cause) == (OK, str(tmp_path / "compose.yaml"))


async def test_files_that_do_not_load_are_told_by_file_line_and_column(tmp_path: Path) -> None:
    with pytest.raises(ComposeError) as caught:
        project_of(tmp_path, "services:\n  web:\n    imago: x\n")
    finding = await StackFiles().run(world_of(tmp_path, project_error=caught.value))
    assert finding.status is FAIL
    assert finding.cause.startswith(f"{tmp_path / 'compose.yaml'}:3:5: ")
    assert "imago" in finding.cause


async def test_the_way_to_a_stack_is_told_once(tmp_path: Path) -> None:
    for advice in ("Go to its folder.", "Prepare the stack with “harmony-desktop setup”."):
        error = NoComposeFileError("There is no compose file", advice=advice)
        finding = await StackFiles().run(world_of(tmp_path, project_error=error))
        assert finding.advice.count("harmony-desktop setup") == 1


async def test_shipped_files_are_put_back_only_where_they_are_what_is_wrong(tmp_path: Path) -> None:
    stock = {tmp_path / "services.yml": b"services: {}\n"}
    for error, mendable in (
        (HarmonyError("services.yml is not there"), True),
        (NoComposeFileError("There is no compose file"), True),
        (HarmonyError("There is something else"), False),
    ):
        world = world_of(tmp_path, project_error=error, lacking=("services.yml", "other.yml"), stock=stock.get)
        finding = await StackFiles().run(world)
        assert finding.status is FAIL
        wishes = finding.repair.wishes if finding.repair else ()
        assert wishes == ((MakeFile(tmp_path / "services.yml", b"services: {}\n"),) if mendable else ())
    error = NoComposeFileError("There is no compose file")
    assert (await StackFiles().run(world_of(tmp_path, project_error=error))).repair is None


async def test_the_engines_disk_is_unknown_for_what_is_missing(tmp_path: Path) -> None:
    without_stack = world_of(tmp_path, project_error=HarmonyError("Gone"))
    with pytest.raises(CannotTellError, match=r"see stack\.files"):
        await EngineDisk().run(without_stack)
    with pytest.raises(CannotTellError, match=r"see engine\.reachable"):
        await EngineDisk().run(world_of(tmp_path, PLAIN, info=None, engine_error=ABSENT))


async def test_advice_without_a_first_half_begins_with_its_second(tmp_path: Path) -> None:
    look = look_of(GpuReport(reason="No card"), None, wanted="nvidia")
    finding = await GpuProfile().run(world_of(tmp_path, WITH_CARD, look=look, profile="nvidia"))
    assert finding.advice == "Run on the processor: harmony-desktop setup --hardware cpu"


async def test_a_folder_that_is_gone_has_no_place_in_a_file(tmp_path: Path) -> None:
    finding = await StackFiles().run(world_of(tmp_path, project_error=HarmonyError("Gone", cause="No drive")))
    assert (finding.status, finding.cause) == (FAIL, "Gone. No drive.")


def make_file(path: Path) -> None:
    path.touch()


def make_folder(path: Path) -> None:
    path.mkdir()


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def make_link_to_nothing(path: Path) -> None:
    path.symlink_to("nothing")


@pytest.mark.parametrize(
    ("make", "target", "status"),
    [
        (make_file, "/app/some.key", OK),
        (make_folder, "/app/some.key", FAIL),
        (None, "/app/some.key", FAIL),
        (make_link_to_nothing, "/app/some.key", FAIL),
        (make_folder, "/app/.env", FAIL),
        (make_socket, "/run/docker.sock", OK),
        (make_folder, "/etc/conf.d", OK),
        (make_folder, "/usr/lib/python3.11", OK),
        (None, "/app/cache", OK),
    ],
)
async def test_file_mounts(
    make: Callable[[Path], None] | None, target: str, status: FindingStatus, tmp_path: Path
) -> None:
    if make:
        make(tmp_path / "it")
    world = world_of(tmp_path, mounts(f"./it:{target}"), stock=lambda _path: b"made")
    finding = await FileMounts().run(world)
    assert finding.status is status
    if status is FAIL:
        assert str(tmp_path / "it") in finding.cause
        assert "It can be repaired" in finding.advice
        assert finding.repair is not None
        assert finding.repair.wishes == (MakeFile(tmp_path / "it", b"made"),)


async def test_a_file_that_nobody_knows_is_the_users_to_make(tmp_path: Path) -> None:
    finding = await FileMounts().run(world_of(tmp_path, mounts("./it:/app/some.key")))
    assert (finding.status, finding.repair, "Put the file there" in finding.advice) == (FAIL, None, True)


async def test_a_folder_with_something_in_it_is_told_and_left(tmp_path: Path) -> None:
    (tmp_path / "it").mkdir()
    (tmp_path / "it/kept").touch()
    finding = await FileMounts().run(world_of(tmp_path, mounts("./it:/app/some.key"), stock=lambda _path: b""))
    assert (finding.status, finding.repair, "move it elsewhere" in finding.advice) == (FAIL, None, True)


@pytest.mark.parametrize(
    ("uid", "gid", "mode", "writes"),
    [
        (1000, 1000, 0o700, True),
        (1000, 1000, 0o500, False),
        (0, 1000, 0o770, True),
        (0, 1000, 0o707, False),
        (0, 0, 0o755, False),
        (0, 0, 0o777, True),
        (0, 0, 0o776, False),
    ],
)
def test_who_may_write(uid: int, gid: int, mode: int, writes: bool) -> None:
    found = os.stat_result((0o040000 | mode, 0, 0, 1, uid, gid, 0, 0, 0, 0))
    assert may_write(Writer(1000, 1000), found) is writes


@pytest.mark.skipif(sys.platform != "linux", reason="Docker Desktop maps owners")
@pytest.mark.parametrize(
    ("user", "image_user", "mode", "status"),
    [
        ("54321:54321", None, 0o755, FAIL),
        ("54321:54321", None, 0o777, OK),
        ("0:0", None, 0o755, OK),
        ("somebody", None, 0o755, HINT),
        ("", "", 0o755, OK),
        ("", "54321", 0o755, FAIL),
        ("", None, 0o755, HINT),
    ],
)
async def test_folders(user: str, image_user: str | None, mode: int, status: FindingStatus, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(mode)
    image = None if image_user is None else Image("sha256:1", user=image_user)
    text = mounts("./data:/data") + (f"    user: '{user}'\n" if user else "")
    world = world_of(tmp_path, text, observed=Observed(images={"example/web": image}))
    finding = await WritableFolders().run(world)
    assert finding.status is status
    if status is not OK:
        assert str(tmp_path / "data") in finding.cause


@pytest.mark.skipif(sys.platform != "linux", reason="Docker Desktop maps owners")
async def test_a_folder_that_docker_would_make_is_closed_to_other_users(tmp_path: Path) -> None:
    world = world_of(tmp_path, mounts("./data:/data") + "    user: '54321'\n")
    finding = await WritableFolders().run(world)
    assert finding.status is FAIL
    assert "is missing" in finding.cause


@pytest.mark.skipif(sys.platform != "linux", reason="Docker Desktop maps owners")
async def test_an_engine_without_root_has_its_own_table_of_users(tmp_path: Path) -> None:
    world = world_of(tmp_path, PLAIN, info=replace(ENGINE, address="unix:///run/user/1000/docker.sock"))
    with pytest.raises(CannotTellError, match="without root"):
        await WritableFolders().run(world)


async def test_free_ports_are_asked_at_their_addresses(tmp_path: Path) -> None:
    ports = Ports()
    finding = await FreePorts().run(world_of(tmp_path, PORTS, ports=ports, observed=Observed()))
    assert (finding.status, finding.cause) == (OK, "5300, 8080, 9000")
    assert ports.addresses == {"", "127.0.0.1"}, "no address means all"


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (PortHolder("nginx", 42), "Web publishes port 8080, which is held by nginx (process 42)."),
        (PortHolder(), "Web publishes port 8080, which is held by a program that this user may not see."),
        (PortHolder(reserved=True), "Web publishes port 8080, which is reserved by the system."),
    ],
)
async def test_a_held_port_names_its_holder(holder: PortHolder, words: str, tmp_path: Path) -> None:
    world = world_of(tmp_path, PORTS, ports=Ports({8080: holder}), observed=Observed())
    finding = await FreePorts().run(world)
    assert (finding.status, finding.cause) == (FAIL, words)


async def test_the_projects_own_containers_may_hold_its_ports(tmp_path: Path) -> None:
    held = Ports({8080: PortHolder("docker-proxy", 42)})
    observed = Observed(containers=(container_on(8080),))
    assert (await FreePorts().run(world_of(tmp_path, PORTS, ports=held, observed=observed))).status is OK


async def test_a_container_of_another_project_is_named_in_the_place_of_the_engines_proxy(tmp_path: Path) -> None:
    held = Ports({8080: PortHolder("docker-proxy", 42)})
    other = Publisher("x", "blog-nginx-1", "blog", "nginx", (PublishedPort(80, "0.0.0.0", 8080),))
    finding = await FreePorts().run(world_of(tmp_path, PORTS, ports=held, observed=Observed(), publishers=(other,)))
    assert finding.status is FAIL
    assert "held by the container blog-nginx-1 of the project blog" in finding.cause
    assert "docker-proxy" not in finding.cause


async def test_an_engine_without_root_may_not_publish_the_systems_ports(tmp_path: Path) -> None:
    text = PLAIN + "    ports: ['80:80']\n"
    world = world_of(tmp_path, text, observed=Observed(), info=replace(ENGINE, rootless=True))
    finding = await FreePorts().run(world)
    assert "port 80, which is reserved by the system" in finding.cause
    assert "from 1024" in finding.advice


async def test_without_the_engine_a_holder_may_be_our_own(tmp_path: Path) -> None:
    held = Ports({8080: PortHolder("docker-proxy", 42)})
    finding = await FreePorts().run(world_of(tmp_path, PORTS, ports=held, info=None, engine_error=ABSENT))
    assert finding.status is UNKNOWN
    assert "docker-proxy" in finding.cause


@pytest.mark.parametrize(
    ("free", "image", "status"),
    [
        (1.9e9, Image("sha256:1"), FAIL),
        (2.1e9, Image("sha256:1"), OK),
        (49e9, None, HINT),
        (51e9, None, OK),
    ],
)
async def test_disk_space(free: float, image: Image | None, status: FindingStatus, tmp_path: Path) -> None:
    observed = Observed(images={"example/web": image})
    world = world_of(tmp_path, PLAIN, look=look_of(free=int(free)), observed=observed)
    assert (await DiskSpace().run(world)).status is status


@pytest.mark.parametrize(
    ("free", "needed", "status"), [(0.9e9, 0, FAIL), (2e9, 0, OK), (9e9, 20e9, HINT), (30e9, 20e9, OK)]
)
async def test_the_engines_disk(free: float, needed: float, status: FindingStatus, tmp_path: Path) -> None:
    room = Room("/var/lib/docker", Space(int(free), 10**11), int(needed))
    assert (await EngineDisk().run(world_of(tmp_path, PLAIN, room=room))).status is status


async def test_an_engines_disk_that_cannot_be_seen(tmp_path: Path) -> None:
    with pytest.raises(CannotTellError, match=r"cannot be seen from here.* take about 20\.0 GB"):
        await EngineDisk().run(world_of(tmp_path, PLAIN, room=Room("/var/lib/docker", None, 20 * 10**9)))
    with pytest.raises(CannotTellError, match=r"see engine\.reachable"):
        await EngineDisk().run(world_of(tmp_path, PLAIN))


async def test_a_disk_that_does_not_tell(tmp_path: Path) -> None:
    with pytest.raises(CannotTellError):
        await DiskSpace().run(world_of(tmp_path, PLAIN, look=look_of(free=0, total=0)))


CARDS = GpuReport(gpus=(CARD,), driver="550.1")
STALE = GpuReport(fault="version-mismatch", reason="The driver was updated", advice="Restart the computer.")
LOST = replace(CARDS, fault="gpu-lost", reason="Card 1 has stopped answering", advice="Restart the computer.")
YES, NO, MAYBE = GpuProof(GpuAbility.YES), GpuProof(GpuAbility.NO, "no runtime"), GpuProof(GpuAbility.UNKNOWN, "busy")


@pytest.mark.parametrize(
    ("text", "gpus", "proof", "wanted", "status", "words"),
    [
        (PLAIN, None, None, "auto", OK, "on the processor"),
        (PLAIN, STALE, None, "auto", HINT, "The driver was updated."),
        (PLAIN, CARDS, YES, "auto", HINT, "RTX 4090"),
        (PLAIN, CARDS, YES, "cpu", OK, "You chose the processor"),
        (PLAIN, CARDS, NO, "auto", HINT, "no runtime"),
        (WITH_CARD, None, None, "auto", FAIL, "No NVIDIA graphics card found"),
        (WITH_CARD, STALE, None, "auto", FAIL, "The driver was updated"),
        (WITH_CARD, CARDS, NO, "auto", FAIL, "no runtime"),
        (WITH_CARD, CARDS, MAYBE, "auto", UNKNOWN, "busy"),
        (WITH_CARD, CARDS, None, "auto", UNKNOWN, "not proven"),
        (WITH_CARD, CARDS, YES, "auto", OK, "RTX 4090"),
        (WITH_CARD, LOST, YES, "auto", HINT, "Card 1 has stopped answering."),
    ],
)
async def test_cards_and_profile(
    text: str,
    gpus: GpuReport | None,
    proof: GpuProof | None,
    wanted: str,
    status: FindingStatus,
    words: str,
    tmp_path: Path,
) -> None:
    look = look_of(gpus, proof, wanted=wanted)
    profile = "nvidia" if text == WITH_CARD else "cpu"
    finding = await GpuProfile().run(world_of(tmp_path, text, look=look, profile=profile))
    assert finding.status is status
    assert words in finding.cause
    if status is FAIL:
        assert finding.advice


async def test_files_of_somebody_else_need_no_card(tmp_path: Path) -> None:
    assert (await GpuProfile().run(world_of(tmp_path, PLAIN, look=look_of(CARDS, YES)))).status is OK


@pytest.mark.parametrize("check", [FileMounts(), WritableFolders(), FreePorts(), GpuProfile()], ids=lambda c: c.id)
async def test_another_machine_cannot_be_looked_at(
    check: FileMounts | WritableFolders | FreePorts | GpuProfile, tmp_path: Path
) -> None:
    far: EngineInfo = replace(ENGINE, address="tcp://192.0.2.7:2376")
    with pytest.raises(CannotTellError, match=r"192\.0\.2\.7"):
        await check.run(world_of(tmp_path, PLAIN, info=far, look=look_of()))
    with pytest.raises(CannotTellError, match=r"stack\.files"):
        await check.run(world_of(tmp_path))
