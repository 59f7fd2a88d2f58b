from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harmony_desktop.setup.settings import Settings, SettingsFile
from harmony_desktop.stack.errors import HarmonyError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def test_there_are_defaults_before_there_is_a_file(file: Path) -> None:
    settings = SettingsFile(file)
    assert settings.load() == Settings()
    assert settings.notice == ""
    assert not file.exists()


def test_what_was_saved_comes_back(file: Path) -> None:
    settings = Settings(
        stack_folder="/home/jürgen/日本",
        hardware="cpu",
        context="far",
        told=frozenset({"closing"}),
        ui={"geometry": [1, 2, 3, 4]},
    )
    SettingsFile(file).save(settings)
    assert SettingsFile(file).load() == settings


def test_keys_of_another_release_are_kept(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps({"hardware": "nvidia", "of_the_future": {"x": [1]}}))
    SettingsFile(file).update(lambda settings: replace(settings, stack_folder="/x"))
    assert json.loads(file.read_text()) == {
        "of_the_future": {"x": [1]},
        "stack_folder": "/x",
        "hardware": "nvidia",
        "context": "",
        "told": [],
        "ui": {},
    }


def test_an_update_that_changes_nothing_writes_nothing(file: Path) -> None:
    SettingsFile(file).update(lambda settings: settings)
    assert not file.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_a_damaged_file_is_set_aside_with_a_word(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    settings = SettingsFile(file)
    assert settings.load() == Settings()
    aside = file.with_name("settings.json.broken-1")
    assert str(aside) in settings.notice
    assert aside.read_bytes() == content
    settings.save(Settings(hardware="cpu"))
    assert settings.load().hardware == "cpu"
    assert settings.notice == ""
    # A second accident does not overwrite the first.
    file.write_bytes(b"{again")
    settings.load()
    assert aside.read_bytes() == content
    assert file.with_name("settings.json.broken-2").read_bytes() == b"{again"


def test_values_of_the_wrong_kind_count_as_not_there(file: Path) -> None:
    file.parent.mkdir()
    file.write_text(json.dumps({"stack_folder": 3, "hardware": "amd", "told": ["a", 1], "ui": []}))
    settings = SettingsFile(file).load()
    # They are kept all the same: a later release may mean something by them.
    assert replace(settings, unknown={}) == Settings(told=frozenset({"a"}))


def test_settings_that_cannot_be_saved_are_told(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("in the way")
    with pytest.raises(HarmonyError, match="could not be saved") as caught:
        SettingsFile(tmp_path / "config" / "settings.json").save(Settings())
    assert str(tmp_path / "config") in caught.value.cause


def test_a_folder_in_the_files_place_is_no_crash(file: Path) -> None:
    file.mkdir(parents=True)
    settings = SettingsFile(file)
    assert settings.load() == Settings()
    assert str(file) in settings.notice


def test_a_linked_settings_file_stays_a_link(tmp_path: Path, file: Path) -> None:
    dotfile = tmp_path / "dotfiles.json"
    dotfile.write_text("{}")
    file.parent.mkdir()
    file.symlink_to(dotfile)
    SettingsFile(file).save(Settings(hardware="cpu"))
    assert file.is_symlink()
    assert json.loads(dotfile.read_text())["hardware"] == "cpu"
