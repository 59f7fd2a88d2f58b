"""``merge``: newer shipped files on the command line, from the list to the way back."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

from harmony_desktop import assets
from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.main import run
from harmony_desktop.cli.parser import build_parser, find_command
from harmony_desktop.setup.seed import seed

CONFIG, FLAGS = "harmony-speech-engine/config.yml", "text-generation-webui-harmonyai/CMD_FLAGS.txt"


class Desk:
    """A folder of the older release, the newer release, and calls of it."""

    def __init__(self, room: Path) -> None:
        self.folder, self.edition = room / "Harmony", room / "edition"
        shutil.copytree(assets.compose_dir(), self.edition)
        seed(self.folder, self.edition)
        self.out, self.err = "", ""

    def edit(self, path: str, mine: str, new: str) -> None:
        """Let a file be edited, and ship in another form: texts go before the first line, or (with a +) to the end."""
        for root, text in ((self.folder, mine), (self.edition, new)):
            file = root / path
            before = file.read_text()
            file.write_text(f"{before}{text[1:]}\n" if text.startswith("+") else f"{text}\n{before}")
        seed(self.folder, self.edition)

    def __call__(self, *words: str) -> int:
        call = [*words, "--project-directory", str(self.folder)]
        out, err = io.StringIO(), io.StringIO()
        status = run(build_parser(find_command(call)).parse_args(call), AppEnvironment(out, err))
        self.out, self.err = out.getvalue(), err.getvalue()
        return status


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    made = Desk(tmp_path)
    monkeypatch.setattr(assets, "compose_dir", lambda: made.edition)
    return made


def test_the_list_says_what_merging_comes_to(desk: Desk) -> None:
    assert desk("merge") == 0
    assert desk.out == ""
    assert "No file has a newer version" in desk.err
    desk.edit(CONFIG, "+# mine", "# newer")
    desk.edit(FLAGS, "+--threads 4", "+--ctx-size 4096")
    assert desk("merge") == 0
    assert [line.split(" ")[0] for line in desk.out.splitlines()] == ["FILE", CONFIG, FLAGS]
    assert "by itself (2 changes)" in desk.out
    assert "1 of 1 changes to choose" in desk.out
    assert desk("merge", "--format", "json") == 0
    assert json.loads(desk.out)[1] == {
        "file": FLAGS,
        "beside": f"{FLAGS}.new",
        "conflicts": 1,
        "changes": 1,
        "base": True,
    }


def test_what_merges_by_itself_is_printed_written_and_taken_back(desk: Desk) -> None:
    desk.edit(CONFIG, "+# mine", "# newer")
    mine = (desk.folder / CONFIG).read_bytes()
    assert desk("merge", CONFIG) == 0
    assert desk.out.startswith("# newer\n")
    assert (desk.folder / CONFIG).read_bytes() == mine
    assert desk("merge", str(desk.folder / CONFIG), "--write") == 0
    assert (desk.folder / CONFIG).read_bytes() == b"# newer\n" + mine
    assert "harmony-desktop restart harmonyspeech-engine" in desk.err
    assert desk("merge") == 0
    assert f"merge {CONFIG} --undo" in desk.err
    assert desk("merge", CONFIG, "--undo") == 0
    assert (desk.folder / CONFIG).read_bytes() == mine
    assert desk("merge", CONFIG, "--undo") == 1


def test_a_conflict_is_edited_in_a_file_of_its_own(desk: Desk) -> None:
    desk.edit(FLAGS, "+--threads 4", "+--ctx-size 4096")
    mine = (desk.folder / FLAGS).read_bytes()
    assert desk("merge", FLAGS) == 1
    assert "<<<<<<< yours\n--threads 4\n" in desk.out
    assert desk("merge", FLAGS, "--write") == 1
    merged = Path(desk.out.strip())
    assert merged == desk.folder / f"{FLAGS}.merged"
    assert (desk.folder / FLAGS).read_bytes() == mine
    assert desk("merge", FLAGS, "--with", str(merged)) == 1
    assert "still has conflicts" in desk.err
    marks = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
    merged.write_text("".join(f"{line}\n" for line in merged.read_text().splitlines() if not line.startswith(marks)))
    assert desk("merge", FLAGS, "--with", str(merged)) == 0
    assert (desk.folder / FLAGS).read_text().endswith("--threads 4\n--ctx-size 4096\n")
    assert not merged.exists()
    assert not (desk.folder / f"{FLAGS}.new").exists()


def test_one_of_the_two_is_taken_as_a_whole(desk: Desk) -> None:
    desk.edit(CONFIG, "+# mine", "# newer")
    desk.edit(FLAGS, "+--threads 4", "+--ctx-size 4096")
    mine = (desk.folder / FLAGS).read_bytes()
    assert desk("merge", CONFIG, "--take", "new") == 0
    assert (desk.folder / CONFIG).read_bytes() == (desk.edition / CONFIG).read_bytes()
    assert desk("merge", FLAGS, "--take", "mine") == 0
    assert (desk.folder / FLAGS).read_bytes() == mine
    assert desk("merge", "--format", "json") == 0
    assert json.loads(desk.out) == []


def test_what_has_mistakes_is_written_only_when_asked_to(desk: Desk) -> None:
    desk.edit(CONFIG, "+# mine", "# newer")
    mine = (desk.folder / CONFIG).read_bytes()
    result = desk.folder / "result.yml"
    result.write_text("model_configs: [\n")
    assert desk("merge", CONFIG, "--with", str(result)) == 1
    assert "Error: " in desk.err
    assert (desk.folder / CONFIG).read_bytes() == mine
    assert desk("merge", CONFIG, "--with", str(result), "--anyway") == 0
    assert (desk.folder / CONFIG).read_text() == "model_configs: [\n"
    assert result.exists()


def test_a_file_without_a_newer_version_is_told(desk: Desk) -> None:
    assert desk("merge", "services.yml", "--write") == 1
    assert "There is none." in desk.err


def test_a_folder_of_a_newer_release_is_told(desk: Desk) -> None:
    manifest = desk.folder / ".harmony" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))
    assert desk("merge") == 0
    assert "prepared by a newer Harmony" in desk.err


def test_setup_tells_of_newer_versions_each_time(desk: Desk) -> None:
    desk.edit(CONFIG, "+# mine", "# newer")
    for _ in range(2):
        assert desk("setup", "--yes", "--folder", str(desk.folder), "--hardware", "cpu", "-H", "tcp://127.0.0.1:9") == 0
        assert f"A newer version lies beside {CONFIG}: harmony-desktop merge {CONFIG}\n" in desk.err


def test_a_deed_without_a_file_means_the_only_one_or_is_refused(desk: Desk) -> None:
    for deed in (["--undo"], ["--write"], ["--take", "new"]):
        assert desk("merge", *deed) == 2
        assert "Name the file" in desk.err
    desk.edit(CONFIG, "+# mine", "# newer")
    mine = (desk.folder / CONFIG).read_bytes()
    assert desk("merge", "--write") == 0
    assert (desk.folder / CONFIG).read_bytes() != mine
    assert desk("merge", "--undo") == 0
    assert (desk.folder / CONFIG).read_bytes() == mine
    desk.edit(FLAGS, "+--threads 4", "+--ctx-size 4096")
    assert desk("merge", "--take", "mine") == 2
    assert FLAGS in desk.err
