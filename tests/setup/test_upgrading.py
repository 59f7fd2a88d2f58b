"""Newer shipped files are merged with what the user made of older ones; an older program leaves newer folders alone."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from harmony_desktop import __version__
from harmony_desktop.control.config_files import ConflictError
from harmony_desktop.control.merging import Choice, Kind, merge
from harmony_desktop.control.upgrades import Versions
from harmony_desktop.setup.bases import is_due
from harmony_desktop.setup.config_edit import ConfigEdit
from harmony_desktop.setup.env_writer import EnvWriter
from harmony_desktop.setup.manifest import MANIFEST, Manifest
from harmony_desktop.setup.seed import choose_hardware, refresh, seed
from harmony_desktop.setup.upgrading import Upgrades
from harmony_desktop.stack.errors import HarmonyError
from tests.control.scripted_ports import ScriptedPorts
from tests.setup.conftest import snapshot

CONFIG, FLAGS = "harmony-speech-engine/config.yml", "text-generation-webui-harmonyai/CMD_FLAGS.txt"
LINK = "harmony-link/config.json"
CHARACTER = "text-generation-webui-harmonyai/characters/Assistant.yaml"
MOMENT = datetime.fromisoformat("2026-01-02T03:04:05+00:00")


@pytest.fixture
def folder(tmp_path: Path, edition: Path) -> Path:
    """A folder made by the older release."""
    stack = tmp_path / "two words é"
    seed(stack, edition, hardware="cpu")
    return stack


@pytest.fixture
def upgrades(edition: Path) -> Upgrades:
    return Upgrades(ConfigEdit({}, edition, ScriptedPorts()), lambda: MOMENT)


def change(root: Path, path: str, how: Callable[[str], str]) -> bytes:
    """Change a file of the user's folder, or of the release."""
    content = how((root / path).read_bytes().decode()).encode()
    (root / path).write_bytes(content)
    return content


def behind(text: str) -> Callable[[str], str]:
    return lambda before: before + text


def before(text: str) -> Callable[[str], str]:
    return lambda after: text + after


def offered(upgrades: Upgrades, folder: Path) -> list[str]:
    return [file.name for file in upgrades.look(folder).files]


def result(versions: Versions) -> str:
    found = merge(versions.base, versions.opened.text, versions.new)
    assert not found.conflicts
    return found.text()


def test_changes_in_different_places_are_merged_by_themselves(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    (file,) = upgrades.look(folder).files
    assert (file.name, file.conflicts, file.changes, file.has_base) == (CONFIG, 0, 2, True)
    versions = upgrades.open(folder, CONFIG)
    affected = upgrades.finish(folder, versions, result(versions))
    assert affected.restarted == ("harmonyspeech-engine",)
    text = (folder / CONFIG).read_text()
    assert text.startswith("# newer\n")
    assert text.endswith("# mine\n")
    assert not (folder / f"{CONFIG}.new").exists()
    assert not upgrades.look(folder).files
    backup = folder / f"{CONFIG}.before-merge-20260102-030405"
    assert backup.read_text() == text.removeprefix("# newer\n")
    assert not seed(folder, edition).changed


def test_a_conflict_is_told_and_chosen(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(folder, FLAGS, behind("--threads 4\n"))
    change(edition, FLAGS, behind("--ctx-size 4096\n"))
    seed(folder, edition)
    assert [file.conflicts for file in upgrades.look(folder).files] == [1]
    versions = upgrades.open(folder, FLAGS)
    found = merge(versions.base, versions.opened.text, versions.new)
    text = found.text({found.conflicts[0]: Choice.BOTH})
    upgrades.finish(folder, versions, text)
    assert (folder / FLAGS).read_text().endswith("--threads 4\n--ctx-size 4096\n")


def test_two_releases_later_all_of_it_is_offered_at_once(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# second\n"))
    seed(folder, edition)
    change(edition, CONFIG, before("# third\n"))
    assert seed(folder, edition).kept == [CONFIG]
    versions = upgrades.open(folder, CONFIG)
    upgrades.finish(folder, versions, result(versions))
    assert (folder / CONFIG).read_text().startswith("# third\n# second\n")
    # The next one is merged upon the third.
    change(edition, CONFIG, before("# fourth\n"))
    seed(folder, edition)
    found = upgrades.open(folder, CONFIG)
    assert [hunk.kind for hunk in merge(found.base, found.opened.text, found.new).hunks if hunk.kind != Kind.SAME] == [
        Kind.NEW,
        Kind.MINE,
    ]


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_was_declined_is_not_offered_again(folder: Path, edition: Path, upgrades: Upgrades, by_hand: bool) -> None:
    mine = change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# declined\n"))
    seed(folder, edition)
    if by_hand:
        (folder / f"{CONFIG}.new").unlink()
    else:
        upgrades.keep_mine(folder, CONFIG)
    assert not upgrades.look(folder).files
    assert not seed(folder, edition).changed
    assert (folder / CONFIG).read_bytes() == mine
    change(edition, CONFIG, lambda text: text.replace("# declined\n", "# declined\n# wanted\n"))
    seed(folder, edition)
    versions = upgrades.open(folder, CONFIG)
    found = merge(versions.base, versions.opened.text, versions.new)
    assert [hunk.new for hunk in found.hunks if hunk.kind is Kind.CONFLICT] == [("# declined", "# wanted")]


def test_the_new_one_is_taken_as_a_whole_and_counts_as_untouched(
    folder: Path, edition: Path, upgrades: Upgrades
) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    new = change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    upgrades.take_new(folder, CONFIG)
    assert (folder / CONFIG).read_bytes() == new
    newest = change(edition, CONFIG, before("# newest\n"))
    assert seed(folder, edition).updated == [CONFIG]
    assert (folder / CONFIG).read_bytes() == newest


@pytest.mark.parametrize("way", ["finish", "take", "keep"])
def test_each_way_is_taken_back(folder: Path, edition: Path, upgrades: Upgrades, way: str) -> None:
    mine = change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    stands = snapshot(folder)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if way == "finish":
        versions = upgrades.open(folder, CONFIG)
        upgrades.finish(folder, versions, result(versions))
    elif way == "take":
        upgrades.take_new(folder, CONFIG)
    else:
        upgrades.keep_mine(folder, CONFIG)
    assert upgrades.look(folder).undoable == (CONFIG,)
    upgrades.undo(folder, CONFIG)
    assert (folder / CONFIG).read_bytes() == mine
    assert json.loads((folder / MANIFEST).read_bytes()) == manifest
    now = snapshot(folder)
    assert {name: found[:2] for name, found in now.items()} == {name: found[:2] for name, found in stands.items()}
    assert offered(upgrades, folder) == [CONFIG]


def test_what_changed_since_is_not_taken_back(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    upgrades.take_new(folder, CONFIG)
    later = change(folder, CONFIG, behind("# later\n"))
    assert not upgrades.look(folder).undoable
    with pytest.raises(HarmonyError, match="cannot be taken back"):
        upgrades.undo(folder, CONFIG)
    assert (folder / CONFIG).read_bytes() == later


def test_a_file_that_somebody_writes_meanwhile_is_left_alone(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    versions = upgrades.open(folder, CONFIG)
    theirs = change(folder, CONFIG, behind("# theirs\n"))
    with pytest.raises(ConflictError):
        upgrades.finish(folder, versions, result(versions))
    assert (folder / CONFIG).read_bytes() == theirs
    assert not list(folder.rglob("*.before-merge-*"))


def test_what_somebody_else_laid_beside_is_kept(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    beside = folder / f"{CONFIG}.new"
    beside.write_text("somebody's own\n")
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    assert any(f"{beside.name}.kept-1" in warning for warning in seed(folder, edition).warnings)
    assert beside.with_name(f"{beside.name}.kept-1").read_text() == "somebody's own\n"
    # So is the new one, once somebody has written in it.
    change(folder, f"{CONFIG}.new", behind("# a note\n"))
    change(edition, CONFIG, before("# newest\n"))
    seed(folder, edition)
    assert beside.with_name(f"{beside.name}.kept-2").read_text().endswith("# a note\n")
    versions = upgrades.open(folder, CONFIG)
    assert versions.new.startswith("# newest\n# newer\n")


def test_the_users_line_ends_and_byte_order_mark_stay(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    text = (folder / CONFIG).read_text()
    (folder / CONFIG).write_bytes(b"\xef\xbb\xbf" + (text + "# mine\n").replace("\n", "\r\n").encode())
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    versions = upgrades.open(folder, CONFIG)
    upgrades.finish(folder, versions, result(versions))
    content = (folder / CONFIG).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf# newer\r\n")
    assert content.endswith(b"# mine\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")


def test_what_the_user_has_already_is_not_offered(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(edition, LINK, lambda text: text.replace('"confirmevents": true', '"confirmevents": false'))
    mine = change(folder, LINK, lambda text: text.replace('"confirmevents": true', '"confirmevents": false') + "\n")
    assert seed(folder, edition).kept == []
    assert (folder / LINK).read_bytes() == mine
    assert not upgrades.look(folder).files


def test_values_in_an_env_file_stay_and_cause_no_conflict(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    change(folder, ".env", behind("# mine\n"))
    EnvWriter({}).write(folder / ".env", {"HARMONY_LINK_PORT": "28999"})
    change(edition, ".env", before("# newer\n"))
    seed(folder, edition)
    # What is chosen while it lies beside is no older for it.
    choose_hardware(folder, "nvidia")
    (file,) = upgrades.look(folder).files
    assert (file.name, file.conflicts) == (".env", 0)
    versions = upgrades.open(folder, ".env")
    upgrades.finish(folder, versions, result(versions))
    text = (folder / ".env").read_text()
    assert text.startswith("# newer\n")
    assert text.endswith("# mine\n")
    assert "\nHARMONY_LINK_PORT=28999\n" in text
    assert "\nCOMPOSE_FILE=docker-compose.nvidia.yml\n" in text
    if sys.platform != "win32":
        modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.glob(".env*")}
        assert modes == {0o600}


def test_without_a_base_there_are_two_versions_to_choose_from(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    shutil.rmtree(folder / ".harmony" / "shipped")
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    (file,) = upgrades.look(folder).files
    assert (file.has_base, file.conflicts) == (False, 2)
    versions = upgrades.open(folder, CONFIG)
    assert versions.base is None


def test_a_folder_of_a_release_without_bases_gets_them_before_the_next(
    folder: Path, edition: Path, upgrades: Upgrades
) -> None:
    shutil.rmtree(folder / ".harmony" / "shipped")
    written = json.loads((folder / MANIFEST).read_bytes())
    for entry in written["files"].values():
        del entry["base"]
    del written["release"]
    (folder / MANIFEST).write_text(json.dumps(written))
    change(folder, CONFIG, behind("# mine\n"))
    assert not upgrades.refresh(folder)
    change(edition, CONFIG, before("# newer\n"))
    assert not upgrades.refresh(folder)
    assert [file.conflicts for file in upgrades.look(folder).files] == [0]


def test_bytes_that_are_no_text_can_only_be_kept_or_replaced(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    (folder / CONFIG).write_bytes(b"\xff\xfe mine")
    new = change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    (file,) = upgrades.look(folder).files
    assert file.conflicts is None
    with pytest.raises(HarmonyError, match="no text"):
        upgrades.open(folder, CONFIG)
    upgrades.take_new(folder, CONFIG)
    assert (folder / CONFIG).read_bytes() == new


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_file_that_may_not_be_written_is_refused_with_a_reason(
    folder: Path, edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrades = Upgrades(ConfigEdit({}, edition, ScriptedPorts()), lambda: MOMENT)
    mine = change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    monkeypatch.setattr("harmony_desktop.setup.config_edit.os.access", lambda *_: False)  # root may write everything
    with pytest.raises(HarmonyError, match="cannot be written"):
        upgrades.take_new(folder, CONFIG)
    assert (folder / CONFIG).read_bytes() == mine
    assert not list(folder.rglob("*.before-merge-*"))


def test_files_that_were_named_for_the_call_are_left_alone(folder: Path, edition: Path) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    change(edition, CONFIG, before("# newer\n"))
    stands = snapshot(folder)
    upgrades = Upgrades(ConfigEdit({}, edition, ScriptedPorts(), writable=False))
    assert not upgrades.refresh(folder)
    assert not upgrades.look(folder).files
    assert snapshot(folder) == stands


def test_a_refresh_happens_only_after_an_update(folder: Path, edition: Path, upgrades: Upgrades) -> None:
    (folder / CHARACTER).unlink()
    (folder / FLAGS).unlink()
    stands = snapshot(folder)
    assert not upgrades.refresh(folder)
    assert snapshot(folder) == stands
    change(edition, CONFIG, before("# newer\n"))
    assert upgrades.refresh(folder).updated == (CONFIG,)
    # What the user has thrown away stays away; a set-up brings back what the stack cannot do without.
    assert not (folder / CHARACTER).exists()
    assert not (folder / FLAGS).exists()
    assert seed(folder, edition).created == [FLAGS]
    assert not (folder / CHARACTER).exists()


def test_an_adopted_folder_is_never_refreshed(tmp_path: Path, edition: Path, upgrades: Upgrades) -> None:
    stack = tmp_path / "adopted"
    stack.mkdir()
    (stack / "docker-compose.yml").write_text("services: {}\n")
    stands = snapshot(stack)
    assert not upgrades.refresh(stack)
    assert not upgrades.look(stack).files
    assert snapshot(stack) == stands


def test_files_that_ship_no_longer_stay_and_are_told_once(folder: Path, edition: Path) -> None:
    change(edition, "services.yml", lambda text: text.replace(f"    - {FLAGS}\n", ""))
    assert refresh(folder, edition).retired == [FLAGS]
    assert (folder / FLAGS).is_file()
    assert not is_due(folder, edition)
    assert not seed(folder, edition).changed
    # It ships again: nothing was lost of what is known of it.
    change(edition, "services.yml", lambda text: text.replace("    - .env\n", f"    - .env\n    - {FLAGS}\n", 1))
    assert refresh(folder, edition).updated == ["services.yml"]


def newer(folder: Path, **said: object) -> None:
    """Let the manifest be that of a later release."""
    written = json.loads((folder / MANIFEST).read_bytes())
    (folder / MANIFEST).write_text(json.dumps({**written, **said}))


@pytest.mark.parametrize("said", [{"release": "99.1"}, {"format": 2, "release": "99.1"}, {"format": 7}])
def test_a_folder_of_a_newer_release_is_used_as_it_is(
    folder: Path, edition: Path, upgrades: Upgrades, said: dict[str, object]
) -> None:
    change(folder, CONFIG, behind("# mine\n"))
    newer(folder, **said)
    change(edition, CONFIG, lambda _text: "# older\n")
    change(edition, FLAGS, lambda _text: "# older\n")
    stands = snapshot(folder)
    report = seed(folder, edition, hardware="nvidia", architectures="8.9")
    assert not report.changed
    assert any("newer Harmony" in warning for warning in report.warnings)
    assert not refresh(folder, edition).changed
    look = upgrades.look(folder)
    assert "newer Harmony" in look.newer
    assert not look.files
    with pytest.raises(HarmonyError, match="Nothing is merged"):
        upgrades.keep_mine(folder, CONFIG)
    assert snapshot(folder) == stands


def test_what_the_user_asks_for_works_in_a_newer_folder(folder: Path, edition: Path, source: Path) -> None:
    newer(folder, format=2, release="99.1", secret_of_the_future=[1])
    manifest = (folder / MANIFEST).read_bytes()
    assert choose_hardware(folder, "nvidia")
    EnvWriter({}).write(folder / ".env", {"HARMONY_LINK_PORT": "28999"})
    assert "HARMONY_LINK_PORT=28999" in (folder / ".env").read_text()
    assert (folder / MANIFEST).read_bytes() == manifest
    assert ConfigEdit({}, source, ScriptedPorts()).look(folder, {}).files


def test_keys_of_another_release_are_kept(folder: Path, edition: Path) -> None:
    written = json.loads((folder / MANIFEST).read_bytes())
    written["future"] = {"a": 1}
    written["files"][CONFIG]["future"] = [2]
    (folder / MANIFEST).write_text(json.dumps(written))
    change(edition, CONFIG, before("# newer\n"))
    assert seed(folder, edition).updated == [CONFIG]
    after = json.loads((folder / MANIFEST).read_bytes())
    assert after["future"] == {"a": 1}
    assert after["files"][CONFIG]["future"] == [2]
    assert after["release"] == __version__


def test_the_newer_release_takes_up_its_own_folder_again(
    folder: Path, edition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harmony_desktop.setup.manifest.__version__", "0.10.0")
    monkeypatch.setattr("harmony_desktop.setup.seed.__version__", "0.10.0")
    newest = change(edition, CONFIG, before("# newer\n"))
    seed(folder, edition)
    monkeypatch.setattr("harmony_desktop.setup.manifest.__version__", "0.9.3")
    change(edition, CONFIG, lambda text: text.replace("# newer\n", ""))
    assert Manifest(folder).newer == "0.10.0"
    assert not seed(folder, edition).changed
    assert (folder / CONFIG).read_bytes() == newest
    monkeypatch.setattr("harmony_desktop.setup.manifest.__version__", "0.10.0")
    assert not Manifest(folder).newer
    newest = change(edition, CONFIG, before("# newest\n"))
    assert seed(folder, edition).updated == [CONFIG]


def test_a_damaged_manifest_costs_no_edit(folder: Path, edition: Path) -> None:
    mine = change(folder, CONFIG, behind("# mine\n"))
    for damaged in (b"", b"[]", b'{"format": "x", "files": 3}', b'{"files": {"a": [], ".env": {"values": 1}}}'):
        (folder / MANIFEST).write_bytes(damaged)
        seed(folder, edition)
        assert (folder / CONFIG).read_bytes() == mine


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_the_manifest_closes_when_a_secret_comes_into_it(folder: Path) -> None:
    EnvWriter({}).write(folder / ".env", {"HF_TOKEN": "hf_1"})
    assert stat.S_IMODE((folder / MANIFEST).stat().st_mode) == 0o600
