from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.control.ports import Gpu
from harmony_desktop.setup.folder import StackFolder
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.settings import SettingsFile
from harmony_desktop.stack.errors import HarmonyError

GPUS = (Gpu(0, "NVIDIA GeForce RTX 4090", "GPU-0", 24 << 30, "8.9"),)


@pytest.fixture
def folder(tmp_path: Path, source: Path) -> StackFolder:
    return StackFolder(
        {}, settings=SettingsFile(tmp_path / "settings.json"), source=source, default=tmp_path / "Harmony"
    )


def test_before_there_is_a_folder(folder: StackFolder) -> None:
    assert (folder.location(), folder.profile(), folder.wanted()) == ("", "", "auto")
    with pytest.raises(HarmonyError, match="no stack folder yet"):
        folder.load()
    with pytest.raises(HarmonyError, match="no stack folder yet"):
        folder.choose("cpu", "cpu")


def test_a_prepared_folder_is_remembered(folder: StackFolder, tmp_path: Path) -> None:
    place = tmp_path / "elsewhere"
    folder.prepare(str(place), "auto", "nvidia", GPUS)
    assert (folder.location(), folder.profile(), folder.wanted()) == (str(place), "nvidia", "auto")
    assert "TORCH_CUDA_ARCH_LIST=8.9" in (place / "harmony-speech-engine" / ".env").read_text()


def test_a_choice_is_remembered_and_takes_effect(folder: StackFolder, tmp_path: Path) -> None:
    folder.prepare(str(tmp_path / "x"), "auto", "cpu", ())
    folder.choose("nvidia", "nvidia")
    assert (folder.profile(), folder.wanted()) == ("nvidia", "nvidia")


def test_an_explicit_choice_overrides_the_file_and_auto_does_not(folder: StackFolder, tmp_path: Path) -> None:
    place = tmp_path / "x"
    folder.prepare(str(place), "auto", "cpu", ())
    (place / ".env").write_text("COMPOSE_FILE=docker-compose.nvidia.yml\n")
    folder.prepare(str(place), "auto", "cpu", ())
    assert folder.profile() == "nvidia"
    folder.prepare(str(place), "cpu", "cpu", ())
    assert folder.profile() == "cpu"


def test_the_usual_folder_is_found_without_settings(folder: StackFolder, tmp_path: Path, source: Path) -> None:
    seed(tmp_path / "Harmony", source)
    assert folder.location() == str(tmp_path / "Harmony")


def test_a_folder_that_is_gone_is_told(folder: StackFolder, tmp_path: Path) -> None:
    folder.prepare(str(tmp_path / "x"), "auto", "cpu", ())
    (tmp_path / "x").rename(tmp_path / "y")
    with pytest.raises(HarmonyError, match="is gone") as caught:
        folder.load()
    assert str(tmp_path / "x") in caught.value.cause


def test_files_of_our_own_name_no_profile(folder: StackFolder, tmp_path: Path) -> None:
    place = tmp_path / "x"
    folder.prepare(str(place), "auto", "cpu", ())
    (place / ".env").write_text("COMPOSE_FILE=mine.yml\n")
    assert folder.profile() == ""
    (place / ".env").unlink()
    assert folder.profile() == "cpu"


def test_files_for_one_call_write_nothing(folder: StackFolder, tmp_path: Path) -> None:
    place = tmp_path / "x"
    folder.prepare(str(place), "auto", "cpu", ())
    (place / ".env").write_text("COMPOSE_FILE=docker-compose.yml:limits.yml\nCOMPOSE_PATH_SEPARATOR=:\n")
    assert folder.files_for("nvidia") == (str(place / "docker-compose.nvidia.yml"), str(place / "limits.yml"))
    assert folder.files_for("cpu", place)[0] == str(place / "docker-compose.yml")
    assert folder.profile() == "cpu"


@pytest.mark.parametrize("profile", ["cpu", "nvidia"])
def test_the_folder_is_loaded_as_the_project_that_it_means(folder: StackFolder, tmp_path: Path, profile: str) -> None:
    pytest.importorskip("harmony_desktop.stack.load")
    place = tmp_path / "two words" / "Harmony"
    folder.prepare(str(place), "auto", profile, GPUS)
    project = folder.load()
    assert (project.name, project.working_dir) == ("harmony", place)
    assert {service.title for service in project.services.values()} == {
        "Harmony Link",
        "Text Generation",
        "Speech Engine",
        "Speech UI",
    }
    link = project.services["harmony-link"].presentation
    assert {use.service: use.purpose for use in link.uses} == {
        "text-generation-webui-harmonyai": "text",
        "harmonyspeech-engine": "speech",
    }
    with_cards = {name for name, service in project.services.items() if service.gpus}
    assert with_cards == ({"harmonyspeech-engine", "text-generation-webui-harmonyai"} if profile == "nvidia" else set())
    assert project.services["text-generation-webui-harmonyai"].tty


def test_a_compose_file_of_the_process_does_not_hijack_the_stack(tmp_path: Path, source: Path) -> None:
    pytest.importorskip("harmony_desktop.stack.load")
    folder = StackFolder(
        {"COMPOSE_FILE": "/elsewhere/compose.yml"},
        settings=SettingsFile(tmp_path / "settings.json"),
        source=source,
        default=tmp_path / "Harmony",
    )
    folder.prepare(str(tmp_path / "Harmony"), "auto", "cpu", ())
    assert folder.load().name == "harmony"


def test_a_folder_is_taken_only_where_there_is_none(folder: StackFolder, tmp_path: Path, source: Path) -> None:
    assert folder.take(tmp_path / "restored")
    assert folder.location() == str(tmp_path / "restored")
    assert not folder.take(tmp_path / "another")
    assert folder.location() == str(tmp_path / "restored")


def test_the_usual_folder_is_taken_too(folder: StackFolder, tmp_path: Path, source: Path) -> None:
    seed(tmp_path / "Harmony", source)
    assert not folder.take(tmp_path / "another"), "there is one in the usual place"
    assert folder.take(tmp_path / "Harmony")
    assert folder.location() == str(tmp_path / "Harmony")
