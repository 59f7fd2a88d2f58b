"""The models folder: what is found in it, and files that come and go."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from harmony_desktop.assets import compose_dir
from harmony_desktop.control.models import ModelsPlace, Phase
from harmony_desktop.control.models_place import find_place
from harmony_desktop.control.stopping import Stop, StoppedError
from harmony_desktop.setup.model_files import safe_name
from harmony_desktop.setup.models import LocalLibrary
from harmony_desktop.setup.seed import seed
from harmony_desktop.setup.suggestions import suggestions
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.load import load_project

from .making_models import gguf, write_model

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")


def quiet(phase: Phase, done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture
def library() -> LocalLibrary:
    return LocalLibrary()


@pytest.fixture
def place(tmp_path: Path) -> ModelsPlace:
    folder = tmp_path / "stack" / "models"
    folder.mkdir(parents=True)
    flags = tmp_path / "stack" / "CMD_FLAGS.txt"
    flags.write_bytes(b"# flags\n--listen\n--api")
    return ModelsPlace("text", "Text Generation", folder, flags)


def bring_in(library: LocalLibrary, place: ModelsPlace, source: Path, *, link: bool = False) -> str:
    return library.import_file(place, source, link=link, progress=quiet, stop=Stop())


def test_the_shipped_stack_and_an_older_layout_have_their_places(tmp_path: Path) -> None:
    folder = tmp_path / "Harmony"
    seed(folder, compose_dir(), hardware="cpu")
    found = find_place(load_project(project_directory=folder, environ={}, cwd=folder))
    text = folder / "text-generation-webui-harmonyai"
    assert (found.folder, found.flags) == (text / "models", text / "CMD_FLAGS.txt")
    assert (found.api_port, found.context_flag, found.title) == (5000, "--ctx-size", "Text Generation")

    older = tmp_path / "older"
    older.mkdir()
    (older / "docker-compose.yml").write_text(
        "services:\n"
        "  other:\n    image: a\n    volumes: ['./elsewhere:/srv/models']\n"
        "  text-generation-webui-harmonyai:\n    image: b\n    mem_limit: 6g\n    volumes:\n"
        "      - ./text/models/:/home/app/text-generation-webui/models/\n"
        "      - ./text/CMD_FLAGS.txt:/home/app/text-generation-webui/CMD_FLAGS.txt\n"
    )
    found = find_place(load_project(project_directory=older, environ={}, cwd=older))
    assert found.folder == older / "text" / "models"
    assert (found.context_flag, found.memory_limit) == ("--n_ctx", 6 * 2**30)

    (older / "docker-compose.yml").write_text("services:\n  web:\n    image: a\n")
    with pytest.raises(HarmonyError, match="no folder for language models"):
        find_place(load_project(project_directory=older, environ={}, cwd=older))


def test_the_folder_is_listed_with_what_cannot_be_used_and_why(library: LocalLibrary, place: ModelsPlace) -> None:
    write_model(place.folder / "Good.Q4_K_M.gguf")
    write_model(place.folder / "inner" / "Deep.gguf")
    write_model(place.folder / "Cut.gguf", cut=50)
    (place.folder / "Page.gguf").write_text("<!DOCTYPE html>")
    write_model(place.folder / "Big-00001-of-00002.gguf")
    (place.folder / "Outside.gguf").symlink_to("/etc/hostname")
    (place.folder / ".On-its-way.gguf.part").write_bytes(b"GGUF")
    (place.folder / "notes.txt").write_text("mine")
    transformers = place.folder / "Some-7B"
    transformers.mkdir()
    (transformers / "config.json").write_text("{}")
    (transformers / "model.safetensors").write_bytes(bytes(10))
    shelf = library.look(place)
    faults = {model.name: model.fault for model in shelf.models}
    assert sorted(faults) == [
        "Big-00001-of-00002.gguf",
        "Cut.gguf",
        "Good.Q4_K_M.gguf",
        "Outside.gguf",
        "Page.gguf",
        "Some-7B",
        "inner/Deep.gguf",
    ]
    assert faults["Good.Q4_K_M.gguf"] == faults["inner/Deep.gguf"] == faults["Some-7B"] == ""
    assert "part of it is missing" in faults["Big-00001-of-00002.gguf"]
    assert "cut off" in faults["Cut.gguf"]
    assert "web page" in faults["Page.gguf"]
    assert "outside this folder" in faults["Outside.gguf"]
    assert shelf.free > 0


def test_a_folder_that_is_not_there_yet_is_empty(library: LocalLibrary, place: ModelsPlace) -> None:
    place.folder.rmdir()
    assert library.look(place).models == ()


def test_an_import_is_a_whole_copy_that_the_container_can_read(
    library: LocalLibrary, place: ModelsPlace, tmp_path: Path
) -> None:
    source = write_model(tmp_path / "My Model (v2).gguf")
    source.chmod(0o600)
    told: list[tuple[Phase, int, int]] = []
    name = library.import_file(place, source, link=False, progress=lambda *each: told.append(each), stop=Stop())
    assert name == "My-Model-v2.gguf"
    copy = place.folder / name
    assert copy.read_bytes() == source.read_bytes()
    assert copy.stat().st_ino != source.stat().st_ino
    assert stat.S_IMODE(copy.stat().st_mode) & 0o444 == 0o444
    assert stat.S_IMODE(source.stat().st_mode) == 0o600, "the user's own file is left as it is"
    assert told[-1][0] is Phase.FINISHING
    assert [file.name for file in place.folder.iterdir()] == [name]
    with pytest.raises(HarmonyError, match="already"):
        bring_in(library, place, source)
    with pytest.raises(HarmonyError, match="in the models folder already"):
        bring_in(library, place, copy)


def test_what_root_brings_in_belongs_to_the_folders_owner(
    library: LocalLibrary, place: ModelsPlace, tmp_path: Path
) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(place.folder, 6972, 6972)
    name = bring_in(library, place, write_model(tmp_path / "m.gguf"))
    assert (place.folder / name).stat().st_uid == 6972


def test_a_file_can_be_shared_instead_of_copied(library: LocalLibrary, place: ModelsPlace, tmp_path: Path) -> None:
    source = write_model(tmp_path / "m.gguf")
    source.chmod(0o644)
    name = bring_in(library, place, source, link=True)
    assert (place.folder / name).stat().st_ino == source.stat().st_ino
    private = write_model(tmp_path / "private.gguf")
    private.chmod(0o600)
    with pytest.raises(HarmonyError, match="cannot be shared"):
        bring_in(library, place, private, link=True)


def test_a_model_in_parts_comes_as_a_whole(library: LocalLibrary, place: ModelsPlace, tmp_path: Path) -> None:
    names = [f"m-0000{n}-of-00002.gguf" for n in (1, 2)]
    first = write_model(tmp_path / names[0])
    with pytest.raises(HarmonyError) as caught:
        bring_in(library, place, first)
    assert names[1] in caught.value.cause
    second = write_model(tmp_path / names[1])
    with pytest.raises(HarmonyError, match="one of several parts"):
        bring_in(library, place, second)
    assert bring_in(library, place, first) == names[0]
    (model,) = library.look(place).models
    assert (model.fault, model.files) == ("", tuple(names))
    assert model.size == first.stat().st_size + second.stat().st_size


def test_what_is_no_model_does_not_come_in(library: LocalLibrary, place: ModelsPlace, tmp_path: Path) -> None:
    (tmp_path / "x.gguf").write_bytes(b"PK\x03\x04")
    with pytest.raises(HarmonyError, match="no model"):
        bring_in(library, place, tmp_path / "x.gguf")
    with pytest.raises(HarmonyError, match="no such file"):
        bring_in(library, place, tmp_path / "missing.gguf")
    assert list(place.folder.iterdir()) == []


def test_an_import_that_is_stopped_or_has_no_room_leaves_nothing(
    library: LocalLibrary, place: ModelsPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_model(tmp_path / "m.gguf")
    stop = Stop()

    def stop_soon(phase: Phase, done: int, total: int) -> None:
        stop.set()

    monkeypatch.setattr("harmony_desktop.setup.models._FICLONE", 0)  # a disk that copies for real
    with pytest.raises(StoppedError):
        library.import_file(place, source, link=False, progress=stop_soon, stop=stop)
    assert list(place.folder.iterdir()) == []
    full = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(HarmonyError, match="not enough room"):
        bring_in(library, place, source)
    assert list(place.folder.iterdir()) == []


def test_using_a_model_changes_only_what_it_must(library: LocalLibrary, place: ModelsPlace) -> None:
    assert place.flags is not None
    library.configure(place, "m.gguf", 8192)
    assert place.flags.read_bytes() == b"# flags\n--listen\n--api\n--model m.gguf\n--ctx-size 8192\n"
    found = library.configured(place)
    assert (found.model, found.context) == ("m.gguf", 8192)
    library.configure(place, "n.gguf", 0)
    assert library.configured(place).context == 8192
    place.flags.write_bytes(b"--api-key 'secret one'\n")
    assert library.key(place) == "secret one"
    place.flags.unlink()
    library.configure(place, "m.gguf", 0)
    assert place.flags.read_bytes() == b"--model m.gguf\n"
    place.flags.unlink()
    place.flags.mkdir()
    with pytest.raises(HarmonyError, match="is a folder"):
        library.configure(place, "m.gguf", 0)


def test_a_deletion_can_be_taken_back(library: LocalLibrary, place: ModelsPlace) -> None:
    assert place.flags is not None
    write_model(place.folder / "m.gguf")
    library.configure(place, "m.gguf", 4096)
    before = place.flags.read_bytes()
    removed = library.remove(place, "m.gguf")
    assert library.look(place).models == ()
    assert library.configured(place).model == ""
    library.restore(place, removed)
    assert [model.name for model in library.look(place).models] == ["m.gguf"]
    assert sorted(place.flags.read_bytes().splitlines()) == sorted(before.splitlines())
    library.purge(library.remove(place, "m.gguf"))
    assert list(place.folder.iterdir()) == []
    with pytest.raises(HarmonyError, match="not there any more"):
        library.remove(place, "m.gguf")
    with pytest.raises(HarmonyError, match="not there any more"):
        library.remove(place, "../CMD_FLAGS.txt")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Model.Q4_K_M.gguf", "Model.Q4_K_M.gguf"),
        ("--share.GGUF", "share.gguf"),
        ("../../etc/passwd", "passwd.gguf"),
        ("C:\\models\\x.gguf", "x.gguf"),
        ("模型.gguf", "model.gguf"),
        (".hidden", "hidden.gguf"),
        ("con.gguf", "model-con.gguf"),
        ("a\nb\x1b c'\";$(x).gguf", "a-b-c-x.gguf"),
    ],
)
def test_names_are_safe_everywhere(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe
    assert len(safe_name("x" * 5000)) < 255


def test_the_suggestions_are_sound(tmp_path: Path) -> None:
    found = suggestions()
    assert len(found) >= 5
    assert [each.first for each in found].count(True) == 1
    for each in found:
        assert each.file.endswith(".gguf")
        assert each.repository.count("/") == 1
        assert 2**29 < each.size < 2**33
        assert each.licence
        assert each.licence_page.startswith("https://")
        assert each.context >= 4096
        assert each.cache_per_token > 0
        assert safe_name(each.file) == each.file
    (tmp_path / "broken.json").write_text("{")
    assert suggestions(tmp_path / "broken.json") == ()


def test_an_unreadable_header_is_read_once(library: LocalLibrary, place: ModelsPlace) -> None:
    file = write_model(place.folder / "m.gguf", cut=20)
    assert library.look(place).models[0].fault
    file.write_bytes(gguf())
    assert library.look(place).models[0].fault == "", "a file that changed is read again"
