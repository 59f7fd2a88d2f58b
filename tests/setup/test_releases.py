"""The file of remembered images: whole or not at all, and a damaged one counts as none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harmony_desktop.control.releases import Inquiry, Release, Releases
from harmony_desktop.setup.manifest import MANIFEST
from harmony_desktop.setup.releases import ReleaseFile
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from tests.plan.builders import project, service

SAMPLE = Releases(
    ready=({"a": Release("x/a", "sha256:1", "x/a@sha256:2", "2026-01-01T00:00:00Z", 42)}, {}),
    held={"x/a": "sha256:3"},
    inquiry=Inquiry(12.5, {"x/a": "sha256:4"}),
)


@pytest.fixture
def stack(tmp_path: Path) -> Project:
    """A stack folder's project."""
    (tmp_path / MANIFEST).parent.mkdir()
    (tmp_path / MANIFEST).write_text("{}")
    return replace(project(service("a")), working_dir=tmp_path)


def memory(stack: Project) -> Path:
    return stack.working_dir / ".harmony/releases.json"


def test_what_is_saved_is_loaded_by_each_project_for_itself(stack: Project) -> None:
    other = replace(stack, name="other")
    ReleaseFile().save(stack, SAMPLE)
    ReleaseFile().save(other, Releases())
    assert ReleaseFile().load(stack) == SAMPLE
    assert ReleaseFile().load(other) == Releases()
    assert ReleaseFile().load(replace(stack, name="unknown")) == Releases()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 2, "projects": {"p": {"ready": []}}}',
        '{"format": 1, "projects": {"p": {"ready": [{"a": {}}], "held": {}, "asked_at": 0, "registry": {}}}}',
        '{"format": 1, "projects": {"p": {"ready": 5}}}',
        '{"format": 1, "projects": {"p": {"ready": [], "held": [], "asked_at": "x", "registry": {}}}}',
        '{"format": 1, "projects": []}',
    ],
)
def test_a_damaged_memory_is_none_and_can_be_written_anew(stack: Project, content: str) -> None:
    memory(stack).write_text(content)
    assert ReleaseFile().load(stack) == Releases()
    ReleaseFile().save(stack, SAMPLE)
    assert ReleaseFile().load(stack) == SAMPLE


def test_the_file_tells_its_format(stack: Project) -> None:
    ReleaseFile().save(stack, SAMPLE)
    assert json.loads(memory(stack).read_text())["format"] == 1


def test_a_folder_that_cannot_be_written_is_told(stack: Project) -> None:
    memory(stack).mkdir()
    with pytest.raises(HarmonyError, match="could not be remembered"):
        ReleaseFile().save(stack, SAMPLE)
