"""Adjustments in a file of ours: written, read back, taken back; as the official tool reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.adjustments import Adjustment, EngineSize, Preview, check, parse_cpus, parse_memory
from harmony_desktop.setup import composefile
from harmony_desktop.setup.override import HEADER, OVERRIDE, OverrideFile
from harmony_desktop.setup.seed import choose_hardware, seed
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project
from tests.setup.conftest import Oracle, snapshot

GIB = 1024**3
SPEECH = "harmonyspeech-engine"
ALL = Adjustment(memory=4 * GIB, cpus=1.5, restart="unless-stopped")


@pytest.fixture
def folder(tmp_path: Path, source: Path) -> Path:
    made = tmp_path / "Harmony"
    seed(made, source, hardware="cpu")
    return made


def project_in(folder: Path) -> Project:
    return load_project(project_directory=folder, environ={}, cwd=folder)


def adjust(folder: Path, service: str, wanted: Adjustment) -> Preview:
    files = OverrideFile({})
    preview = files.preview(project_in(folder), service, wanted)
    files.apply(preview)
    return preview


def current(folder: Path, service: str) -> Adjustment:
    return OverrideFile({}).current(project_in(folder), service)


def contents(folder: Path) -> dict[str, bytes]:
    """What the files hold; what the panel remembers of them is of no interest."""
    return {path: found[0] for path, found in snapshot(folder).items() if not path.startswith(".harmony/")}


def adopted(folder: Path, web: str, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "compose.yaml").write_text(f"name: p\nservices:\n  web:\n    image: example/web\n{web}")
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_a_preview_writes_nothing_and_tells_files_and_effect(folder: Path) -> None:
    before = snapshot(folder)
    preview = OverrideFile({}).preview(project_in(folder), SPEECH, ALL)
    assert snapshot(folder) == before
    assert preview.effects == ("Speech Engine will be made anew.",)
    assert (
        "-COMPOSE_FILE=docker-compose.yml\n+COMPOSE_FILE=docker-compose.yml:docker-compose.harmony.yml\n"
        in preview.diff
    )
    assert "--- /dev/null\n+++ docker-compose.harmony.yml\n" in preview.diff
    assert "+          memory: 4g\n" in preview.diff


def test_what_is_written_is_read_alike_by_the_official_tool(folder: Path, oracle: Oracle) -> None:
    adjust(folder, SPEECH, ALL)
    assert (folder / OVERRIDE).read_text().startswith(HEADER)
    assert current(folder, SPEECH) == ALL
    official = oracle(folder)["services"][SPEECH]
    assert official["deploy"]["resources"]["limits"] == {"cpus": 1.5, "memory": str(4 * GIB)}
    assert official["restart"] == "unless-stopped"
    ours = project_in(folder).services[SPEECH].spec
    assert ours["deploy"]["resources"]["limits"]["memory"] == str(4 * GIB)
    assert ours["restart"] == "unless-stopped"


def test_the_hardware_is_still_switched_with_the_adjustments_kept(folder: Path) -> None:
    adjust(folder, SPEECH, ALL)
    assert composefile.hardware_of(folder) == "cpu"
    choose_hardware(folder, "nvidia")
    assert composefile.hardware_of(folder) == "nvidia"
    project = project_in(folder)
    assert [file.name for file in project.files] == ["docker-compose.nvidia.yml", OVERRIDE]
    assert project.services[SPEECH].gpus
    assert current(folder, SPEECH) == ALL
    assert [Path(file).name for file in composefile.files_for(folder, "cpu")] == ["docker-compose.yml", OVERRIDE]


@pytest.mark.parametrize("hardware", ["cpu", "nvidia"])
def test_preparing_the_folder_again_keeps_the_adjustments(folder: Path, source: Path, hardware: str) -> None:
    adjust(folder, SPEECH, ALL)
    seed(folder, source, hardware=hardware)
    assert current(folder, SPEECH) == ALL
    assert composefile.hardware_of(folder) == hardware
    assert not list(folder.glob("*.new"))


def test_without_adjustments_the_folder_is_as_before(folder: Path) -> None:
    before = contents(folder)
    adjust(folder, SPEECH, ALL)
    adjust(folder, "harmony-link", Adjustment(memory=GIB))
    adjust(folder, SPEECH, Adjustment())
    assert (folder / OVERRIDE).is_file()
    preview = adjust(folder, "harmony-link", Adjustment())
    assert preview.effects == ("Harmony Link will be made anew.",)
    assert contents(folder) == before


def test_nothing_changes_where_all_is_so_already(folder: Path) -> None:
    adjust(folder, SPEECH, ALL)
    preview = OverrideFile({}).preview(project_in(folder), SPEECH, ALL)
    assert (preview.changes, preview.effects, preview.diff) == ((), (), "")


def test_what_the_user_writes_into_the_file_stays(folder: Path) -> None:
    adjust(folder, SPEECH, Adjustment(memory=GIB))
    file = folder / OVERRIDE
    text = file.read_text() + "    # more\n    environment:\n      A: 'b'\n  harmony-link:\n    cpu_shares: 512\n"
    file.write_text(text)
    adjust(folder, SPEECH, Adjustment(memory=2 * GIB))
    assert file.read_text() == text.replace("memory: 1g", "memory: 2g")
    adjust(folder, SPEECH, Adjustment())
    assert "environment:\n      A: 'b'\n  harmony-link:\n    cpu_shares: 512\n" in file.read_text()
    assert project_in(folder).services[SPEECH].spec["environment"]["A"] == "b"


def test_a_file_that_cannot_be_edited_is_left_alone(folder: Path) -> None:
    adjust(folder, SPEECH, Adjustment(memory=GIB))
    file = folder / OVERRIDE
    file.write_text("x-x: &x {memory: 1g}\nservices:\n  harmonyspeech-engine: {deploy: {resources: {limits: *x}}}\n")
    before = file.read_bytes()
    with pytest.raises(HarmonyError, match="cannot be edited from here"):
        adjust(folder, SPEECH, Adjustment(memory=2 * GIB))
    assert file.read_bytes() == before


def test_files_that_changed_since_the_preview_are_not_overwritten(folder: Path) -> None:
    files = OverrideFile({})
    preview = files.preview(project_in(folder), SPEECH, ALL)
    env = folder / ".env"
    env.write_text(env.read_text() + "# edited\n")
    with pytest.raises(HarmonyError, match=r"\.env has changed meanwhile"):
        files.apply(preview)
    assert not (folder / OVERRIDE).exists()


def test_a_folder_without_an_env_file_gets_one_that_names_all_its_files(tmp_path: Path, oracle: Oracle) -> None:
    folder = adopted(tmp_path / "own", "", **{"compose.override.yaml": "services:\n  web:\n    tty: true\n"})
    adjust(folder, "web", Adjustment(memory=GIB, restart="on-failure:3", scale=2))
    value = "compose.yaml:compose.override.yaml:docker-compose.harmony.yml"
    assert (folder / ".env").read_text() == f"COMPOSE_FILE={value}\n"
    official = oracle(folder)["services"]["web"]
    assert (official["tty"], official["restart"], official["scale"]) == (True, "on-failure:3", 2)
    assert current(folder, "web") == Adjustment(memory=GIB, restart="on-failure:3", scale=2)
    adjust(folder, "web", Adjustment())
    assert sorted(file.name for file in folder.iterdir()) == ["compose.override.yaml", "compose.yaml"]


def test_an_env_file_keeps_its_own_separator_files_and_comments(tmp_path: Path) -> None:
    env = "# mine\r\nCOMPOSE_PATH_SEPARATOR=,\r\nCOMPOSE_FILE=compose.yaml,more.yml # two\r\nA=1\r\n"
    more = {"more.yml": "services:\n  web:\n    tty: true\n"}
    folder = adopted(tmp_path / "own", "", **more)
    (folder / ".env").write_bytes(env.encode())
    adjust(folder, "web", Adjustment(memory=GIB))
    assert (folder / ".env").read_bytes() == env.replace("more.yml", f"more.yml,{OVERRIDE}").encode()
    adjust(folder, "web", Adjustment())
    assert (folder / ".env").read_bytes() == env.encode()


@pytest.mark.parametrize(
    ("web", "where"),
    [
        ("    mem_limit: 1g\n    cpus: 1\n    scale: 1\n", ("mem_limit", "cpus", "scale")),
        ("    deploy:\n      replicas: 1\n      resources: {limits: {memory: 1g, cpus: '1'}}\n", ("deploy",)),
        ("    mem_limit: 1g\n    deploy: {resources: {limits: {memory: 1g}}}\n", ("mem_limit", "deploy")),
        ("    deploy: {restart_policy: {condition: any, delay: 5s}}\n", ("deploy",)),
    ],
)
def test_values_stand_where_the_compose_files_have_them(
    web: str, where: tuple[str, ...], tmp_path: Path, oracle: Oracle
) -> None:
    folder = adopted(tmp_path / "own", web)
    wanted = Adjustment(memory=2 * GIB, cpus=2.0, restart="on-failure:4", scale=3)
    adjust(folder, "web", wanted)
    assert current(folder, "web") == wanted
    official: dict[str, Any] = oracle(folder)["services"]["web"]
    assert set(where) <= set(official)
    assert project_in(folder).services["web"].scale == 3
    policy = official.get("deploy", {}).get("restart_policy")
    if policy:
        assert (policy["condition"], policy["max_attempts"], policy["delay"]) == ("on-failure", 4, "5s")
    adjust(folder, "web", Adjustment())
    assert not (folder / OVERRIDE).exists()


def test_files_that_were_named_for_a_call_are_refused(folder: Path) -> None:
    named = load_project(files=[folder / "docker-compose.nvidia.yml"], environ={}, cwd=folder)
    with pytest.raises(HarmonyError) as caught:
        OverrideFile({}).preview(named, SPEECH, ALL)
    assert "cannot be adjusted from here" in caught.value.title
    assert str(folder / "docker-compose.nvidia.yml") in caught.value.advice
    with pytest.raises(HarmonyError, match="cannot be adjusted"):
        OverrideFile({}, writable=False).preview(project_in(folder), SPEECH, ALL)


def test_a_service_that_our_file_alone_defines_is_the_users(folder: Path) -> None:
    adjust(folder, SPEECH, Adjustment(memory=GIB))
    file = folder / OVERRIDE
    file.write_text(file.read_text() + "  extra:\n    image: example/extra\n")
    with pytest.raises(HarmonyError, match="cannot be adjusted from here"):
        adjust(folder, "extra", Adjustment(memory=GIB))
    adjust(folder, SPEECH, Adjustment())
    assert "extra" in project_in(folder).services, "what is the user's own stays, and is still named"


def test_what_the_files_say_is_told_beside_what_is_adjusted(folder: Path) -> None:
    adjust(folder, SPEECH, ALL)
    assert OverrideFile({}).base(project_in(folder), SPEECH) == Adjustment(0, 0.0, "on-failure:5", 1)


# The rules

SIZE = EngineSize(cpus=4, memory=8 * GIB)


def refused(project: Project, service: str, wanted: Adjustment) -> HarmonyError:
    with pytest.raises(HarmonyError) as caught:
        check(project, service, wanted, SIZE)
    return caught.value


def test_what_cannot_work_is_refused_in_plain_words(folder: Path) -> None:
    project = project_in(folder)
    assert "6m" in refused(project, SPEECH, Adjustment(memory=1024**2)).cause
    assert "Docker has 4" in refused(project, SPEECH, Adjustment(cpus=5.0)).cause
    assert "too few" in refused(project, SPEECH, Adjustment(cpus=0.001)).title
    assert "not a restart policy" in refused(project, SPEECH, Adjustment(restart="sometimes")).title
    assert "published on port 12080" in refused(project, SPEECH, Adjustment(scale=2)).cause
    assert "One container is the least" in refused(project, SPEECH, Adjustment(scale=0)).advice
    assert "There is no service" in refused(project, "nobody", Adjustment()).title


def test_a_container_name_is_for_one(tmp_path: Path) -> None:
    project = project_in(adopted(tmp_path, "    container_name: only\n"))
    assert "only one can have that name" in refused(project, "web", Adjustment(scale=2)).cause
    free = project_in(adopted(tmp_path, "    ports: ['80']\n"))
    assert check(free, "web", Adjustment(scale=2), SIZE) == ()


def test_what_may_work_badly_is_warned_of(folder: Path) -> None:
    project = project_in(folder)
    (warning,) = check(project, SPEECH, Adjustment(memory=100 * 1024**2), SIZE)
    assert warning.startswith("Speech Engine needs 500m at least")
    (warning,) = check(project, SPEECH, Adjustment(memory=64 * GIB), SIZE)
    assert "8.0 GiB of memory in all" in warning
    assert check(project, SPEECH, Adjustment(memory=4 * GIB, cpus=2.0, restart="on-failure:3", scale=1), SIZE) == ()
    assert check(project, SPEECH, Adjustment(memory=0, cpus=0.0), SIZE) == ()


def test_a_limit_below_the_reservation_is_refused(tmp_path: Path) -> None:
    project = project_in(adopted(tmp_path, "    deploy: {resources: {reservations: {memory: 2g}}}\n"))
    assert "reserve 2g" in refused(project, "web", Adjustment(memory=GIB)).cause


def test_amounts_are_read_as_people_write_them() -> None:
    assert (parse_memory("4g"), parse_memory("800m"), parse_memory("0")) == (4 * GIB, 800 * 1024**2, 0)
    assert (parse_cpus("1.5"), parse_cpus("0")) == (1.5, 0.0)
    for parse, text in ((parse_memory, "much"), (parse_cpus, "-1"), (parse_cpus, "nan"), (parse_cpus, "")):
        with pytest.raises(HarmonyError, match="is not a"):
            parse(text)
