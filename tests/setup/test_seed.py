from __future__ import annotations

import errno
import stat
import sys
from pathlib import Path

import pytest

from harmony_desktop.control import files
from harmony_desktop.setup import seed as seed_module
from harmony_desktop.setup.envfile import EnvFile
from harmony_desktop.setup.seed import choose_hardware, seed, telling_faults
from harmony_desktop.stack.errors import HarmonyError
from tests.setup.conftest import Oracle, snapshot


def test_a_new_folder_holds_all_that_the_mounts_need(tmp_path: Path, source: Path, oracle: Oracle) -> None:
    folder = tmp_path / "two words é" / "Harmony"
    report = seed(folder, source)
    assert report.changed
    assert report.hardware == "cpu"
    project = oracle(folder)
    assert project["name"] == "harmony"
    assert len(project["services"]) == 4
    for service in project["services"].values():
        for mount in service.get("volumes", ()):
            place = Path(mount["source"])
            assert place.is_relative_to(folder)
            looks_like_file = bool(place.suffix)
            assert place.is_file() if looks_like_file else place.is_dir(), mount


def test_a_second_run_changes_nothing(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source, hardware="nvidia", architectures="8.9")
    before = snapshot(tmp_path)
    report = seed(tmp_path, source, hardware="nvidia", architectures="8.9")
    assert not report.changed
    assert snapshot(tmp_path) == before


def test_a_run_that_knows_less_takes_nothing_back(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source, hardware="nvidia", architectures="8.9")
    before = snapshot(tmp_path)
    assert seed(tmp_path, source).hardware == "nvidia"
    assert snapshot(tmp_path) == before


def test_the_host_path_and_the_architectures_reach_the_containers(tmp_path: Path, source: Path, oracle: Oracle) -> None:
    folder = tmp_path / "O'Brien & $HOME #1"
    seed(folder, source, hardware="nvidia", architectures="7.5;8.6")
    services = oracle(folder)["services"]
    told = services["harmony-link"]["environment"]["HARMONY_TMP_HOST_DIR"]
    assert told.replace("$$", "$") == str(folder / "harmony-link" / "harmony-tmp")
    for name in ("harmonyspeech-engine", "text-generation-webui-harmonyai"):
        assert services[name]["environment"]["TORCH_CUDA_ARCH_LIST"] == "7.5;8.6"
        assert "HF_TOKEN" not in services[name]["environment"]
        assert services[name]["deploy"]["resources"]["reservations"]["devices"][0]["count"] == -1


def test_a_folder_that_moved_says_where_it_is_now(tmp_path: Path, source: Path) -> None:
    seed(tmp_path / "old", source)
    (tmp_path / "old").rename(tmp_path / "new")
    report = seed(tmp_path / "new", source)
    assert report.updated == ["harmony-link/.env"]
    env = EnvFile((tmp_path / "new" / "harmony-link" / ".env").read_bytes())
    assert env.value("HARMONY_TMP_HOST_DIR") == str(tmp_path / "new" / "harmony-link" / "harmony-tmp")


def test_edits_survive(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source, hardware="cpu", architectures="7.5")
    edits = {
        ".env": b"# mine\r\nCOMPOSE_FILE=docker-compose.yml\r\nHARMONY_LINK_PORT=9999\r\n",
        "harmony-link/config.json": b'{"entities": {}}',
        "harmony-speech-engine/.env": b"TORCH_CUDA_ARCH_LIST=5.0 # mine\n",
        "docker-compose.yml": b"services: {}\n",
    }
    for path, content in edits.items():
        (tmp_path / path).write_bytes(content)
    report = seed(tmp_path, source, hardware="cpu", architectures="8.9")
    assert {path: (tmp_path / path).read_bytes() for path in edits} == edits
    assert report.kept == []
    assert report.updated == ["text-generation-webui-harmonyai/.env"]


def test_a_hardware_choice_by_hand_survives_a_refresh(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source, hardware="cpu")
    env = tmp_path / ".env"
    env.write_text(env.read_text().replace("COMPOSE_FILE=docker-compose.yml", "COMPOSE_FILE=docker-compose.nvidia.yml"))
    assert seed(tmp_path, source, hardware="cpu").hardware == "nvidia"


def test_a_variable_that_is_unset_in_an_edited_file_is_filled_in(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source)
    file = tmp_path / "harmony-speech-engine" / ".env"
    file.write_text("MINE=1")
    seed(tmp_path, source, architectures="8.9")
    assert file.read_text() == "MINE=1\nTORCH_CUDA_ARCH_LIST=8.9\n"
    # What was filled in follows the cards; what the user wrote behind stays.
    seed(tmp_path, source, architectures="12.0")
    assert file.read_text() == "MINE=1\nTORCH_CUDA_ARCH_LIST=12.0\n"


def test_what_is_missing_comes_back(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source)
    (tmp_path / "harmony-link" / "config.json").unlink()
    (tmp_path / "harmony-link" / "harmony-user.key").unlink()
    (tmp_path / "harmony-speech-engine" / "cache").rmdir()
    report = seed(tmp_path, source)
    assert sorted(report.created) == [
        "harmony-link/config.json",
        "harmony-link/harmony-user.key",
        "harmony-speech-engine/cache",
    ]


def test_a_key_that_the_service_wrote_stays(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source)
    (tmp_path / "harmony-link" / "harmony-user.key").write_text("secret")
    assert not seed(tmp_path, source).changed
    assert (tmp_path / "harmony-link" / "harmony-user.key").read_text() == "secret"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_files_with_secrets_are_for_the_user_alone(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source)
    private = {
        file.relative_to(tmp_path).as_posix()
        for file in tmp_path.rglob("*")
        if file.is_file() and stat.S_IMODE(file.stat().st_mode) == 0o600
    }
    assert private == {
        ".env",
        "harmony-link/.env",
        "harmony-speech-engine/.env",
        "text-generation-webui-harmonyai/.env",
    }
    # An edit keeps the permissions that the user gave.
    (tmp_path / ".env").chmod(0o640)
    choose_hardware(tmp_path, "nvidia")
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o640


@pytest.mark.parametrize("stop_at", range(0, 18, 3))
def test_an_interrupted_run_leaves_whole_files_and_is_taken_up_again(
    tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    folder, finished = tmp_path / "folder", tmp_path / "finished"
    seed(finished, source, hardware="nvidia", architectures="8.9")
    writes = 0

    def write(file: Path, content: bytes, *, mode: int | None = None) -> None:
        nonlocal writes
        writes += 1
        if writes > stop_at:
            raise OSError(28, "No space left on device", str(file))
        files.write_atomic(file, content, mode=mode)

    with monkeypatch.context() as patched:
        patched.setattr(seed_module, "write_atomic", write)
        if stop_at < 14:
            with pytest.raises(HarmonyError, match="could not be written") as caught:
                seed(folder, source, hardware="nvidia", architectures="8.9")
            assert "No space left" in caught.value.cause
        else:
            seed(folder, source, hardware="nvidia", architectures="8.9")
    for path, (content, _, _) in snapshot(folder).items():
        if path not in {".harmony/manifest.json", "harmony-link/.env"}:
            assert content == (finished / path).read_bytes()
    seed(folder, source, hardware="nvidia", architectures="8.9")
    assert snapshot(folder).keys() == snapshot(finished).keys()
    assert not seed(folder, source, hardware="nvidia", architectures="8.9").changed


def test_a_lost_manifest_entry_costs_no_edit(tmp_path: Path, source: Path) -> None:
    seed(tmp_path, source)
    (tmp_path / "harmony-link" / "config.json").write_text("{}")
    (tmp_path / ".harmony" / "manifest.json").write_text("{broken")
    report = seed(tmp_path, source)
    assert (tmp_path / "harmony-link" / "config.json").read_text() == "{}"
    assert "harmony-link/config.json" in report.kept
    assert any(".harmony/manifest.json is damaged" in words for words in report.warnings)
    assert (tmp_path / ".harmony" / "manifest.json.damaged").read_text() == "{broken"
    assert not any("damaged" in words for words in seed(tmp_path, source).warnings), "told once"


class TestChoosingHardware:
    def test_only_the_compose_file_changes(self, tmp_path: Path, source: Path) -> None:
        seed(tmp_path, source, hardware="cpu")
        before = snapshot(tmp_path)
        assert choose_hardware(tmp_path, "nvidia")
        after = snapshot(tmp_path)
        changed = {path for path in after if after[path][0] != before[path][0]}
        assert changed == {".env", ".harmony/manifest.json"}
        assert after[".env"][0] == before[".env"][0].replace(
            b"COMPOSE_FILE=docker-compose.yml", b"COMPOSE_FILE=docker-compose.nvidia.yml"
        )
        # The file still counts as untouched.
        assert seed(tmp_path, source).hardware == "nvidia"
        assert not choose_hardware(tmp_path, "nvidia")

    def test_the_official_compose_follows(self, tmp_path: Path, source: Path, oracle: Oracle) -> None:
        seed(tmp_path, source, hardware="nvidia")
        choose_hardware(tmp_path, "cpu")
        images = {service["image"] for service in oracle(tmp_path)["services"].values()}
        assert "harmonyai/harmonyspeech-engine-cpu:latest" in images

    def test_further_files_and_comments_stay(self, tmp_path: Path, source: Path) -> None:
        seed(tmp_path, source)
        (tmp_path / ".env").write_bytes(
            b"COMPOSE_PATH_SEPARATOR=;\r\nCOMPOSE_FILE=./docker-compose.yml;limits.yml # mine\r\nA=1"
        )
        choose_hardware(tmp_path, "nvidia")
        assert (tmp_path / ".env").read_bytes() == (
            b"COMPOSE_PATH_SEPARATOR=;\r\nCOMPOSE_FILE=docker-compose.nvidia.yml;limits.yml # mine\r\nA=1"
        )

    def test_a_missing_file_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(HarmonyError, match="cannot be switched"):
            choose_hardware(tmp_path, "cpu")


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "Make room"),
        (errno.EACCES, "ask for access"),
        (errno.EROFS, "ask for access"),
        (errno.ENOENT, "Choose another folder"),
        (errno.EIO, "Make room or ask"),
    ],
)
def test_each_fault_has_its_own_way_out(tmp_path: Path, number: int, advice: str) -> None:
    with pytest.raises(HarmonyError) as told, telling_faults(tmp_path):
        raise OSError(number, "no", str(tmp_path))
    assert advice in told.value.advice
    assert ("Make room" in told.value.advice) is (number in {errno.ENOSPC, errno.EIO})
