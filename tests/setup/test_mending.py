"""Repairs of files and folders: exact, atomic, with a backup, and back to the byte."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harmony_desktop.control.adjustments import FileChange
from harmony_desktop.control.findings import Replacement
from harmony_desktop.control.repairs import (
    AddLines,
    CleanText,
    Correct,
    HandOver,
    MakeFile,
    OpenFolder,
    Repair,
    SetVariables,
    UnsetVariables,
    Wish,
)
from harmony_desktop.setup import mending
from harmony_desktop.setup.manifest import Manifest, digest
from harmony_desktop.setup.mending import LocalMender
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.text_edits import edited
from harmony_desktop.stack.errors import HarmonyError

NOW = datetime(2026, 1, 31, 12, 4, 55, tzinfo=UTC)
FILE = Path("it")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose repairs are remembered in a state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "stack"
    folder.mkdir()
    return folder


@pytest.fixture
def mender() -> LocalMender:
    return LocalMender(now=lambda: NOW)


CORRECT = Correct(FILE, '{"a": 1,\n"b" :\t2}\n', (Replacement(6, 7, '"ü"'), Replacement(15, 16, "3")))


def repair(*wishes: Wish) -> list[Repair]:
    return [Repair("some.check", "Mend it", wishes)]


@pytest.mark.parametrize(
    ("wish", "before", "after"),
    [
        (SetVariables(FILE, (("A", "2"),)), b"# a\nA=1 # one\nB=3", b"# a\nA=2 # one\nB=3"),
        (SetVariables(FILE, (("A", "D:\\tmp"),)), b"A=1\r\n", b"A='D:\\tmp'\r\n"),
        (UnsetVariables(FILE, ("A",)), b'B=1\nA="" # none\nC=2\n', b"B=1\nC=2\n"),
        (UnsetVariables(FILE, ("A",)), b"A=\nB=1\nA=\n", b"B=1\n"),
        (CleanText(FILE, line_ends=True), b"\xef\xbb\xbfa\r\nb\rc\r\n", b"\xef\xbb\xbfa\nb\rc\n"),
        (CleanText(FILE, byte_order_mark=True), b"\xef\xbb\xbfa\r\n", b"a\r\n"),
        (AddLines(FILE, ("--api",)), b"--listen", b"--listen\n--api\n"),
        (AddLines(FILE, ("--api",)), b"--listen\r\n", b"--listen\r\n--api\r\n"),
        (AddLines(FILE), b"A=1", b"A=1\n"),
        (AddLines(FILE), b"A=1\n", b"A=1\n"),
        (CORRECT, b'\xef\xbb\xbf{"a": 1,\r\n"b" :\t2}\r\n', '\ufeff{"a": "ü",\r\n"b" :\t3}\r\n'.encode()),
        # Lines that came, went or changed meanwhile: each value is looked for in its own line.
        (CORRECT, b'\n\n{"a": 1,\n"b" :\t2}\n', '\n\n{"a": "ü",\n"b" :\t3}\n'.encode()),
        (CORRECT, b'{"c": 5, "a": 1,\n"b" :\t2}\n', '{"c": 5, "a": "ü",\n"b" :\t3}\n'.encode()),
        (CORRECT, b'{"a": 11,\n"b" :\t2}\n', b'{"a": 11,\n"b" :\t3}\n'),
        (CORRECT, b"\xff\xfe", b"\xff\xfe"),
    ],
)
def test_only_what_is_meant_changes(wish: Wish, before: bytes, after: bytes) -> None:
    assert edited(before, wish) == after
    assert edited(after, wish) == after, "a second time changes nothing"


def test_repairs_of_one_file_are_done_one_upon_the_other_and_taken_back_at_once(
    root: Path, mender: LocalMender
) -> None:
    file = root / ".env"
    before = b"# mine\r\nHF_TOKEN=\r\nA=1\r\n"
    file.write_bytes(before)
    file.chmod(0o600)
    plan = mender.plan(root, repair(UnsetVariables(file, ("HF_TOKEN",)), CleanText(file, line_ends=True)))
    assert "-HF_TOKEN=" in plan.diff
    (backup,) = mender.apply(plan)
    assert file.read_bytes() == b"# mine\nA=1\n"
    assert (backup.name, backup.read_bytes()) == (".env.before-repair-20260131-120455", before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in (file, backup)} == {0o600}
    assert mender.can_undo(root)
    assert mender.undo(root).restored == (str(file),)
    assert file.read_bytes() == before
    assert sorted(root.iterdir()) == [file], "the backup is gone again"
    assert not mender.can_undo(root)


def test_repairs_are_taken_back_one_after_the_other(root: Path, mender: LocalMender) -> None:
    file = root / "a.txt"
    file.write_bytes(b"1")
    for line in ("2", "3"):
        mender.apply(mender.plan(root, repair(AddLines(file, (line,)))))
    assert len(list(root.glob("a.txt.before-repair-*"))) == 2, "each has a name of its own"
    mender.undo(root)
    assert file.read_bytes() == b"1\n2\n"
    mender.undo(root)
    assert file.read_bytes() == b"1"
    with pytest.raises(HarmonyError, match="no repair"):
        mender.undo(root)


def test_an_empty_folder_becomes_a_file_and_a_folder_again(root: Path, mender: LocalMender) -> None:
    place = root / "user.key"
    place.mkdir(mode=0o750)
    mode = stat.S_IMODE(place.stat().st_mode)
    mender.apply(mender.plan(root, repair(MakeFile(place, b"key"))))
    assert place.read_bytes() == b"key"
    mender.undo(root)
    assert place.is_dir()
    assert stat.S_IMODE(place.stat().st_mode) == mode


def test_a_folder_with_something_in_it_stays(root: Path, mender: LocalMender) -> None:
    (root / "user.key").mkdir()
    plan = mender.plan(root, repair(MakeFile(root / "user.key")))
    (root / "user.key/theirs").touch()
    with pytest.raises(HarmonyError, match="could not be done"):
        mender.apply(plan)
    assert (root / "user.key/theirs").exists()
    with pytest.raises(HarmonyError, match="not empty"):
        mender.plan(root, repair(MakeFile(root / "user.key")))


def test_what_has_changed_since_it_was_shown_is_not_written(root: Path, mender: LocalMender) -> None:
    file = root / "a.txt"
    file.write_bytes(b"1")
    plan = mender.plan(root, repair(AddLines(file, ("2",))))
    file.write_bytes(b"theirs")
    with pytest.raises(HarmonyError, match="changed meanwhile"):
        mender.apply(plan)
    assert file.read_bytes() == b"theirs"
    assert not mender.can_undo(root)


def test_what_was_changed_since_the_repair_is_not_taken_back(root: Path, mender: LocalMender) -> None:
    mine, other = root / "a.txt", root / "b.txt"
    for file in (mine, other):
        file.write_bytes(b"1")
    mender.apply(mender.plan(root, repair(AddLines(mine, ("2",)), AddLines(other, ("2",)))))
    mine.write_bytes(b"mine")
    undone = mender.undo(root)
    assert undone.restored == (str(other),)
    assert [str(mine) in words for words in undone.kept] == [True]
    assert mine.read_bytes() == b"mine"
    assert list(root.glob("a.txt.before-repair-*")), "what it was stays beside it"


def test_a_repair_that_was_ended_half_way_can_be_taken_back(
    root: Path, mender: LocalMender, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = root / "a.txt", root / "b.txt"
    for file in (first, second):
        file.write_bytes(b"1")
    plan = mender.plan(root, repair(AddLines(first, ("2",)), AddLines(second, ("2",))))
    real = mending._write

    def write(change: FileChange, backup: Path | None) -> None:
        if change.path == second:
            raise OSError(28, "No space left on device", str(second))
        real(change, backup)

    monkeypatch.setattr(mending, "_write", write)
    with pytest.raises(HarmonyError, match="could not be done"):
        mender.apply(plan)
    mender.undo(root)
    assert (first.read_bytes(), second.read_bytes()) == (b"1", b"1")


def test_a_link_is_followed(root: Path, mender: LocalMender, tmp_path: Path) -> None:
    target = tmp_path / "dotfiles"
    target.write_bytes(b"A=1\n")
    (root / ".env").symlink_to(target)
    mender.apply(mender.plan(root, repair(SetVariables(root / ".env", (("A", "2"),)))))
    assert (root / ".env").is_symlink()
    assert target.read_bytes() == b"A=2\n"
    mender.undo(root)
    assert target.read_bytes() == b"A=1\n"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root")
def test_root_hands_a_folder_over_and_takes_it_back(root: Path, mender: LocalMender) -> None:
    folder = root / "models"
    folder.mkdir()
    folder.chmod(0o500)
    mender.apply(mender.plan(root, repair(OpenFolder(folder, 6972, 6972), OpenFolder(root / "made", 1000))))
    assert (folder.stat().st_uid, folder.stat().st_gid, stat.S_IMODE(folder.stat().st_mode)) == (6972, 6972, 0o700)
    assert (root / "made").stat().st_uid == 1000
    mender.undo(root)
    assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (0, 0o500)
    assert not (root / "made").exists()


def test_a_folder_that_is_handed_over_shows_the_whole_command(root: Path, mender: LocalMender) -> None:
    (deed,) = mender.plan(root, repair(HandOver(root / "models", "6972:6972", "example/text"))).deeds
    assert deed == (
        "docker run --rm --network none --user 0:0 --read-only --cap-drop ALL --cap-add CHOWN "
        f"--security-opt no-new-privileges --mount type=bind,source={root / 'models'},target=/folder "
        "--entrypoint chown example/text 6972:6972 /folder"
    )


def test_files_that_the_caller_named_stay_as_they_are(root: Path) -> None:
    mender = LocalMender(writable=False)
    with pytest.raises(HarmonyError, match="left as they are"):
        mender.plan(root, repair(AddLines(root / "a.txt", ("2",))))
    assert not mender.plan(root, [])
    assert not mender.can_undo(root)


def test_a_missing_file_is_made_as_it_ships(root: Path, source: Path, mender: LocalMender) -> None:
    stock = mender.stock
    assert stock(root, root / "harmony-link/config.json") == (source / "harmony-link/config.json").read_bytes()
    assert stock(root, root / "harmony-link/harmony-user.key") == b""
    assert stock(root, root / "elsewhere/own.key") == b""
    assert stock(root, root / "elsewhere/own.json") is None


def test_a_shipped_file_that_nobody_edited_counts_as_such_after_a_repair_and_its_undo(
    root: Path, source: Path, mender: LocalMender
) -> None:
    seed(root, source, hardware="cpu")
    file = root / ".env"

    def untouched() -> bool:
        return Manifest(root).entry(".env").written == digest(file.read_bytes())

    mender.apply(mender.plan(root, repair(SetVariables(file, (("HARMONY_LINK_PORT", "28090"),)))))
    assert untouched()
    seed(root, source, hardware="cpu")
    assert b"HARMONY_LINK_PORT=28090" in file.read_bytes(), "the next release keeps it"
    mender.undo(root)
    assert untouched()
    file.write_bytes(file.read_bytes() + b"# mine\nHF_TOKEN=\n")
    mender.apply(mender.plan(root, repair(UnsetVariables(file, ("HF_TOKEN",)))))
    assert not untouched()
    mender.undo(root)
    assert not untouched(), "what the user had edited is still known to be"
