"""Taking over a quickstart folder: what is missing is shown, then added; nothing in it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.control.wizard import EVERYBODY, ONLY_HERE, Choices, FolderKind
from harmony_desktop.setup import adoption
from harmony_desktop.setup.checks import place_warnings
from harmony_desktop.setup.folder import StackFolder
from harmony_desktop.setup.manifest import Manifest
from harmony_desktop.setup.settings import SettingsFile
from harmony_desktop.setup.wizard_file import WizardFile
from harmony_desktop.setup.wizard_tools import LocalWizard
from harmony_desktop.stack.errors import HarmonyError
from tests.cli.test_quickstart_layout import FILES


@pytest.fixture
def wizard(tmp_path: Path) -> LocalWizard:
    folder = StackFolder({}, settings=SettingsFile(tmp_path / "settings.json"), default=tmp_path / "Harmony")
    return LocalWizard(folder, {}, WizardFile(tmp_path / "setup.json"), default=tmp_path / "Harmony")


@pytest.fixture
def quickstart(tmp_path: Path) -> Path:
    root = tmp_path / "mein Ünïcode quickstart"
    for path, content in FILES.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_it_is_known_and_what_would_be_added_is_told_first(wizard: LocalWizard, quickstart: Path) -> None:
    (quickstart / "harmony-link/harmony-user.key").unlink()
    before = contents(quickstart)
    look = wizard.look(str(quickstart), "cpu")
    assert look.kind is FolderKind.QUICKSTART
    added = {each.path: each.text for each in look.additions}
    assert added["harmony-link/harmony-user.key"].startswith("A file that")
    assert "harmony-speech-engine/cache" in added
    assert "text-generation-webui-harmony-ai/models" in added
    assert contents(quickstart) == before


def test_its_services_have_the_names_that_people_know(wizard: LocalWizard, quickstart: Path) -> None:
    ports = wizard.ports(Choices(str(quickstart), adopt=True), "cpu")
    assert {port.service: port.title for port in ports} == {
        "harmony-link": "Harmony Link",
        "harmonyspeech-engine": "Speech Engine",
        "harmonyspeech-ui": "Speech UI",
        "text-generation-webui-harmonyai": "Text Generation",
    }


@pytest.mark.parametrize("profile", ["cpu", "nvidia"])
def test_nothing_of_the_users_changes(wizard: LocalWizard, quickstart: Path, profile: str) -> None:
    key = quickstart / "harmony-link/harmony-user.key"
    key.unlink()
    key.mkdir()  # what Docker made of the missing file
    before = contents(quickstart)
    told = {each.path for each in wizard.look(str(quickstart), profile).additions}
    wizard.prepare(Choices(str(quickstart), adopt=True), profile, ())
    after = contents(quickstart)
    assert {path: after[path] for path in before} == before
    added = set(after) - set(before)
    assert added <= told
    assert key.read_bytes() == b""
    assert not Manifest.stands_in(quickstart)
    assert wizard.folder.location() == str(quickstart)
    assert wizard.folder.profile() == profile
    project = wizard.folder.load()
    mounts = [mount.target for mount in project.services["text-generation-webui-harmonyai"].mounts]
    assert "/home/app/text-generation-webui/models" in mounts  # the older place stays the one that counts
    # A second time there is nothing left to add.
    assert wizard.look(str(quickstart), profile).additions == ()
    wizard.prepare(Choices(str(quickstart), adopt=True), profile, ())
    assert contents(quickstart) == after


def test_the_profile_of_a_folder_that_was_taken_over_can_be_switched(wizard: LocalWizard, quickstart: Path) -> None:
    wizard.prepare(Choices(str(quickstart), adopt=True), "cpu", ())
    wizard.folder.choose("nvidia", "nvidia")
    assert wizard.folder.profile() == "nvidia"
    assert not Manifest.stands_in(quickstart)


def test_an_override_of_the_users_still_counts(wizard: LocalWizard, quickstart: Path) -> None:
    override = "services:\n  harmonyspeech-ui:\n    environment:\n      MINE: kept\n"
    (quickstart / "docker-compose.override.yml").write_text(override)
    wizard.prepare(Choices(str(quickstart), adopt=True), "nvidia", ())
    assert wizard.folder.load().services["harmonyspeech-ui"].spec["environment"]["MINE"] == "kept"


def test_what_keeps_it_from_starting_is_told(wizard: LocalWizard, quickstart: Path) -> None:
    key = quickstart / "harmony-link/harmony-user.key"
    key.unlink()
    (key / "keep").mkdir(parents=True)
    look = wizard.look(str(quickstart), "cpu")
    assert look.obstacles == (
        "harmony-link/harmony-user.key is a folder with something in it, and Harmony Link expects a file.",
    )
    assert look.obstacles[0] in look.warnings
    wizard.prepare(Choices(str(quickstart), adopt=True), "cpu", ())
    assert (key / "keep").is_dir()


def test_a_folder_that_everybody_may_write_to_is_told_before_and_after(
    wizard: LocalWizard, quickstart: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adoption, "opens", lambda _: True)
    monkeypatch.setattr(adoption, "grant", lambda *_: "opened")
    added = {each.path: each.text for each in wizard.look(str(quickstart), "cpu").additions}
    open_ones = [path for path, text in added.items() if "every user of this computer may write" in text]
    assert open_ones
    warnings = wizard.prepare(Choices(str(quickstart), adopt=True), "cpu", ())
    assert [warning for warning in warnings if warning.endswith(": " + ", ".join(open_ones))]
    assert not [warning for warning in warnings if "sudo" in warning]


def test_nobody_takes_it_over_by_accident(wizard: LocalWizard, quickstart: Path) -> None:
    before = contents(quickstart)
    with pytest.raises(HarmonyError, match="set up by hand"):
        wizard.prepare(Choices(str(quickstart)), "cpu", ())
    assert contents(quickstart) == before
    assert wizard.folder.location() == ""


def test_broken_files_are_told(wizard: LocalWizard, quickstart: Path) -> None:
    (quickstart / "docker-compose.yml").write_text("services:\n  a:\n    image: harmonyai/x\n   b: 1\n")
    look = wizard.look(str(quickstart), "cpu")
    assert look.kind is FolderKind.UNUSABLE
    assert look.fault is not None


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda _: None, FolderKind.NEW),
        (lambda root: root.mkdir(), FolderKind.NEW),
        (lambda root: (root.mkdir(), (root / "holiday.jpg").touch()), FolderKind.FILLED),
        (lambda root: (root.mkdir(), (root / "compose.yml").write_text("services: {}\n")), FolderKind.UNUSABLE),
        (lambda root: root.touch(), FolderKind.UNUSABLE),
    ],
)
def test_places_are_told_apart(wizard: LocalWizard, tmp_path: Path, make: object, kind: FolderKind) -> None:
    root = tmp_path / "place"
    assert callable(make)
    make(root)
    look = wizard.look(str(root), "cpu")
    assert look.kind is kind
    assert look.usable is (look.fault is None)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("/media/you/stick/Harmony", "unplugged"),
        ("/run/media/you/stick/Harmony", "unplugged"),
        ("/home/you/Dropbox/Harmony", "synchronised"),
        ("/home/you/OneDrive - Work/Harmony", "synchronised"),
        ("/home/you/Harmony", ""),
        ("/media", ""),
    ],
)
def test_poor_places_are_told(place: str, words: str) -> None:
    assert words in " ".join(place_warnings(Path(place)))
    assert bool(words) is bool(place_warnings(Path(place)))


@pytest.mark.parametrize("folder", ["", "  ", "Harmony", "../x"])
def test_a_folder_is_named_by_its_whole_path(wizard: LocalWizard, folder: str) -> None:
    look = wizard.look(folder, "cpu")
    assert look.fault is not None
    assert look.fault.title == "Which folder?"


def test_what_was_chosen_is_written(wizard: LocalWizard, tmp_path: Path) -> None:
    root = tmp_path / "Harmony"
    fresh = Choices(str(root))
    ports = {port.variable: port.port for port in wizard.ports(fresh, "cpu")}
    assert ports == {
        "HARMONY_LINK_PORT": 28080,
        "HARMONY_LINK_API_PORT": 28081,
        "HARMONY_TEXT_PORT": 7860,
        "HARMONY_TEXT_API_PORT": 5000,
        "HARMONY_SPEECH_PORT": 12080,
        "HARMONY_SPEECH_UI_PORT": 8080,
    }
    assert wizard.address(fresh, "cpu") == (ONLY_HERE, True)
    speech = {option.id: option for option in wizard.speech(fresh, "cpu")}
    assert speech["faster-whisper:medium"].used_by
    assert all(option.on for option in speech.values())
    chosen = Choices(
        str(root),
        speech={"openvoice-v1:EN": False, "openvoice-v1:ZH": False, "openvoice-v2:ZH": False},
        ports={"HARMONY_SPEECH_UI_PORT": 8090},
        address=EVERYBODY,
    )
    wizard.prepare(chosen, "cpu", ())
    project = wizard.folder.load()
    port = project.services["harmonyspeech-ui"].ports[0]
    assert (port.published, port.host_ip) == (8090, "0.0.0.0")
    after = {option.id: option.on for option in wizard.speech(Choices(str(root)), "cpu")}
    assert {name for name, on in after.items() if not on} == set(chosen.speech)
    config = (root / "harmony-speech-engine/config.yml").read_text()
    assert "# Speech models of the Speech Engine" in config
    # What the languages of a family share goes with the last of them, and stays for the others.
    assert "\n  - name: ov1-tone-converter\n" not in config
    assert "\n  - name: ov2-tone-converter\n" in config
    assert [voice.model for voice in wizard.voices(str(root))] == ["ov2-synthesizer-en"]
    wizard.prepare(Choices(str(root), speech={"openvoice-v1:EN": True}), "cpu", ())
    assert "\n  - name: ov1-tone-converter\n" in (root / "harmony-speech-engine/config.yml").read_text()


def test_progress_is_kept_and_damage_is_no_fault(wizard: LocalWizard, tmp_path: Path) -> None:
    assert wizard.recall() is None
    assert not wizard.unfinished()
    (tmp_path / "setup.json").write_text("{ half")
    assert wizard.recall() is None
    (tmp_path / "setup.json").write_text('{"open": true, "page": "no such", "choices": {"ports": {"A": 70000}}}')
    kept = wizard.recall()
    assert kept is not None
    assert wizard.unfinished()
    assert kept.choices.ports == {}
    wizard.remember(kept)
    assert wizard.recall() == kept
