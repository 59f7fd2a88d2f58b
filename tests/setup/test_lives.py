"""The file in which is remembered what has been ready."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from harmony_desktop.control.lives import Remembered
from harmony_desktop.control.state import Stage
from harmony_desktop.setup.lives import FILE, LifeFile
from harmony_desktop.setup.places import state_folder
from harmony_desktop.stack.project import Project
from tests.stack.project_of import project_of

NOW = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
SEEN = Remembered({"c1": NOW}, {"web": (Stage.READY, NOW)})


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "stack"
    folder.mkdir()
    return project_of(folder, "name: one\nservices: {web: {image: x}}\n")


def test_what_is_kept_comes_back(project: Project) -> None:
    assert LifeFile().load(project) == Remembered()
    LifeFile().save(project, SEEN)
    assert LifeFile().load(project) == SEEN


def test_nothing_is_written_into_a_folder_that_is_not_ours(project: Project) -> None:
    LifeFile().save(project, SEEN)
    assert [path.name for path in project.working_dir.iterdir()] == ["compose.yaml"]


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{", '{"format": 2, "projects": {}}', '{"format": 1, "projects": {"one": 3}}',
        '{"format": 1, "projects": {"one": {"ready": {"c": "yesterday"}, "since": {}}}}',
        '{"format": 1, "projects": {"one": {"ready": {"c": "2026-01-01T00:00:00"}, "since": {}}}}',
        '{"format": 1, "projects": {"one": {"ready": {}, "since": {"web": ["shiny", "2026-01-01T00:00:00+00:00"]}}}}',
    ],
)  # fmt: skip
def test_a_damaged_file_counts_as_none(project: Project, content: str) -> None:
    file = state_folder(project.working_dir) / FILE
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert LifeFile().load(project) == Remembered()
    LifeFile().save(project, SEEN)
    assert LifeFile().load(project) == SEEN


def test_a_place_that_may_not_be_written_is_no_fault(project: Project) -> None:
    place = state_folder(project.working_dir)
    place.parent.mkdir(parents=True)
    place.write_text("a file in its place")
    LifeFile().save(project, SEEN)
    assert LifeFile().load(project) == Remembered()
