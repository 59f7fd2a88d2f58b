"""Backups and restores of real stack folders: what goes in comes out, and nothing is written that was not shown."""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harmony_desktop.control.backups import USUAL, Change, IncompleteError, Part, RestorePreview, Step
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.setup.backup import LocalBackups
from harmony_desktop.setup.backup_format import LIST
from harmony_desktop.setup.seed import seed
from harmony_desktop.stack.errors import HarmonyError
from tests.setup.making_backups import keeper, modes, tree

TEXT = "text-generation-webui-harmonyai"
CHARACTERS = f"{TEXT}/characters"
EVERYTHING = frozenset(Part)

needs_posix = pytest.mark.skipif(os.name != "posix", reason="permissions, pipes and links of POSIX systems")
needs_no_root = pytest.mark.skipif(os.name == "posix" and os.geteuid() == 0, reason="root may do everything")


@pytest.fixture
def folder(tmp_path: Path, source: Path) -> Path:
    """A folder that the set-up made, with things of the user's in it; its name is no plain one."""
    root = tmp_path / "Mein Ordner ü"
    seed(root, source, hardware="cpu")
    (root / CHARACTERS / "Zoë.yaml").write_text("name: Zoë\n", encoding="utf-8")
    (root / CHARACTERS / "empty").mkdir()
    (root / TEXT / "models" / "large.gguf").write_bytes(b"GGUF" * 100)
    (root / "harmony-speech-engine/cache/kaiden.npy").write_bytes(b"\x93NUMPY" * 9)
    (root / "harmony-speech-engine/cache/models--a--b").mkdir()
    (root / "harmony-speech-engine/cache/models--a--b/config.json").write_text("{}")
    (root / "harmony-link/harmony-tmp/note").write_text("data")
    (root / "my-own.yml").write_text("services: {}\n")
    with (root / ".env").open("a") as env:
        env.write("HF_TOKEN=hf_abcdefghijklmnopqrstuv\nHARMONY_TEXT_PORT=7861\n")
    return root


def all_of(preview: RestorePreview) -> frozenset[str]:
    return frozenset(item.path for item in preview.changes)


def changes(preview: RestorePreview) -> dict[str, Change]:
    return {item.path: item.change for item in preview.items if item.change is not Change.SAME}


def restored(work: LocalBackups, file: Path, target: Path) -> RestorePreview:
    preview = work.preview(file, target)
    work.restore(preview, all_of(preview))
    return preview


def test_what_there_is_is_told_by_part(folder: Path) -> None:
    survey = keeper().survey(folder, Stop())
    sizes = {size.part: size.files for size in survey.parts}
    assert sizes[Part.CHARACTERS] == 2, "the one that ships, and the user's own"
    assert sizes[Part.VOICES] == 1
    assert sizes[Part.MODELS] == 2, "one of them lies in a cache"
    assert sizes[Part.DATA] == 1
    assert survey.secrets
    assert survey.missing == ()
    assert survey.size_of(frozenset({Part.VOICES})) == 54


def test_the_whole_folder_comes_back_as_it_was(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    before, permissions = tree(folder), modes(folder)
    saved = work.save(folder, tmp_path / "all.zip", EVERYTHING)
    assert saved.complete
    assert stat.S_IMODE(saved.file.stat().st_mode) == 0o600 or os.name == "nt"
    shutil.rmtree(folder)
    preview = restored(work, saved.file, folder)
    assert preview.fresh
    assert set(changes(preview).values()) == {Change.NEW}
    after = {path: content for path, content in tree(folder).items() if not path.startswith("before-restore-")}
    assert {k: v for k, v in after.items() if not k.startswith(".harmony")} == {
        k: v for k, v in before.items() if not k.startswith(".harmony")
    }
    found = {k: v for k, v in modes(folder).items() if "restore-" not in k and not k.startswith(".harmony")}
    assert found == {k: v for k, v in permissions.items() if not k.startswith(".harmony")}
    assert json.loads(after[".harmony/manifest.json"]) == json.loads(before[".harmony/manifest.json"])


def test_only_what_is_wanted_is_in_it(folder: Path, tmp_path: Path) -> None:
    saved = keeper().save(folder, tmp_path / "b.zip", USUAL)
    names = zipfile.ZipFile(saved.file).namelist()
    assert "files/my-own.yml" in names
    assert f"files/{CHARACTERS}/Zoë.yaml" in names
    assert not any("gguf" in name or "models--" in name or "harmony-tmp/note" in name for name in names)
    assert not any(".harmony" in name or "lock" in name for name in names)


def test_a_folder_in_use_is_compared_and_only_differences_are_written(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    (folder / "harmony-link/config.json").write_text("{}")
    (folder / CHARACTERS / "Zoë.yaml").unlink()
    (folder / CHARACTERS / "New.yaml").write_text("name: New\n")
    preview = work.preview(saved.file, folder)
    assert changes(preview) == {
        "harmony-link/config.json": Change.DIFFERS,
        f"{CHARACTERS}/Zoë.yaml": Change.NEW,
        f"{CHARACTERS}/New.yaml": Change.ONLY_HERE,
    }
    shown = work.difference(preview, "harmony-link/config.json")
    assert "-{}" in shown
    assert '+  "entities"' in shown
    before = tree(folder)
    result = work.restore(preview, frozenset({"harmony-link/config.json"}))
    assert result.written == ("harmony-link/config.json",)
    assert result.affected.restarted == ("harmony-link",)
    assert result.kept is not None
    assert (result.kept / "files/harmony-link/config.json").read_text() == "{}"
    assert not (folder / CHARACTERS / "Zoë.yaml").exists(), "it was not chosen"
    assert (folder / CHARACTERS / "New.yaml").exists()
    work.undo(folder)
    assert tree(folder) == before


def test_what_changed_after_a_restore_is_not_taken_back(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    (folder / "my-own.yml").write_text("services: {a: {image: b}}\n")
    (folder / "harmony-link/config.json").write_text("{}")
    restored(work, saved.file, folder)
    (folder / "my-own.yml").write_text("# mine\n")
    undone = work.undo(folder)
    assert (folder / "my-own.yml").read_text() == "# mine\n"
    assert (folder / "harmony-link/config.json").read_text() == "{}"
    assert len(undone.kept) == 1
    assert "was changed since the restore" in undone.kept[0]


def test_a_new_folder_gets_its_own_paths_and_becomes_the_stack_folder(folder: Path, tmp_path: Path) -> None:
    taken: list[Path] = []
    work = keeper(taken)
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    target = tmp_path / "neu, größer"
    preview = work.preview(saved.file, target)
    assert preview.fresh
    result = work.restore(preview, all_of(preview))
    assert result.remembered
    assert taken == [target]
    env = (target / "harmony-link/.env").read_text()
    assert f"HARMONY_TMP_HOST_DIR='{target}/harmony-link/harmony-tmp'" in env
    assert "HARMONY_TEXT_PORT=7861" in (target / ".env").read_text()
    assert (target / TEXT / "models").is_dir(), "what a service mounts is there, if empty"
    # What nobody edited still counts as such: a second set-up changes nothing.
    before = tree(target)
    report = seed(target, work.source)
    assert (report.created, report.kept, tree(target)) == ([], [], before)


def test_what_the_set_up_adds_is_told_and_taken_back(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    lacking = f"{TEXT}/presets/min_p.yaml"
    (folder / lacking).unlink(missing_ok=True)
    saved = work.save(folder, tmp_path / "b.zip", frozenset())
    target = tmp_path / "new"
    preview = work.preview(saved.file, target)
    assert lacking not in changes(preview)
    result = work.restore(preview, all_of(preview))
    assert (target / lacking).is_file()
    assert any(lacking in note for note in result.notes)
    assert result.journal is not None
    assert result.journal.is_dir()
    undone = work.undo(target)
    assert undone.kept == ()
    assert lacking in undone.restored
    assert tree(target) == {}


def test_what_is_somebody_elses_stays_when_a_restore_is_taken_back(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", frozenset())
    target = tmp_path / "new"
    restored(work, saved.file, target)
    (target / TEXT / "notes.txt").write_text("mine")
    work.undo(target)
    assert [path for path, content in tree(target).items() if content] == [f"{TEXT}/notes.txt"]


@needs_posix
def test_containers_may_write_to_what_was_restored(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    target = tmp_path / "new"
    restored(work, saved.file, target)
    for path in (CHARACTERS, f"{CHARACTERS}/Zoë.yaml"):
        found = (target / path).stat()
        assert found.st_uid == 6972 or found.st_mode & 0o002
    assert stat.S_IMODE((target / ".env").stat().st_mode) == 0o600


def test_secrets_can_be_left_out(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    (folder / "harmony-link/harmony-user.key").write_text("very secret")
    saved = work.save(folder, tmp_path / "b.zip", USUAL, secrets=False)
    archive = zipfile.ZipFile(saved.file)
    assert b"hf_abc" not in b"".join(archive.read(name) for name in archive.namelist())
    assert b"very secret" not in b"".join(archive.read(name) for name in archive.namelist())
    assert saved.emptied == (".env",)
    assert saved.complete, "it lacks nothing that was wanted"
    # What the folder has of them stays.
    assert changes(work.preview(saved.file, folder)) == {"harmony-link/harmony-user.key": Change.ONLY_HERE}
    target = tmp_path / "new"
    preview = work.preview(saved.file, target)
    result = work.restore(preview, all_of(preview))
    assert "HF_TOKEN=\n" in (target / ".env").read_text()
    assert "\nHF_TOKEN=" not in (target / ".env").read_text(), "an empty token breaks downloads"
    assert any("HF_TOKEN" in note for note in result.notes)
    assert (target / "harmony-link/harmony-user.key").read_bytes() == b"", "the set-up makes the file"


def test_the_layout_of_a_folder_that_was_taken_over(tmp_path: Path) -> None:
    from tests.cli.test_quickstart_layout import FILES

    root = tmp_path / "harmony-ai-quickstart"
    for name, content in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    voices, models = root / "harmony-speech-engine/cache", root / "text-generation-webui-harmony-ai/models"
    for place in (voices, models):
        place.mkdir()
        (place / "file").write_bytes(b"content")
    work = keeper()
    saved = work.save(root, tmp_path / "b.zip", USUAL)
    assert saved.complete
    before = tree(root)
    shutil.rmtree(root)
    restored(work, saved.file, root)
    after = tree(root)
    assert {path: after[path] for path in FILES} == {path: before[path] for path in FILES}
    assert after["harmony-speech-engine/cache/file"] == b"content"
    assert "text-generation-webui-harmony-ai/models/file" not in after
    assert after["text-generation-webui-harmony-ai/models"] == ""
    assert not (root / ".harmony").exists(), "it is still the user's own layout"


def test_files_that_are_wrong_can_be_saved_too(folder: Path, tmp_path: Path) -> None:
    (folder / "docker-compose.yml").write_text("services: [\n")
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    (folder / "docker-compose.yml").write_text("services: {}\n")
    assert changes(work.preview(saved.file, folder))["docker-compose.yml"] is Change.DIFFERS


@needs_posix
def test_links_are_kept_and_never_followed_out(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("not yours")
    characters = folder / CHARACTERS
    (characters / "same.yaml").symlink_to("Zoë.yaml")
    (characters / "absolute.yaml").symlink_to(characters / "Zoë.yaml")
    (characters / "out").symlink_to(outside)
    (characters / "up.yaml").symlink_to("../../../outside/secret")
    os.mkfifo(characters / "pipe")
    work = keeper()
    with pytest.raises(IncompleteError) as refusal:
        work.save(folder, tmp_path / "b.zip", USUAL)
    assert {each.path for each in refusal.value.missing} == {f"{CHARACTERS}/out", f"{CHARACTERS}/up.yaml"}
    assert not (tmp_path / "b.zip").exists()
    saved = work.save(folder, tmp_path / "b.zip", USUAL, incomplete=True)
    assert not saved.complete
    assert {each.path for each in saved.missing} >= {f"{CHARACTERS}/pipe", f"{CHARACTERS}/out"}
    target = tmp_path / "new"
    preview = restored(work, saved.file, target)
    assert [each.path for each in preview.missing if each.grave] == [f"{CHARACTERS}/out", f"{CHARACTERS}/up.yaml"]
    assert (target / CHARACTERS / "same.yaml").readlink() == Path("Zoë.yaml")
    assert (target / CHARACTERS / "absolute.yaml").readlink() == Path("Zoë.yaml")
    assert not os.path.lexists(target / CHARACTERS / "out")


@needs_posix
@needs_no_root
def test_what_may_not_be_read_is_told_with_what_helps(folder: Path, tmp_path: Path) -> None:
    hidden = folder / CHARACTERS / "Zoë.yaml"
    hidden.chmod(0)
    with pytest.raises(IncompleteError) as refusal:
        keeper().save(folder, tmp_path / "b.zip", USUAL)
    (missing,) = refusal.value.missing
    assert missing.path == f"{CHARACTERS}/Zoë.yaml"
    assert "chmod -R u+rX" in missing.advice, "it is the user's own: nobody else gets to read it"
    assert keeper().save(folder, tmp_path / "b.zip", frozenset()).complete, "it belongs to no part that is wanted"


def test_a_file_that_changes_is_read_again(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    restless = folder / CHARACTERS / "Zoë.yaml"
    reads = 0
    original = os.read

    def read(handle: int, count: int) -> bytes:
        nonlocal reads
        content = original(handle, count)
        if content.startswith(b"name: Zo"):
            reads += 1
            if reads <= rounds:
                restless.write_text(f"name: Zoë {'!' * reads}\n", encoding="utf-8")
        return content

    monkeypatch.setattr("os.read", read)
    rounds = 1
    saved = keeper().save(folder, tmp_path / "once.zip", USUAL)
    assert saved.complete
    preview = keeper().preview(saved.file, folder)
    assert changes(preview) == {}, "what was read last is what counts"
    reads, rounds = 0, 99
    saved = keeper().save(folder, tmp_path / "ever.zip", USUAL)
    (missing,) = saved.missing
    assert "again and again" in missing.reason
    assert not saved.complete
    assert changes(keeper().preview(saved.file, folder)) == {f"{CHARACTERS}/Zoë.yaml": Change.ONLY_HERE}


@pytest.mark.parametrize("when", [Step.SAVING, Step.CHECKING])
def test_a_cancelled_backup_leaves_nothing(folder: Path, tmp_path: Path, when: Step) -> None:
    stop = Stop()
    (tmp_path / "b.zip").write_text("an older one")

    def progress(step: Step, _done: int, _total: int) -> None:
        if step is when:
            stop.set()

    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoppedError):
        keeper().save(folder, tmp_path / "b.zip", USUAL, replace=True, progress=progress, stop=stop)
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "b.zip").read_text() == "an older one"


def test_a_full_disk_is_told_and_leaves_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(HarmonyError, match="could not be written") as refusal:
        keeper().save(folder, tmp_path / "b.zip", USUAL)
    assert "Make room" in refusal.value.advice
    assert sorted(tmp_path.iterdir()) == before


def test_a_backup_is_read_back_before_it_gets_its_name(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = os.fsync

    def bad_disk(handle: int) -> None:
        original(handle)
        os.pwrite(handle, b"\xff" * 64, 120)

    monkeypatch.setattr("os.fsync", bad_disk)
    with pytest.raises(HarmonyError):
        keeper().save(folder, tmp_path / "b.zip", USUAL)
    assert not list(tmp_path.glob("*.zip*"))


def test_a_file_is_not_replaced_unasked(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(HarmonyError, match="is there already"):
        keeper().save(folder, tmp_path / "b.zip", USUAL)
    assert (tmp_path / "b.zip").read_text() == "mine"


def test_a_backup_within_the_folder_does_not_hold_itself(folder: Path) -> None:
    file = folder / CHARACTERS / "b.zip"
    work = keeper()
    work.save(folder, file, USUAL)
    first = set(zipfile.ZipFile(file).namelist())
    work.save(folder, file, USUAL, replace=True)
    assert set(zipfile.ZipFile(file).namelist()) == first
    assert changes(work.preview(file, folder)) == {}


def interrupting(monkeypatch: pytest.MonkeyPatch, count: int) -> Callable[[], None]:
    """Let the power go at the n-th time that a file gets its name."""
    original, seen = Path.replace, 0

    def replace(self: Path, target: Path) -> Path:
        nonlocal seen
        seen += 1
        if seen == count:
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    return lambda: monkeypatch.setattr(Path, "replace", original)


def test_a_restore_that_is_interrupted_anywhere_is_finished_or_taken_back(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    wanted = tree(folder)
    spoilt = ("harmony-link/config.json", ".env", f"{CHARACTERS}/Zoë.yaml")
    for number, path in enumerate(spoilt):
        (folder / path).write_text(f"spoilt {number}\n")
    (folder / "harmony-speech-engine/cache/kaiden.npy").unlink()
    shutil.rmtree(folder / TEXT / "training")
    before = tree(folder)
    ended, count = False, 0
    while not ended:
        count += 1
        preview = work.preview(saved.file, folder)
        again = interrupting(monkeypatch, count)
        try:
            work.restore(preview, all_of(preview))
            ended = True
        except KeyboardInterrupt:
            pass
        finally:
            again()
        if not ended and work.interrupted(folder) is None:
            assert tree(folder) == before or not list(folder.glob("before-restore-*/journal.json"))
            for left in folder.glob("before-restore-*"):
                shutil.rmtree(left)
            assert tree(folder) == before
            continue
        if not ended and count % 2:
            restored(work, saved.file, folder)  # finished by the same call
            now = {k: v for k, v in tree(folder).items() if not k.startswith((".harmony", "before-restore-"))}
            assert now == {k: v for k, v in wanted.items() if not k.startswith(".harmony")}
            assert work.interrupted(folder) is None
        undone = work.undo(folder)
        assert undone.kept == ()
        assert tree(folder) == before
    assert count > 4, "it was interrupted at several writes"


def test_a_cancelled_restore_says_how_far_it_came(folder: Path, tmp_path: Path) -> None:
    work, stop = keeper(), Stop()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    target = tmp_path / "new"
    preview = work.preview(saved.file, target)

    def progress(_step: Step, done: int, total: int) -> None:
        if done > total / 3:
            stop.set()

    with pytest.raises(StoppedError):
        work.restore(preview, all_of(preview), progress, stop)
    left = work.interrupted(target)
    assert left is not None
    assert left.file == saved.file
    assert 0 < left.done < left.total
    preview = work.preview(saved.file, target)
    work.restore(preview, all_of(preview))
    assert work.interrupted(target) is None
    assert (target / ".harmony/manifest.json").is_file(), "the set-up has filled in what was missing"


def test_a_folder_that_changes_after_it_was_shown_is_left(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    (folder / "my-own.yml").write_text("services: {a: {image: b}}\n")
    preview = work.preview(saved.file, folder)
    (folder / "my-own.yml").write_text("services: {a: {image: c}}\n")
    before = tree(folder)
    with pytest.raises(HarmonyError, match="has changed meanwhile"):
        work.restore(preview, all_of(preview))
    assert tree(folder) == before


@needs_posix
def test_a_link_in_the_way_is_not_written_through(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    outside = tmp_path / "outside"
    outside.mkdir()
    shutil.rmtree(folder / CHARACTERS)
    (folder / CHARACTERS).symlink_to(outside)
    preview = work.preview(saved.file, folder)
    assert {item.change for item in preview.items if item.path.startswith(CHARACTERS)} == {Change.BLOCKED}
    assert not any(path.startswith(CHARACTERS) for path in all_of(preview))
    # And not either where the link comes after the preview.
    (folder / CHARACTERS).unlink()
    preview = work.preview(saved.file, folder)
    (folder / CHARACTERS).symlink_to(outside)
    with pytest.raises(HarmonyError, match="has changed meanwhile"):
        work.restore(preview, all_of(preview))
    assert list(outside.iterdir()) == []


def test_a_folder_in_the_place_of_a_file(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    for name in ("harmony-link/harmony-user.key", "harmony-link/config.json"):
        (folder / name).unlink()
        (folder / name).mkdir()
    (folder / "harmony-link/config.json/mine").write_text("")
    preview = work.preview(saved.file, folder)
    assert changes(preview) == {
        "harmony-link/harmony-user.key": Change.NEW,
        "harmony-link/config.json": Change.BLOCKED,
    }
    before = tree(folder)
    work.restore(preview, all_of(preview))
    assert (folder / "harmony-link/harmony-user.key").is_file()
    work.undo(folder)
    assert tree(folder) == before


def test_no_room_is_told_before_anything_is_written(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _place: usage._replace(free=1000))
    with pytest.raises(HarmonyError, match="no room"):
        work.preview(saved.file, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_disk_that_is_full_half_way_leaves_whole_files(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    target = tmp_path / "new"
    preview = work.preview(saved.file, target)
    original, seen = os.fsync, 0

    def fsync(handle: int) -> None:
        nonlocal seen
        seen += 1
        if seen == 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(handle)

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(HarmonyError, match="could not be restored"):
        work.restore(preview, all_of(preview))
    assert not list(target.rglob("*.tmp"))
    work.undo(target)
    assert [path for path, content in tree(target).items() if content] == []


@needs_posix
@needs_no_root
def test_a_read_only_folder_is_told_file_by_file(folder: Path, tmp_path: Path) -> None:
    work = keeper()
    saved = work.save(folder, tmp_path / "b.zip", USUAL)
    (folder / CHARACTERS / "Zoë.yaml").unlink()
    (folder / CHARACTERS).chmod(0o555)
    try:
        preview = work.preview(saved.file, folder)
    finally:
        (folder / CHARACTERS).chmod(0o755)
    (item,) = [item for item in preview.items if item.change is not Change.SAME]
    assert item.change is Change.BLOCKED
    assert "chmod -R u+rwX" in item.reason
    assert "a+" not in item.reason


@needs_posix
def test_a_socket_in_the_folder_harms_nothing(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / CHARACTERS)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        saved = keeper().save(folder, tmp_path / "b.zip", USUAL)
    assert [each.path for each in saved.missing] == [f"{CHARACTERS}/socket"]
    assert saved.complete


_NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(st.tuples(_NAMES, _NAMES), st.binary(max_size=300), max_size=5))
def test_any_names_and_contents_go_through(
    tmp_path_factory: pytest.TempPathFactory, files: dict[tuple[str, str], bytes]
) -> None:
    base = tmp_path_factory.mktemp("any")
    root = base / "stack"
    kept = root / "kept"
    kept.mkdir(parents=True)
    (root / "compose.yaml").write_text("services: {a: {image: b, volumes: ['./kept:/data/characters']}}\n")
    for (above, name), content in files.items():
        if {above, name} & {".", ".."} or len(above.encode()) > 200 or len(name.encode()) > 200:
            continue
        (kept / above).mkdir(exist_ok=True)
        (kept / above / name).write_bytes(content)
    work = keeper()
    saved = work.save(root, base / "b.zip", frozenset({Part.CHARACTERS}))
    before = tree(root)
    shutil.rmtree(root)
    restored(work, saved.file, root)
    work_left = {path: content for path, content in tree(root).items() if not path.startswith("before-restore-")}
    assert work_left == before
    work.undo(root)
    assert [path for path, content in tree(root).items() if content != ""] == []


def test_the_list_within_tells_all(folder: Path, tmp_path: Path) -> None:
    saved = keeper().save(folder, tmp_path / "b.zip", USUAL)
    content = json.loads(zipfile.ZipFile(saved.file).read(LIST))
    assert content["format"] == 1
    assert content["complete"] is True
    assert content["made"] == "2026-01-31T12:04:00+00:00"
    assert content["parts"] == ["configuration", "characters", "voices", "prompts"]
    (entry,) = [entry for entry in content["files"] if entry["path"] == ".env"]
    assert set(entry) == {"path", "member", "part", "size", "sha256", "mode"}
