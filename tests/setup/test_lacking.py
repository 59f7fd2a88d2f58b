"""A folder of ours that lacks a shipped compose file: the set-up goes on from there, and errors advise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.control.wizard import Choices, FolderKind
from harmony_desktop.setup.folder import StackFolder
from harmony_desktop.setup.lacking import lacking
from harmony_desktop.setup.settings import SettingsFile
from harmony_desktop.setup.wizard_file import WizardFile
from harmony_desktop.setup.wizard_tools import LocalWizard
from harmony_desktop.stack.errors import HarmonyError
from tests.setup.conftest import snapshot

NAMES = ("docker-compose.yml", "docker-compose.nvidia.yml", "services.yml")


@pytest.fixture
def wizard(tmp_path: Path) -> LocalWizard:
    folder = StackFolder({}, settings=SettingsFile(tmp_path / "settings.json"), default=tmp_path / "Harmony")
    return LocalWizard(folder, {}, WizardFile(tmp_path / "setup.json"), default=tmp_path / "Harmony")


def contents(root: Path) -> dict[str, bytes]:
    """What the files hold, but for the set-up's own records."""
    return {path: found[0] for path, found in snapshot(root).items() if not path.startswith(".harmony/")}


@pytest.mark.parametrize("name", NAMES)
def test_the_set_up_goes_on_from_there(wizard: LocalWizard, tmp_path: Path, name: str) -> None:
    root = tmp_path / "Harmony"
    wizard.prepare(Choices(str(root), ports={"HARMONY_SPEECH_UI_PORT": 4711}), "cpu", ())
    whole = contents(root)
    (root / name).unlink()
    assert lacking(root) == (name,)
    choices = Choices(str(root))
    assert wizard.look(str(root), "cpu").kind is FolderKind.OURS
    assert 4711 in {option.port for option in wizard.ports(choices, "cpu")}  # its own variables count all the same
    assert wizard.address(choices, "cpu") == ("127.0.0.1", True)
    assert wizard.speech(choices, "cpu")
    wizard.prepare(choices, "cpu", ())
    assert contents(root) == whole
    assert wizard.folder.load().services


def test_what_is_chosen_is_never_written_to_what_ships(
    wizard: LocalWizard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "Harmony"
    wizard.prepare(Choices(str(root)), "cpu", ())
    (root / "services.yml").unlink()
    monkeypatch.setattr(StackFolder, "prepare", lambda *_: ())  # as for a folder of a later release: nothing is made
    before = snapshot(wizard.source)
    with pytest.raises(HarmonyError, match=r"services\.yml is not there"):
        wizard.prepare(Choices(str(root), ports={"HARMONY_SPEECH_UI_PORT": 4711}), "cpu", ())
    assert snapshot(wizard.source) == before


@pytest.mark.parametrize("name", ["docker-compose.yml", "services.yml"])
def test_the_error_advises_the_set_up(wizard: LocalWizard, tmp_path: Path, name: str) -> None:
    root = tmp_path / "Harmony"
    wizard.prepare(Choices(str(root)), "cpu", ())
    (root / name).unlink()
    with pytest.raises(HarmonyError) as told:
        wizard.folder.load()
    assert "harmony-desktop setup" in told.value.advice


def test_other_mistakes_keep_their_advice(wizard: LocalWizard, tmp_path: Path) -> None:
    root = tmp_path / "Harmony"
    wizard.prepare(Choices(str(root)), "cpu", ())
    (root / "docker-compose.nvidia.yml").unlink()
    (root / "docker-compose.yml").write_text("services: {a: {imago: x}}\n")
    with pytest.raises(HarmonyError) as told:
        wizard.folder.load()
    assert "harmony-desktop setup" not in told.value.advice


def test_a_folder_of_somebody_elses_lacks_nothing(tmp_path: Path) -> None:
    assert lacking(tmp_path) == ()
