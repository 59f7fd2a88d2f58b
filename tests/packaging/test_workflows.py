"""The workflows of the build server call what people call, and may do no more than they need."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


def load(file: Path) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load(file.read_text("utf-8"))
    return content


def steps(workflow: dict[Any, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            yield name, step


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_they_are_well_formed(file: Path) -> None:
    workflow = load(file)
    assert True in workflow  # "on", as YAML 1.1 reads it
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        assert job["runs-on"]
        assert not set(job.get("needs", [])) - set(workflow["jobs"])
    for _, step in steps(workflow):
        assert ("run" in step) != ("uses" in step)
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_they_may_do_little(file: Path) -> None:
    workflow = load(file)
    assert workflow["permissions"] == {"contents": "read"}
    writing = {name for name, job in workflow["jobs"].items() if job.get("permissions", {}).get("contents") == "write"}
    assert writing <= {"publish"}
    for _, step in steps(workflow):
        assert "${{" not in step.get("run", ""), "what others have chosen must not become a command"
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_packages_of_all_systems_are_made_tried_and_published() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "release.yml")
    commands = {
        name: "\n".join(step.get("run", "") for job, step in steps(workflow) if job == name)
        for name in workflow["jobs"]
    }
    made = {
        name: set(re.findall(r"^make ([a-z -]+)", text, re.MULTILINE)[0].split()) for name, text in commands.items()
    }
    assert made == {
        "linux": {"deb", "appimage", "bill"},
        "windows": {"windows", "bill"},
        "macos": {"macos", "bill"},
        "publish": {"release"},
    }
    assert set().union(*made.values()) <= TARGETS
    assert set(workflow["jobs"]["publish"]["needs"]) == {"linux", "windows", "macos"}
    assert workflow["jobs"]["publish"]["if"] == "startsWith(github.ref, 'refs/tags/')"
    for name in ("linux", "macos"):
        assert "packaging/smoke.py" in commands[name]
    for script in re.findall(r"packaging/[\w/]+\.(?:py|sh)", "\n".join(commands.values())):
        assert (ROOT / script).is_file()


def test_the_gate_is_the_same_everywhere() -> None:
    workflow = load(ROOT / ".github" / "workflows" / "checks.yml")
    assert any(".ci/run" in step.get("run", "") for _, step in steps(workflow))
