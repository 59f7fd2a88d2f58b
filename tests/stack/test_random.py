"""Random projects, read by this program and by the official Compose."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.render import to_json
from tests.stack.official import Call, ask, hashes
from tests.stack.random_projects import ENVIRON, projects
from tests.stack.test_official import load

pytestmark = pytest.mark.oracle

#: More by hand: ``HARMONY_EXAMPLES=500``.
EXAMPLES = int(os.environ.get("HARMONY_EXAMPLES", "40"))
#: What the official ``config`` takes although nothing good comes of it: a number of bytes that it drops, a name that
#: no engine takes.
STRICTER = ("has a point or an exponent", "The name is empty")

several = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="HARMONY_EXAMPLES" not in os.environ,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def attempt(folder: Path, call: Call) -> tuple[Project | None, str]:
    """The project, or why there is none."""
    try:
        return load(folder, call), ""
    except ComposeError as error:
        return None, str(error)


def compare(*contents: dict[str, Any]) -> None:
    """Write the files and read them by both."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "project"
        folder.mkdir()
        files = [f"{index}.yaml" for index in range(len(contents))]
        for file, content in zip(files, contents, strict=True):
            (folder / file).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
        (folder / "e.env").write_text("FROM_FILE=$TAG\nTAG=file\nB='x'\n")
        call = Call(files=files, environ=ENVIRON)
        answer = ask(folder, call, "--format", "json")
        project, refusal = attempt(folder, call)
        if project is None:
            assert answer.output is None or any(words in refusal for words in STRICTER), refusal
            return
        assert answer.output is not None, answer.errors
        assert to_json(project) == answer.output
        assert {key: service.config_hash for key, service in project.services.items()} == hashes(folder, call)


@several
@given(projects())
def test_one_file(project: dict[str, Any]) -> None:
    compare(project)


@several
@given(projects(), projects(whole=False))
def test_a_file_and_its_override(project: dict[str, Any], override: dict[str, Any]) -> None:
    compare(project, override)
