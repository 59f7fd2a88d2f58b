"""An older program meets what a newer one has written: nothing of it is lost, and the older one works all the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harmony_desktop.control.lives import Remembered
from harmony_desktop.control.wizard import Choices, Page, Progress
from harmony_desktop.setup.formats import own_file
from harmony_desktop.setup.lives import LifeFile
from harmony_desktop.setup.repair_log import Entry, RepairLog
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.settings import SettingsFile
from harmony_desktop.setup.wizard_file import WizardFile
from harmony_desktop.stack.load import load_project


def wrote(file: Path, content: object) -> bytes:
    """Let a newer program have written a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    return file.read_bytes()


@pytest.fixture
def stack(tmp_path: Path, source: Path) -> Path:
    seed(tmp_path / "stack", source)
    return tmp_path / "stack"


def test_the_older_one_has_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "repairs.json"
    assert own_file(file, 1) == file
    for content in ('{"format": 1}', '{"format": true}', "[]", "{", '{"format": "2"}'):
        file.write_text(content)
        assert own_file(file, 1) == file
    wrote(file, {"format": 2})
    assert own_file(file, 1) == tmp_path / "repairs.format-1.json"
    assert own_file(file, 2) == file


def test_repairs_of_a_newer_one_are_kept(stack: Path) -> None:
    file = stack / ".harmony" / "repairs.json"
    theirs = wrote(file, {"format": 2, "repairs": {"by": "date"}})
    log = RepairLog.read(stack)
    assert not log.repairs
    log.add([Entry("file", "a")])
    assert RepairLog.read(stack).repairs == [[Entry("file", "a")]]
    assert file.read_bytes() == theirs


def test_a_repair_with_more_to_say_can_be_taken_back(stack: Path) -> None:
    wrote(
        stack / ".harmony" / "repairs.json",
        {"format": 1, "repairs": [[{"kind": "file", "path": "a", "mood": "glad"}]]},
    )
    assert RepairLog.read(stack).repairs == [[Entry("file", "a")]]


def test_what_is_remembered_by_project_is_kept(stack: Path) -> None:
    project = load_project(project_directory=stack, environ={}, cwd=stack)
    file = stack / ".harmony" / "readiness.json"
    theirs = wrote(file, {"format": 2, "projects": [{"name": project.name}]})
    lives = LifeFile()
    assert lives.load(project) == Remembered()
    lives.save(project, Remembered())
    assert file.read_bytes() == theirs
    assert (stack / ".harmony" / "readiness.format-1.json").is_file()


def test_how_far_the_newer_wizard_came_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "setup.json"
    theirs = wrote(file, {"format": 2, "page": {"at": "the moon"}})
    wizard = WizardFile(file)
    assert wizard.load() is None
    progress = Progress(page=Page.FOLDER, choices=Choices("/somewhere"))
    wizard.save(progress)
    assert wizard.load() == progress
    assert file.read_bytes() == theirs


@pytest.mark.parametrize(
    "newer",
    [
        {"hardware": "rocm", "future": {"a": [1]}},
        {"stack_folder": ["/a", "/b"], "ui": ["window"], "told": "everything"},
        {"context": {"name": "remote"}, "format": 9},
    ],
)
def test_settings_that_are_not_understood_stay(tmp_path: Path, newer: dict[str, Any]) -> None:
    file = tmp_path / "settings.json"
    wrote(file, newer)
    settings = SettingsFile(file)
    assert settings.load().hardware == "auto"
    settings.update(lambda now: replace(now, ui={**now.ui, "page": "logs"}))
    after = json.loads(file.read_bytes())
    assert {name: after[name] for name in newer if name != "ui"} == {
        name: value for name, value in newer.items() if name != "ui"
    }
    assert after["ui"] == {"page": "logs"}
    # What is chosen here takes the place of what was not understood.
    settings.update(lambda now: replace(now, hardware="cpu", stack_folder="/here"))
    assert SettingsFile(file).load().hardware == "cpu"
    assert SettingsFile(file).load().stack_folder == "/here"
