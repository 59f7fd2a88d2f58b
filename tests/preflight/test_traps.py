"""The traps of the stack, each check on a folder of real files: as it should be, and as people find it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.doctor import FindingStatus
from harmony_desktop.control.findings import Replacement
from harmony_desktop.control.ports import Gpu, GpuAbility, GpuProof, GpuReport
from harmony_desktop.control.repairs import AddLines, CleanText, Correct, SetVariables, UnsetVariables
from harmony_desktop.plan.observed import Image, Observed
from harmony_desktop.preflight.check import Check
from harmony_desktop.preflight.checks import CHECKS
from harmony_desktop.preflight.texts import collect
from harmony_desktop.preflight.world import CannotTellError, Named, World
from harmony_desktop.setup.linter import lint
from harmony_desktop.setup.memory_choice import FileChoices
from tests.preflight.making import CARD, ENGINE, container_on, look_of, world_of
from tests.setup.making_models import LLAMA, write_model

OK, HINT, FAIL = FindingStatus.OK, FindingStatus.HINT, FindingStatus.FAIL

STACK = """\
name: p
services:
  link:
    image: example/link
    env_file: ./link/.env
    volumes:
      - ./link/harmony-tmp:/app/harmony-tmp
      - ./link/config.json:/app/config.json
  text:
    image: example/text
    env_file: [{path: ./text/.env, required: false}]
    ports: ["127.0.0.1:${HOST_PORT:-7860}:7860", "5001:5000"]
    volumes:
      - ./text/models:/home/app/text-generation-webui/user_data/models
      - ./text/CMD_FLAGS.txt:/home/app/text-generation-webui/user_data/CMD_FLAGS.txt
  speech:
    image: example/speech
    ports: ["127.0.0.1:12080:12080"]
    volumes: ["./speech/config.yml:/app/config.yml"]
"""
GPU = "    deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}\n"
FILES = {
    ".env": "HOST_PORT=7861\n",
    "link/.env": "A=1\n",
    "link/config.json": '{"entities": {"a": {"stt": {"module": "harmony", "harmony": {"endpoint": "http://speech:12080",'
    ' "model": "faster-whisper-medium", "vadmodel": "faster-whisper-tiny"}}}}}\n',
    "text/.env": "HF_HOME=/cache\n",
    "text/CMD_FLAGS.txt": "# flags\n--listen\n--api\n",
    "speech/config.yml": "model_configs:\n"
    "  - {name: faster-whisper-medium, model_type: FasterWhisper}\n"
    "  - {name: faster-whisper-tiny, model_type: FasterWhisper}\n"
    "  - {name: hs1-vocoder, model_type: HarmonySpeechVocoder}\n",
}
CARDS = GpuReport((replace(CARD, compute_capability="8.9"),), "570.86")


def check(name: str) -> Check:
    return next(item for item in CHECKS if item.id == name)


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., World]:
    """Make a world of a stack whose files are as they should be, but for those that a test names."""

    def make(files: dict[str, str | bytes] | None = None, text: str = STACK, **facts: Any) -> World:
        for name, content in {**FILES, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "link/harmony-tmp").mkdir(exist_ok=True)
        world = world_of(tmp_path, text, **{"asked_at": time.time(), "named": (), "observed": Observed(), **facts})
        linted = lint(world.project) if world.project is not None else ()
        return replace(world, texts=collect(world.project, tmp_path), linted=linted)

    return make


TEXTUAL = [name for name in (item.id for item in CHECKS) if name.startswith(("files.", "settings."))]


@pytest.mark.parametrize("name", TEXTUAL)
async def test_a_stack_as_it_should_be(name: str, build: Callable[..., World]) -> None:
    finding = await check(name).run(build(look=look_of()))
    assert (finding.status, finding.repair) == (OK, None), finding


CONFIG = FILES["link/config.json"]


def corrected(root: Path, old: str, new: str) -> Correct:
    """The wish to write something else in the agent's configuration."""
    text = (root / "link/config.json").read_text()
    start = text.index(old)
    return Correct(root / "link/config.json", text, (Replacement(start, start + len(old), new),))


@pytest.mark.parametrize(
    ("name", "files", "status", "words", "wish"),
    [
        (
            "settings.hf-token",
            {"text/.env": 'HF_TOKEN="" # none\n'},
            FAIL,
            "HF_TOKEN in text/.env is empty",
            lambda root: UnsetVariables(root / "text/.env", ("HF_TOKEN",)),
        ),
        (
            "settings.text-flags",
            {"text/CMD_FLAGS.txt": "# --listen\n--api\n"},
            FAIL,
            "lacks --listen",
            lambda root: AddLines(root / "text/CMD_FLAGS.txt", ("--listen",)),
        ),
        (
            "settings.unread-variables",
            {".env": "", "text/.env": "HOST_PORT=9000\n"},
            HINT,
            "HOST_PORT in text/.env changes nothing",
            lambda root: SetVariables(root / ".env", (("HOST_PORT", "9000"),)),
        ),
        (
            "settings.tmp-folder",
            {"link/.env": 'HARMONY_TMP_HOST_DIR="D:\\temp\\x"\n'},
            FAIL,
            "HARMONY_TMP_HOST_DIR in link/.env is",
            lambda root: SetVariables(root / "link/.env", (("HARMONY_TMP_HOST_DIR", str(root / "link/harmony-tmp")),)),
        ),
        (
            "settings.endpoints",
            {"link/config.json": CONFIG.replace("http://speech:12080", "http://localhost:5001/v1")},
            FAIL,
            "link/config.json:1: localhost is the container of Link itself",
            lambda root: corrected(root, '"http://localhost:5001/v1"', '"http://speech:12080"'),
        ),
        (
            "settings.endpoints",
            {"link/config.json": CONFIG.replace("speech:12080", "127.0.0.1:4711")},
            FAIL,
            "link/config.json:1: 127.0.0.1 is the container of Link itself",
            lambda root: corrected(root, '"http://127.0.0.1:4711"', '"http://speech:12080"'),
        ),
        (
            "settings.speech-models",
            {"link/config.json": CONFIG.replace("faster-whisper-medium", "faster-whisper-large-v3-turbo")},
            FAIL,
            "link/config.json:1: Speech offers no model faster-whisper-large-v3-turbo: config.yml does not name it.",
            lambda root: corrected(root, '"faster-whisper-large-v3-turbo"', '"faster-whisper-medium"'),
        ),
        (
            "files.line-ends",
            {"text/CMD_FLAGS.txt": "--listen\r\n--api\r\n"},
            FAIL,
            "text/CMD_FLAGS.txt: 2 lines end in a carriage return",
            lambda root: CleanText(root / "text/CMD_FLAGS.txt", line_ends=True),
        ),
        (
            "files.line-ends",
            {"link/.env": "A=1\r\n"},
            HINT,
            "link/.env: 1 line ends",
            lambda root: CleanText(root / "link/.env", line_ends=True),
        ),
        (
            "files.byte-order-marks",
            {"link/config.json": f"\ufeff{CONFIG}"},
            FAIL,
            "link/config.json begins with a byte order mark",
            lambda root: CleanText(root / "link/config.json", byte_order_mark=True),
        ),
        (
            "files.last-lines",
            {"text/CMD_FLAGS.txt": "--listen\n--api"},
            HINT,
            "The last line of text/CMD_FLAGS.txt has no end",
            lambda root: AddLines(root / "text/CMD_FLAGS.txt"),
        ),
        ("files.json", {"link/config.json": '{\n  "a": 1,\n}\n'}, FAIL, "config.json:3:1", None),
        ("files.yaml", {"speech/config.yml": "a: [1\nb: 2\n"}, FAIL, "config.yml:2:", None),
    ],
)
async def test_a_trap_is_told_with_its_repair(
    name: str,
    files: dict[str, str],
    status: FindingStatus,
    words: str,
    wish: Callable[[Path], object] | None,
    build: Callable[..., World],
    tmp_path: Path,
) -> None:
    finding = await check(name).run(build(files))
    assert (finding.status, words in finding.cause) == (status, True), finding
    assert finding.advice
    wishes = finding.repair.wishes if finding.repair else ()
    assert wishes == (() if wish is None else (wish(tmp_path),))


async def test_flags_of_the_compose_files_command_count(build: Callable[..., World]) -> None:
    text = STACK.replace("    image: example/text\n", "    image: example/text\n    command: [run, --listen, --api]\n")
    assert (await check("settings.text-flags").run(build({"text/CMD_FLAGS.txt": ""}, text))).status is OK


async def test_a_value_like_the_default_is_not_set_in_vain(build: Callable[..., World]) -> None:
    world = build({".env": "", "text/.env": "HOST_PORT=7860\n"})
    assert (await check("settings.unread-variables").run(world)).status is OK


async def test_a_variable_that_stands_for_several_ports_is_not_set_for_all(build: Callable[..., World]) -> None:
    text = STACK.replace("5001:5000", "${HOST_PORT:-5001}:5000")
    for value, status in (("5001", OK), ("9000", HINT)):
        finding = await check("settings.unread-variables").run(
            build({".env": "", "text/.env": f"HOST_PORT={value}"}, text)
        )
        assert (finding.status, finding.repair) == (status, None)
        assert "Set it in" not in finding.advice
        assert ("place by place" in finding.advice) is (status is HINT)


async def test_the_user_that_services_run_as_is_told_but_set_by_no_repair(build: Callable[..., World]) -> None:
    text = STACK.replace("    image: example/text\n", '    image: example/text\n    user: "${APP_RUNTIME_UID:-6972}"\n')
    finding = await check("settings.unread-variables").run(
        build({".env": "", "text/.env": "APP_RUNTIME_UID=1234"}, text)
    )
    assert (finding.status, finding.repair) == (HINT, None)
    assert "APP_RUNTIME_UID" in finding.cause
    assert "Set it in" in finding.advice


@pytest.mark.parametrize(("value", "status"), [("7.5", HINT), ("8.9", OK), ("7.5;8.9+PTX", OK), ("", HINT)])
async def test_the_cards_compute_capability(value: str, status: FindingStatus, build: Callable[..., World]) -> None:
    text = STACK.replace("    image: example/speech\n", f"    image: example/speech\n{GPU}")
    files = {"text/.env": f"TORCH_CUDA_ARCH_LIST={value}\n"}
    finding = await check("settings.cuda-arch").run(build(files, text, look=look_of(CARDS)))
    assert finding.status is status
    if status is HINT:
        assert finding.repair is not None
        assert [wish.values for wish in finding.repair.wishes if isinstance(wish, SetVariables)] == [
            (("TORCH_CUDA_ARCH_LIST", "8.9"),)
        ]
    assert (await check("settings.cuda-arch").run(build(files, look=look_of(CARDS)))).status is OK, "on the processor"


@pytest.mark.parametrize(
    ("created", "status"), [("2025-05-01T00:00:00Z", FAIL), ("2025-03-01T00:00:00Z", OK), ("", HINT)]
)
async def test_the_data_folder_that_moved(created: str, status: FindingStatus, build: Callable[..., World]) -> None:
    text = STACK.replace("/user_data/models", "/models")
    images = {"example/text": Image("sha256:1", created=created) if created else None}
    world = build(text=text, observed=Observed(images=images))
    assert (await check("settings.data-folder").run(world)).status is status


async def test_images_that_are_always_fetched(build: Callable[..., World]) -> None:
    text = STACK.replace("    image: example/text\n", "    image: example/text\n    pull_policy: always\n")
    finding = await check("settings.pull-policy").run(build(text=text))
    assert (finding.status, finding.repair) == (HINT, None)


@pytest.mark.parametrize(("away", "status"), [(0, OK), (3, OK), (-60, HINT), (60, HINT), (-301, FAIL), (86400, FAIL)])
async def test_the_engines_clock(away: int, status: FindingStatus, build: Callable[..., World]) -> None:
    now = datetime.now(UTC)
    told = (now + timedelta(seconds=away)).strftime("%Y-%m-%dT%H:%M:%S.%f") + "123Z"
    world = build(info=replace(ENGINE, system_time=told), asked_at=now.timestamp())
    assert (await check("engine.clock").run(world)).status is status


@pytest.mark.parametrize("told", ["", "noon"])
async def test_a_clock_that_is_not_told(told: str, build: Callable[..., World]) -> None:
    with pytest.raises(CannotTellError):
        await check("engine.clock").run(build(info=replace(ENGINE, system_time=told)))


async def test_a_proxy_that_the_engine_does_not_know_is_told_without_its_password(build: Callable[..., World]) -> None:
    environ = {"HTTPS_PROXY": "http://me:secret@proxy.example:3128"}
    finding = await check("engine.proxies").run(build(environ=environ))
    assert finding.status is HINT
    assert "proxy.example" in finding.cause
    assert "secret" not in f"{finding}"
    info = replace(ENGINE, proxies=("http://proxy.example:3128",))
    assert (await check("engine.proxies").run(build(environ=environ, info=info))).status is OK


async def test_a_services_proxy_that_leads_to_itself(build: Callable[..., World]) -> None:
    text = STACK.replace(
        "    image: example/link\n", "    image: example/link\n    environment: {HTTP_PROXY: 'localhost:3128'}\n"
    )
    finding = await check("engine.proxies").run(build(text=text))
    assert (finding.status, "HTTP_PROXY" in finding.cause) == (HINT, True)


async def test_a_proxy_of_dockers_settings_that_leads_to_the_container(build: Callable[..., World]) -> None:
    for address, status in (("http://127.0.0.1:3128", HINT), ("http://proxy.example:3128", OK)):
        assert (await check("engine.proxies").run(build(client_proxies=(address,)))).status is status


async def test_an_empty_token_of_the_compose_files_is_told(build: Callable[..., World]) -> None:
    text = STACK.replace("    image: example/speech\n", "    image: example/speech\n    environment: {HF_TOKEN: ''}\n")
    finding = await check("settings.hf-token").run(build(text=text))
    assert (finding.status, finding.repair) == (FAIL, None)
    assert "Speech gets an empty HF_TOKEN" in finding.cause


async def test_names_that_belong_to_others(build: Callable[..., World], tmp_path: Path) -> None:
    ours = Named("p-link-1", "p", str(tmp_path))
    assert (await check("engine.names").run(build(named=(ours,)))).status is OK
    for other in (Named("p-text-1", "", ""), Named("p-text-1", "q", "/x"), Named("p-old-1", "p", "/elsewhere")):
        finding = await check("engine.names").run(build(named=(ours, other)))
        assert (finding.status, finding.cause.count("\n")) == (FAIL, 0), other
    with pytest.raises(CannotTellError):
        await check("engine.names").run(build(named=None))


async def test_what_an_interrupted_operation_left(build: Callable[..., World]) -> None:
    half = replace(container_on(1), name="0123456789ab_p-web-1")
    assert (await check("engine.leftovers").run(build(observed=Observed((half,))))).status is HINT
    assert (await check("engine.leftovers").run(build(observed=Observed((container_on(1),))))).status is OK


@pytest.mark.parametrize(
    ("toolkit", "system", "words"),
    [
        ((), ("ubuntu", "debian"), "apt-get install -y nvidia-container-toolkit"),
        ((), ("fedora",), "dnf install -y nvidia-container-toolkit"),
        ((), ("opensuse-tumbleweed", "opensuse", "suse"), "zypper"),
        ((), ("arch",), "pacman -S"),
        ((), ("exotic",), "install-guide"),
        (("nvidia-ctk",), ("ubuntu",), "Set it up for Docker"),
    ],
)
async def test_a_toolkit_that_is_missing_or_not_set_up(
    toolkit: tuple[str, ...], system: tuple[str, ...], words: str, build: Callable[..., World]
) -> None:
    look = look_of(CARDS, GpuProof(GpuAbility.NO, "could not select device driver"))
    finding = await check("gpu.engine").run(build(look=look, toolkit=toolkit, system=system))
    assert finding.status is HINT, "nothing asks for the card"
    assert words in finding.advice
    assert "sudo nvidia-ctk runtime configure --runtime=docker" in finding.advice
    assert ("not set up" in finding.cause) is bool(toolkit)
    assert ("install -y" in finding.advice) is (
        not toolkit and system[0] in {"ubuntu", "fedora", "opensuse-tumbleweed"}
    )
    text = STACK.replace("    image: example/speech\n", f"    image: example/speech\n{GPU}")
    assert (await check("gpu.engine").run(build(text=text, look=look))).status is FAIL


async def test_a_card_that_docker_can_use_or_nobody_knows_of(build: Callable[..., World]) -> None:
    assert (await check("gpu.engine").run(build(look=look_of(CARDS, GpuProof(GpuAbility.YES))))).status is OK
    assert (await check("gpu.engine").run(build(look=look_of()))).status is OK
    with pytest.raises(CannotTellError):
        await check("gpu.engine").run(build(look=look_of(CARDS)))


@pytest.mark.parametrize(("capability", "status"), [("3.5", HINT), ("5.0", OK), ("8.9", OK), ("12.0", HINT), ("", OK)])
async def test_generations_of_cards(capability: str, status: FindingStatus, build: Callable[..., World]) -> None:
    card = Gpu(0, "A card", "GPU-1", 2**33, capability)
    assert (await check("gpu.generation").run(build(look=look_of(GpuReport((card,)))))).status is status


@pytest.mark.parametrize(
    ("fault", "advice", "status"), [("no-library", "", OK), ("version-mismatch", "Restart.", HINT), ("", "", OK)]
)
async def test_the_driver(fault: str, advice: str, status: FindingStatus, build: Callable[..., World]) -> None:
    report = GpuReport(fault=fault, reason="A reason", advice=advice) if fault else CARDS
    assert (await check("gpu.driver").run(build(look=look_of(report)))).status is status
    text = STACK.replace("    image: example/speech\n", f"    image: example/speech\n{GPU}")
    wanted = FAIL if status is HINT else OK
    assert (await check("gpu.driver").run(build(text=text, look=look_of(report)))).status is wanted


@pytest.mark.parametrize(("memory", "status"), [(2**31, HINT), (2**35, OK)])
async def test_models_against_the_engines_memory(
    memory: int, status: FindingStatus, build: Callable[..., World]
) -> None:
    world = build({"text/CMD_FLAGS.txt": "--model a.gguf\n--ctx-size 8192\n"}, info=replace(ENGINE, memory=memory))
    write_model(
        world.folder / "text/models/a.gguf", {**LLAMA, "llama.block_count": 100, "llama.embedding_length": 8192}
    )
    project = world.loaded_project()
    finding = await check("memory.models").run(replace(world, chosen=FileChoices().chosen(project)))
    assert finding.status is status
    assert ("does not fit" in finding.cause) is (status is HINT)
    if status is HINT:
        assert "A context of" in finding.advice


async def test_models_of_a_stack_that_nobody_has_read(build: Callable[..., World]) -> None:
    with pytest.raises(CannotTellError, match="could not be loaded"):
        await check("memory.models").run(build(info=ENGINE))


@pytest.mark.parametrize(("engine", "status"), [(2**32, HINT), (2**34, OK)])
async def test_docker_desktops_share_of_the_memory(
    engine: int, status: FindingStatus, build: Callable[..., World]
) -> None:
    info = replace(ENGINE, memory=engine, operating_system="Docker Desktop")
    assert (await check("memory.engine").run(build(info=info, look=look_of()))).status is status
    assert (await check("memory.engine").run(build(info=replace(ENGINE, memory=engine), look=look_of()))).status is OK


@pytest.mark.parametrize(("cpus", "status"), [(2, HINT), (8, OK)])
async def test_processor_cores(cpus: int, status: FindingStatus, build: Callable[..., World]) -> None:
    world = build(info=replace(ENGINE, cpus=cpus), profile="cpu")
    assert (await check("engine.cores").run(world)).status is status


async def test_where_the_folder_lies(build: Callable[..., World]) -> None:
    assert (await check("stack.place").run(build())).status is OK
    assert (await check("stack.place").run(build(place=("It is in a cloud.",)))).status is HINT


async def test_half_written_files(build: Callable[..., World]) -> None:
    world = build()
    (world.folder / f".a.env.{os.getpid()}-0123abcd.tmp").touch()
    assert (await check("stack.leftovers").run(world)).status is OK, "somebody is at it"
    (world.folder / "link/.a.env.999999999-0123abcd.tmp").touch()
    finding = await check("stack.leftovers").run(world)
    assert (finding.status, "link/.a.env.999999999-0123abcd.tmp" in finding.cause) == (HINT, True)


async def test_files_are_looked_at_though_the_project_cannot_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfA=1\n")
    (tmp_path / "text/CMD_FLAGS.txt").write_bytes(b"--listen\r\n")
    world = replace(world_of(tmp_path), texts=collect(None, tmp_path))
    assert (await check("files.line-ends").run(world)).status is FAIL
    assert (await check("files.byte-order-marks").run(world)).status is HINT


@pytest.mark.parametrize(
    "name", ["settings.unread-variables", "settings.endpoints", "settings.pull-policy", "settings.data-folder"]
)
async def test_without_a_project_it_cannot_be_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotTellError, match=r"see stack\.files"):
        await check(name).run(world_of(tmp_path))
