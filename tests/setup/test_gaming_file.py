"""The file in which is remembered what gaming mode has stopped and unloaded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harmony_desktop.control.gaming import CardUse, GamingRecord, Reading, Stopped, Unloaded
from harmony_desktop.setup.gaming_file import FILE, GamingFile
from harmony_desktop.setup.places import state_folder
from harmony_desktop.stack.project import Project
from tests.stack.project_of import project_of

RECORD = GamingRecord(
    datetime(2026, 1, 1, 12, tzinfo=UTC),
    card=True,
    whole=True,
    stopped=(Stopped("speech", 2, "c1"),),
    unloaded=(Unloaded("text", 1, "Ünï.gguf", {"ctx_size": 4096, "loader": "llama.cpp", "cpu": False}, ("pirate",)),),
    running=(Stopped("text", 1, "c2"),),
    before=Reading((CardUse("GPU-1", "RTX", 12),), 34, 1767225600.5),
    after=None,
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "stack"
    folder.mkdir()
    return project_of(folder, "name: one\nservices: {web: {image: x}}\n")


def test_what_is_kept_comes_back_and_is_forgotten(project: Project) -> None:
    assert GamingFile().load(project) is None
    GamingFile().save(project, RECORD)
    assert GamingFile().load(project) == RECORD
    GamingFile().forget(project)
    assert GamingFile().load(project) is None
    GamingFile().forget(project)


def test_each_project_of_a_folder_has_its_own(project: Project) -> None:
    other = replace(project, name="two")
    GamingFile().save(project, RECORD)
    GamingFile().save(other, replace(RECORD, whole=False))
    GamingFile().forget(project)
    assert GamingFile().load(project) is None
    assert GamingFile().load(other) == replace(RECORD, whole=False)


@pytest.mark.parametrize("damage", ["", "{", '{"format": 1, "projects": {"one": {"since": "yesterday"}}}'])
def test_a_damaged_file_counts_as_none(project: Project, damage: str) -> None:
    GamingFile().save(project, RECORD)
    (state_folder(project.working_dir) / FILE).write_text(damage)
    assert GamingFile().load(project) is None
    GamingFile().save(project, RECORD)
    assert GamingFile().load(project) == RECORD
