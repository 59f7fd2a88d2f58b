"""What the window remembers, and stacks that the caller names by their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.setup.given import GivenFiles
from harmony_desktop.setup.remembered import RememberedSettings
from harmony_desktop.setup.settings import Settings, SettingsFile
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project


async def test_what_is_set_is_there_the_next_time_and_the_rest_stays(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.json")
    file.save(Settings(stack_folder="/stack", ui={"old": 1}))
    remembered = RememberedSettings(file)
    remembered.set("window.page", "logs")
    remembered.set("window.size", [900, 600])
    assert remembered.get("window.page") == "logs"
    await remembered.close()
    assert file.load() == Settings(
        stack_folder="/stack", ui={"old": 1, "window.page": "logs", "window.size": [900, 600]}
    )


async def test_nothing_is_written_when_nothing_changed(tmp_path: Path) -> None:
    remembered = RememberedSettings(SettingsFile(tmp_path / "settings.json"))
    assert remembered.get("window.page", "stack") == "stack"
    await remembered.close()
    assert not (tmp_path / "settings.json").exists()


def test_given_files_are_read_and_never_written(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("name: mine\nservices: {a: {image: example/a}}\n", encoding="utf-8")
    given = GivenFiles(tmp_path, lambda: load_project(environ={}, cwd=tmp_path))
    assert given.location() == str(tmp_path)
    assert given.load().name == "mine"
    assert given.profile() == ""
    with pytest.raises(HarmonyError, match="left as they are"):
        given.choose("nvidia", "nvidia")
    with pytest.raises(HarmonyError, match="left as they are"):
        given.prepare(str(tmp_path), "auto", "cpu", ())
    assert [path.name for path in tmp_path.iterdir()] == ["compose.yaml"]
