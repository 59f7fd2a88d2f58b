"""The corpus, read by this program and the official Compose: the same output and hashes, or an error from both."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.stack.errors import ComposeError
from harmony_desktop.stack.load import load_project
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.render import to_json, to_yaml
from tests.stack.corpus import Case, cases
from tests.stack.official import Call, ask, hashes

pytestmark = pytest.mark.oracle


def load(folder: Path, call: Call) -> Project:
    """Load with the options of a call."""
    return load_project(
        files=call.files,
        project_directory=Path(call.project_directory) if call.project_directory else None,
        project_name=call.project_name or None,
        env_files=[Path(file) for file in call.env_files],
        profiles=call.profiles,
        environ=call.environment(folder),
        cwd=folder / call.cwd,
    )


@pytest.mark.parametrize("case", cases(), ids=str)
def test_it_is_read_alike(case: Case, tmp_path: Path) -> None:
    folder = case.write(tmp_path)
    answer = ask(folder, case.call, "--format", "json")
    if case.fails or case.refused:
        assert (answer.output is None) is case.fails, answer.output or answer.errors
        with pytest.raises(ComposeError) as caught:
            load(folder, case.call)
        assert case.refused in str(caught.value)
        return
    assert answer.output is not None, answer.errors
    project = load(folder, case.call)
    assert to_json(project) == answer.output
    assert {name: service.config_hash for name, service in project.services.items()} == hashes(folder, case.call)


@pytest.mark.parametrize("case", [case for case in cases() if case.name.endswith("(yaml)")], ids=str)
def test_it_is_printed_alike(case: Case, tmp_path: Path) -> None:
    folder = case.write(tmp_path)
    answer = ask(folder, case.call, "--format", "yaml")
    assert answer.output is not None, answer.errors
    assert to_yaml(load(folder, case.call)) == answer.output
