"""Archives that no backup of ours would be: each is refused by name, and nothing of them reaches the disk."""

from __future__ import annotations

import io
import json
import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from harmony_desktop.control.backups import Change, NewerBackupError
from harmony_desktop.setup import backup_preview
from harmony_desktop.setup.backup_format import LIST
from harmony_desktop.setup.backup_names import collisions, link_fault, local_fault, name_fault
from harmony_desktop.stack.errors import HarmonyError
from tests.setup.making_backups import Forged, keeper, tree


def refused(file: Path, target: Path) -> HarmonyError:
    """Return the word on an archive; nothing is written."""
    with pytest.raises(HarmonyError) as refusal:
        keeper().preview(file, target)
    assert not target.exists()
    assert "Nothing was changed" in refusal.value.advice or "Update" in refusal.value.advice
    return refusal.value


@pytest.mark.parametrize(
    "path",
    [
        "../evil",
        "a/../../evil",
        "a/..",
        "/etc/passwd",
        "C:/Windows/evil",
        "c:evil",
        "..\\evil",
        "a\\b",
        "\\\\server\\share",
        "a//b",
        "./a",
        "a/./b",
        "a/",
        "",
        "a\nb",
        "a\x00b",
        "\x1b[2Ja",
        ".harmony/manifest.json",
        ".HARMONY/lock",
        "before-restore-20260101-000000/journal.json",
        "x" * 300,
        "a/" * 3000 + "b",
    ],
)
def test_paths_that_lead_elsewhere(tmp_path: Path, path: str) -> None:
    assert name_fault(path)
    error = refused(Forged({path: b"evil"}).write(tmp_path / "b.zip"), tmp_path / "new")
    assert error.title == "This backup is not safe to restore"
    assert all(sign.isprintable() or sign == "\n" for sign in str(error.cause))


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a", "/etc/passwd"),
        ("a", "../outside"),
        ("a/b", "../../outside"),
        ("a", "b/../../outside"),
        ("a", "b/../c"),
        ("a", "C:/x"),
        ("a", "..\\x"),
        ("a", "."),
        ("a", ""),
        ("a", ".harmony/lock"),
        ("../a", "b"),
    ],
)
def test_links_that_lead_out(tmp_path: Path, path: str, target: str) -> None:
    assert link_fault(path, target) or name_fault(path)
    refused(Forged(links={path: target}).write(tmp_path / "b.zip"), tmp_path / "new")


def test_a_file_behind_a_link_of_the_same_archive(tmp_path: Path) -> None:
    forged = Forged({"a/b": b"evil"}, links={"a": "c"})
    assert "a file or a link" in str(refused(forged.write(tmp_path / "b.zip"), tmp_path / "new").cause)


def test_a_path_that_is_there_twice(tmp_path: Path) -> None:
    forged = Forged({"a": b"1", "b": b"2"}, lies={"b": {"path": "a"}})
    assert "twice" in str(refused(forged.write(tmp_path / "b.zip"), tmp_path / "new").cause)


def test_one_member_for_two_paths(tmp_path: Path) -> None:
    forged = Forged({"a": b"1", "b": b"1"}, lies={"b": {"member": "files/0"}})
    refused(forged.write(tmp_path / "b.zip"), tmp_path / "new")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(tmp_path: Path) -> None:
    file = Forged({"a": b"1"}).write(tmp_path / "b.zip")
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("files/0", b"other")
    assert "twice" in str(refused(file, tmp_path / "new").cause)


def test_what_no_list_names(tmp_path: Path) -> None:
    forged = Forged(more={"files/../../evil": b"evil"})
    assert "does not name it" in str(refused(forged.write(tmp_path / "b.zip"), tmp_path / "new").cause)


def test_members_that_are_no_files(tmp_path: Path) -> None:
    def link(info: zipfile.ZipInfo) -> None:
        info.external_attr = (stat.S_IFLNK | 0o777) << 16

    forged = Forged({"a": b"/etc/passwd"}, change=link)
    assert "a link, a folder or a device" in str(refused(forged.write(tmp_path / "b.zip"), tmp_path / "new").cause)


def test_other_ways_of_packing(tmp_path: Path) -> None:
    def packed(info: zipfile.ZipInfo) -> None:
        info.compress_type = zipfile.ZIP_LZMA

    refused(Forged({"a": b"1"}, change=packed).write(tmp_path / "b.zip"), tmp_path / "new")


@pytest.mark.parametrize("size", [0, 1, 5, 10**15])
def test_a_size_that_is_not_true(tmp_path: Path, size: int) -> None:
    forged = Forged({"a": b"1234"}, lies={"a": {"size": size}})
    error = refused(forged.write(tmp_path / "b.zip"), tmp_path / "new")
    assert error.title == "The backup is damaged"


def test_a_bomb_is_larger_than_what_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Forged({"a": bytes(5_000_000)}).write(tmp_path / "b.zip")
    assert file.stat().st_size < 20_000
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _place: usage._replace(free=1_000_000))
    with pytest.raises(HarmonyError, match="no room"):
        keeper().preview(file, tmp_path / "new")


def test_a_member_that_claims_more_than_it_can_hold(tmp_path: Path) -> None:
    file = Forged({"a": b"1234"}, lies={"a": {"size": 4_000_000_000}}).write(tmp_path / "b.zip")
    content = bytearray(file.read_bytes())
    # The uncompressed size of the first member, in its entry of the central directory.
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 4_000_000_000)
    file.write_bytes(content)
    assert "larger than it can be" in str(refused(file, tmp_path / "new").cause)


def test_contents_that_are_not_what_was_saved(tmp_path: Path) -> None:
    forged = Forged({"a": b"1234"}, lies={"a": {"sha256": "0" * 64}})
    assert refused(forged.write(tmp_path / "b.zip"), tmp_path / "new").title == "The backup is damaged"


def test_a_later_format_says_what_to_do(tmp_path: Path) -> None:
    file = Forged(says={"format": 2, "application": "7.1.0"}).write(tmp_path / "b.zip")
    error = refused(file, tmp_path / "new")
    assert isinstance(error, NewerBackupError)
    assert "7.1.0" in str(error.cause)
    assert "Update" in error.advice


@pytest.mark.parametrize(
    "says",
    [
        {"kind": "something"},
        {"format": "1"},
        {"format": True},
        {"files": "none"},
        {"files": [{"path": "a"}]},
        {"files": [1]},
        {"parts": ["everything"]},
        {"emptied": []},
        {"made": 5},
        {"stack": 5, "shipped": ["../x"]},
        {"folders": [{"path": "../x", "part": "data", "mode": "0755", "mounted": True}]},
        {"folders": [{"path": "x", "part": "data", "mode": "9999", "mounted": True}]},
        {"missing": [{"path": 1}]},
    ],
)
def test_lists_that_make_no_sense(tmp_path: Path, says: dict[str, object]) -> None:
    refused(Forged(says=says).write(tmp_path / "b.zip"), tmp_path / "new")


@pytest.mark.parametrize("mode", ["4755", "12755", "755x", "-755"])
def test_modes_that_run_as_somebody_else(tmp_path: Path, mode: str) -> None:
    refused(Forged({"a": b""}, lies={"a": {"mode": mode}}).write(tmp_path / "b.zip"), tmp_path / "new")


def test_what_is_no_archive_at_all(tmp_path: Path) -> None:
    for content in (b"", b"PK\x03\x04", b"text", bytes(100_000)):
        (tmp_path / "b.zip").write_bytes(content)
        refused(tmp_path / "b.zip", tmp_path / "new")
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("something", b"else")
    assert "no list" in str(refused(tmp_path / "c.zip", tmp_path / "new").cause)
    deep = io.BytesIO()
    with zipfile.ZipFile(deep, "w") as archive:
        archive.writestr(LIST, b"[" * 200_000)
    (tmp_path / "d.zip").write_bytes(deep.getvalue())
    refused(tmp_path / "d.zip", tmp_path / "new")


def test_a_backup_that_lost_bytes(tmp_path: Path) -> None:
    file = Forged({"a": bytes(range(256)) * 40}).write(tmp_path / "b.zip")
    whole = file.read_bytes()
    for end in range(0, len(whole), 61):
        file.write_bytes(whole[:end])
        refused(file, tmp_path / "new")
    for place in range(0, len(whole), 17):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            preview = keeper().preview(file, tmp_path / "new")
        except HarmonyError:
            continue
        # A bit that nobody reads (a time of a member, say): then all that counts is as it was.
        assert [item.path for item in preview.items] == ["a"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(HarmonyError, match="cannot be read"):
        keeper().preview(tmp_path / "none.zip", tmp_path / "new")


def test_names_that_only_some_systems_can_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CON", "aux.yaml", "a/NUL", "com1.txt", "a.", "a ", 'a"b', "what?"):
        assert local_fault(name, windows=True)
        assert not local_fault(name, windows=False)
    for name in ("console", "auxiliary.yaml", "COM", "a.b"):
        assert not local_fault(name, windows=True)
    monkeypatch.setattr(backup_preview, "local_fault", lambda path: local_fault(path, windows=True))
    file = Forged({"aux.yaml": b"1", "fine.yaml": b"2"}).write(tmp_path / "b.zip")
    found = {item.path: item for item in keeper().preview(file, tmp_path / "new").items}
    assert found["aux.yaml"].change is Change.BLOCKED
    assert "device" in found["aux.yaml"].reason
    assert found["fine.yaml"].change is Change.NEW


def test_names_that_differ_only_in_capitals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert collisions(["a", "A", "b/c", "B/d", "é", "e\u0301"]) == {"A", "B/d", "e\u0301"}
    assert collisions(["a", "b/a", "b/c"]) == frozenset()
    monkeypatch.setattr(backup_preview, "folds_case", lambda _folder: True)
    file = Forged({"a.yaml": b"1", "A.yaml": b"2"}).write(tmp_path / "b.zip")
    work, target = keeper(), tmp_path / "new"
    preview = work.preview(file, target)
    assert {item.path: item.change for item in preview.items} == {"A.yaml": Change.BLOCKED, "a.yaml": Change.NEW}
    work.restore(preview, frozenset(item.path for item in preview.items))
    assert tree(target)["a.yaml"] == b"1"
    assert "A.yaml" not in tree(target)


def test_an_archive_that_is_exchanged_after_it_was_shown(tmp_path: Path) -> None:
    file, target = tmp_path / "b.zip", tmp_path / "new"
    Forged({"a": b"1"}).write(file)
    work = keeper()
    preview = work.preview(file, target)
    Forged({"a": b"evil"}).write(file)
    with pytest.raises(HarmonyError, match="has changed meanwhile"):
        work.restore(preview, frozenset({"a"}))
    assert not target.exists()


def test_paths_of_another_computer_are_told_or_fitted(tmp_path: Path) -> None:
    file = Forged(
        {
            "a/.env": b"DIR=/home/other/Harmony/x/y\nELSE=/home/other/Harmonyx\nUP=/home/other/Harmony/../z\n",
            "compose.yaml": b"services: {a: {image: b, volumes: ['/home/other/Harmony/x:/y']}}\n",
        }
    ).write(tmp_path / "b.zip")
    work, target = keeper(), tmp_path / "new"
    preview = work.preview(file, target)
    assert any("compose.yaml names the folder" in note for note in preview.notes)
    work.restore(preview, frozenset(item.path for item in preview.items))
    lines = (target / "a/.env").read_text().splitlines()
    assert lines == [f"DIR={target}/x/y", "ELSE=/home/other/Harmonyx", "UP=/home/other/Harmony/../z"]


def test_lists_of_files_are_written_as_this_system_does(tmp_path: Path) -> None:
    says = {"folder": "C:\\Users\\you\\Harmony", "separator": ";"}
    env = (
        b"COMPOSE_FILE='C:\\Users\\you\\Harmony\\a.yml;b.yml'\n"
        b"HARMONY_TMP_HOST_DIR='C:\\Users\\you\\Harmony\\harmony-link\\harmony-tmp'\n"
    )
    file = Forged({".env": env}, says=says).write(tmp_path / "b.zip")
    work, target = keeper(), tmp_path / "new"
    preview = work.preview(file, target)
    work.restore(preview, frozenset({".env"}))
    assert (target / ".env").read_text() == (
        f"COMPOSE_FILE={target}/a.yml:b.yml\nHARMONY_TMP_HOST_DIR={target}/harmony-link/harmony-tmp\n"
    )
    assert json.loads((next(target.glob("before-restore-*")) / "journal.json").read_text())["done"] is True


def test_words_of_somebody_else_are_shown_plainly(tmp_path: Path) -> None:
    missing = {"path": "a\x1b[2J", "reason": "b\nc", "advice": "", "part": "data", "grave": True}
    says = {"missing": [missing], "application": "\x1b[31m", "folder": "/h\x07"}
    preview = keeper().preview(Forged(says=says).write(tmp_path / "b.zip"), tmp_path / "new")
    shown = (preview.version, preview.origin, *(f"{each.path}{each.reason}" for each in preview.missing))
    assert all(sign.isprintable() for text in shown for sign in text)
