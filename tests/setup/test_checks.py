from __future__ import annotations

import os
from pathlib import Path

import pytest

from harmony_desktop.setup import checks
from harmony_desktop.setup.checks import file_system
from harmony_desktop.setup.seed import choose_hardware, seed
from harmony_desktop.stack.errors import HarmonyError
from tests.setup.conftest import snapshot


def test_a_file_in_the_way_is_told(tmp_path: Path, source: Path) -> None:
    (tmp_path / "Harmony").write_text("")
    with pytest.raises(HarmonyError, match="file is in the way"):
        seed(tmp_path / "Harmony" / "stack", source)


@pytest.mark.parametrize("name", ["compose.yml", "docker-compose.yml", "docker-compose.yaml"])
def test_another_projects_folder_is_refused(tmp_path: Path, source: Path, name: str) -> None:
    (tmp_path / name).write_text("services: {web: {image: nginx}}\n")
    with pytest.raises(HarmonyError, match="holds compose files already") as caught:
        seed(tmp_path, source)
    assert "another project" in caught.value.cause
    assert f"harmony-desktop -f {tmp_path / name} up" in caught.value.advice
    assert list(snapshot(tmp_path)) == [name]


@pytest.mark.skipif(os.name == "nt", reason="there, a colon stands behind each drive")
@pytest.mark.parametrize("name", ["12:30", "two\nlines"])
def test_a_name_that_cannot_be_mounted_is_refused(tmp_path: Path, source: Path, name: str) -> None:
    with pytest.raises(HarmonyError, match="name cannot be used"):
        seed(tmp_path / name, source)
    assert list(snapshot(tmp_path)) == []


def test_a_harmony_stack_made_by_hand_is_recognised(tmp_path: Path, source: Path) -> None:
    (tmp_path / "docker-compose.yml").write_text("services: {a: {image: harmonyai/harmony-link:latest}}\n")
    with pytest.raises(HarmonyError) as caught:
        seed(tmp_path, source)
    assert "a Harmony stack that was set up by hand" in caught.value.cause


def test_an_empty_folder_in_a_files_place_is_repaired(tmp_path: Path, source: Path) -> None:
    for path in ("harmony-link/harmony-user.key", "harmony-link/config.json"):
        (tmp_path / path).mkdir(parents=True)
    report = seed(tmp_path, source)
    assert report.repaired == ["harmony-link/config.json", "harmony-link/harmony-user.key"]
    assert (tmp_path / "harmony-link" / "harmony-user.key").is_file()


def test_a_full_folder_in_a_files_place_is_reported_and_nothing_written(tmp_path: Path, source: Path) -> None:
    key = tmp_path / "harmony-link" / "harmony-user.key"
    key.mkdir(parents=True)
    (key / "precious").write_text("1")
    with pytest.raises(HarmonyError, match=r"in the place of the file harmony-link/harmony-user\.key") as caught:
        seed(tmp_path, source)
    assert caught.value.advice
    assert list(snapshot(tmp_path)) == ["harmony-link/harmony-user.key/precious"]


@pytest.mark.parametrize("path", ["harmony-link", "text-generation-webui-harmonyai/models"])
def test_a_file_in_a_folders_place_is_reported(tmp_path: Path, source: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("")
    with pytest.raises(HarmonyError, match=f"in the place of the folder {path}"):
        seed(tmp_path, source)


def test_a_name_with_a_line_end_is_refused(tmp_path: Path, source: Path) -> None:
    with pytest.raises(HarmonyError, match="cannot be used"):
        seed(tmp_path / "a\nb", source)


def test_little_space_is_a_warning(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_COMFORTABLE", 1 << 62)
    assert any("GB are free" in warning for warning in seed(tmp_path / "new", source).warnings)


@pytest.mark.parametrize(
    ("name", "warned"),
    [
        ("OneDrive", True),
        ("OneDrive - Example Ltd", True),
        ("Dropbox", True),
        ("Google Drive", True),
        ("Harmony", False),
        ("Dropboxes", False),
        ("日本 ü", False),
    ],
)
def test_a_synchronised_folder_is_a_warning(tmp_path: Path, source: Path, name: str, warned: bool) -> None:
    report = seed(tmp_path / name / "Harmony", source)
    assert any("synchronised to a cloud" in warning for warning in report.warnings) == warned


def test_the_file_system_is_that_of_the_innermost_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\n"
        "server:/home /home nfs4 rw 0 0\n"
        "/dev/sdb1 /home/me ext4 rw 0 0\n"
        "me@host: /mnt/two\\040words fuse.sshfs rw 0 0\n"
    )
    assert file_system(Path("/srv"), mounts) == "ext4"
    assert file_system(Path("/home/you/Harmony"), mounts) == "nfs4"
    assert file_system(Path("/home/me/Harmony"), mounts) == "ext4"
    assert file_system(Path("/mnt/two words/x"), mounts) == "sshfs"
    assert file_system(Path("/srv"), tmp_path / "missing") == ""


def test_a_network_drive_is_a_warning(tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "file_system", lambda _: "nfs4")
    assert any("network" in warning for warning in seed(tmp_path, source).warnings)


class TestLinks:
    def test_a_stack_folder_may_be_a_link_itself(self, tmp_path: Path, source: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "Harmony").symlink_to("disk")
        assert seed(tmp_path / "Harmony", source).folder == str(tmp_path / "disk")
        assert (tmp_path / "disk" / "docker-compose.yml").is_file()

    def test_nothing_is_written_through_a_link_that_leads_out(self, tmp_path: Path, source: Path) -> None:
        outside, folder = tmp_path / "outside", tmp_path / "stack"
        outside.mkdir()
        folder.mkdir()
        (outside / "env").write_text("MINE=1\n")
        (folder / "harmony-speech-engine").symlink_to(outside)
        (folder / ".env").symlink_to(outside / "env")
        before, mode = snapshot(outside), outside.stat().st_mode
        report = seed(folder, source, hardware="nvidia", architectures="8.9")
        assert snapshot(outside) == before
        assert (outside.stat().st_mode, outside.stat().st_uid) == (mode, tmp_path.stat().st_uid)
        assert not (outside / "cache").exists()
        assert any("harmony-speech-engine/config.yml" in warning for warning in report.warnings)
        with pytest.raises(HarmonyError):
            choose_hardware(folder, "cpu")
        assert snapshot(outside) == before

    def test_models_on_another_disk_are_left_as_they_are(self, tmp_path: Path, source: Path) -> None:
        disk, folder = tmp_path / "disk", tmp_path / "stack"
        disk.mkdir(mode=0o755)
        (folder / "text-generation-webui-harmonyai").mkdir(parents=True)
        (folder / "text-generation-webui-harmonyai" / "models").symlink_to(disk)
        owner = disk.stat().st_uid
        report = seed(folder, source)
        assert "text-generation-webui-harmonyai/models" not in report.created
        assert (disk.stat().st_uid, disk.stat().st_mode & 0o777) == (owner, 0o755)
