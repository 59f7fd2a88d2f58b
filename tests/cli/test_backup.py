"""Backup and restore from the command line: a stack that was wrecked runs again, and scripts can read what is told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.panel import Panel
from tests.lab.lab import Lab

pytestmark = pytest.mark.lab

TEXT = "text-generation-webui-harmonyai"
CHARACTER = f"{TEXT}/characters/Zoë.yaml"


def test_a_stack_that_was_wrecked_runs_again(
    panel: Panel, stack_folder: Path, clean_engine: Lab, tmp_path: Path
) -> None:
    (stack_folder / CHARACTER).write_text("name: Zoë\n", encoding="utf-8")
    with (stack_folder / ".env").open("a") as env:
        env.write("HF_TOKEN=hf_abcdefghijklmnopqrstuv\n")
    listed = panel.json("backup")
    assert {part["part"] for part in listed["parts"]} >= {"configuration", "characters"}
    file = tmp_path / "backup.zip"
    saved = panel("backup", str(file), "--with", "characters,voices", "--format", "json")
    assert "tokens, keys and passwords of the stack. Keep it" in saved.stderr, "and nothing of it is masked"
    told = json.loads(saved.stdout)
    assert (told["complete"], told["parts"]) == (True, ["configuration", "characters", "voices"])
    again = panel("backup", str(file), check=False)
    assert again.returncode == 1
    assert "--force" in again.stderr
    assert panel("backup", str(tmp_path / "c.zip"), "--with", "cats", check=False).returncode == 2

    # The wreck: no compose files, a folder where a file belongs, a character lost, and another one made since.
    for place in stack_folder.glob("*.yml"):
        place.unlink()
    (stack_folder / "harmony-link/config.json").unlink()
    (stack_folder / "harmony-link/config.json").mkdir()
    shutil.rmtree(stack_folder / TEXT / "characters")
    (stack_folder / TEXT / "characters").mkdir()
    (stack_folder / TEXT / "characters/New.yaml").write_text("name: New\n")
    assert panel("up", check=False).returncode == 3

    shown = panel.json("restore", str(file), "--dry-run")
    changes = {item["path"]: item["change"] for item in shown["items"] if item["change"] != "same"}
    assert changes[CHARACTER] == "new"
    assert changes["harmony-link/config.json"] == "new"
    assert changes[f"{TEXT}/characters/New.yaml"] == "only here"
    assert not (stack_folder / "docker-compose.yml").exists()
    assert panel("restore", str(file), check=False).returncode == 1, "nobody is there to ask"
    done = panel.json("restore", str(file), "--yes")
    assert set(done["written"]) == {path for path, change in changes.items() if change == "new"}
    panel("up", "--wait")
    seen = clean_engine.api.execute(
        f"harmony-{TEXT}-1", "sh", "-c", "cat /home/app/text-generation-webui/user_data/characters/*"
    )
    assert "Zoë" in str(seen)
    assert "New" in str(seen), "what came since stays"

    # Into a new folder, as on another computer; then taken back.
    target = tmp_path / "elsewhere"
    into = panel("restore", str(file), "--folder", str(target), "--yes", "--only", "configuration")
    assert into.stdout == f"{target}\n"
    assert not (target / CHARACTER).exists()
    assert f"{target}/harmony-link/harmony-tmp" in (target / "harmony-link/.env").read_text()
    assert panel.json("--project-directory", str(target), "config")["name"] == "harmony"
    undone = panel("restore", "--undo", "--folder", str(target))
    assert "As before: docker-compose.yml" in undone.stdout
    assert not (target / "docker-compose.yml").exists()
    assert panel("restore", "--undo", "--folder", str(target), check=False).returncode == 1


def test_an_archive_with_bad_intentions_is_refused(panel: Panel, tmp_path: Path) -> None:
    from tests.setup.making_backups import Forged

    file = Forged({"../evil": b"evil"}).write(tmp_path / "b.zip")
    refused = panel("restore", str(file), "--folder", str(tmp_path / "new"), "--yes", check=False)
    assert refused.returncode == 1
    assert "not safe" in refused.stderr
    assert "../evil" in refused.stderr
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "new").exists()
