"""``restore`` and the stack folder on the command line, without an engine: what cannot be written, what is gone."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from harmony_desktop import assets
from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.main import run
from harmony_desktop.cli.parser import build_parser, find_command
from harmony_desktop.setup import backup_preview
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.settings import Settings, SettingsFile

LINK = "harmony-link/config.json"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    made = tmp_path / "Harmony"
    seed(made, assets.compose_dir())
    SettingsFile().save(Settings(stack_folder=str(made)))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return made


def call(*words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    status = run(build_parser(find_command(list(words))).parse_args(list(words)), AppEnvironment(out, err))
    return status, out.getvalue(), err.getvalue()


def test_what_cannot_be_written_is_no_success(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = str(tmp_path / "b.zip")
    assert call("backup", file)[0] == 0
    monkeypatch.setattr(backup_preview, "obstacle", lambda _root, _path: "the drive is mounted read-only")
    target = str(tmp_path / "new")
    status, out, err = call("restore", file, "--folder", target, "--yes")
    assert (status, out) == (1, "")
    assert "Nothing could be restored" in err
    assert "the drive is mounted read-only" in err
    assert "there already" not in err
    assert "0 files" not in err
    status, out, _ = call("restore", file, "--folder", target, "--yes", "--format", "json")
    assert status == 1
    assert LINK in {row["path"] for row in json.loads(out)["left_out"]}
    monkeypatch.setattr(backup_preview, "obstacle", lambda _root, path: "no" if path == LINK else "")
    status, out, err = call("restore", file, "--folder", target, "--yes")
    assert (status, out) == (0, f"{target}\n")
    assert "1 file is left out" in err
    assert "before-restore-" in err
    assert "that are running" not in err


def test_only_parts_that_there_are_are_suggested(folder: Path) -> None:
    told = call("backup")[2]
    assert "voices" not in told
    assert "--with characters,prompts\n" in told
    shutil.rmtree(folder / "text-generation-webui-harmonyai")
    assert call("backup")[2].endswith("harmony-desktop backup FILE\n")


@pytest.mark.parametrize("command", [("config",), ("ps",), ("merge",), ("models", "list")])
def test_a_stack_folder_that_is_gone_is_told_as_such(folder: Path, command: tuple[str, ...]) -> None:
    folder.rename(folder.with_name("unplugged"))
    status, out, err = call(*command)
    assert status == 1
    assert out == ""
    assert "The stack folder is gone" in err
    assert str(folder) in err
