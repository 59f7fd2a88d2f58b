"""A newer release of the shipped stack meets a folder that was made by an older one."""

from __future__ import annotations

from pathlib import Path

import pytest

from harmony_desktop.setup.seed import choose_hardware, seed

CONFIG = "harmony-speech-engine/config.yml"


@pytest.fixture
def folder(tmp_path: Path, edition: Path) -> Path:
    """A folder made by the older release."""
    stack = tmp_path / "stack"
    seed(stack, edition, hardware="nvidia", architectures="8.9")
    return stack


def release(edition: Path, path: str) -> bytes:
    """Ship the file with a new line in front."""
    content = b"# new release\n" + (edition / path).read_bytes()
    (edition / path).write_bytes(content)
    return content


def test_an_untouched_file_is_replaced(folder: Path, edition: Path) -> None:
    content = release(edition, CONFIG)
    assert seed(folder, edition).updated == [CONFIG]
    assert (folder / CONFIG).read_bytes() == content
    assert not (folder / f"{CONFIG}.new").exists()


def test_an_edited_file_is_kept_with_the_new_one_beside_it(folder: Path, edition: Path) -> None:
    (folder / CONFIG).write_text("mine\n")
    content = release(edition, CONFIG)
    report = seed(folder, edition)
    assert (report.kept, report.updated) == ([CONFIG], [])
    assert (folder / CONFIG).read_text() == "mine\n"
    assert (folder / f"{CONFIG}.new").read_bytes() == content
    # It is said once, and a file that the user threw away does not come back.
    (folder / f"{CONFIG}.new").unlink()
    assert not seed(folder, edition).changed
    assert not (folder / f"{CONFIG}.new").exists()


def test_a_new_file_that_was_taken_over_is_tidied_away(folder: Path, edition: Path) -> None:
    (folder / CONFIG).write_text("mine\n")
    release(edition, CONFIG)
    seed(folder, edition)
    (folder / CONFIG).write_bytes((folder / f"{CONFIG}.new").read_bytes())
    seed(folder, edition)
    assert not (folder / f"{CONFIG}.new").exists()
    # From now on it counts as untouched again.
    release(edition, CONFIG)
    assert seed(folder, edition).updated == [CONFIG]


def test_an_untouched_env_file_keeps_what_was_filled_in(folder: Path, edition: Path) -> None:
    for path in (".env", "harmony-link/.env", "harmony-speech-engine/.env"):
        release(edition, path)
    before = (folder / "harmony-link" / ".env").read_bytes()
    seed(folder, edition)
    assert b"COMPOSE_FILE=docker-compose.nvidia.yml" in (folder / ".env").read_bytes()
    assert (folder / "harmony-link" / ".env").read_bytes() == b"# new release\n" + before
    assert b"\nTORCH_CUDA_ARCH_LIST=8.9\n" in (folder / "harmony-speech-engine" / ".env").read_bytes()


def test_a_switch_of_hardware_does_not_count_as_an_edit(folder: Path, edition: Path) -> None:
    choose_hardware(folder, "cpu")
    release(edition, ".env")
    assert seed(folder, edition).updated == [".env"]
    assert b"COMPOSE_FILE=docker-compose.yml" in (folder / ".env").read_bytes()


def test_an_older_file_beside_is_replaced_by_the_newer(folder: Path, edition: Path) -> None:
    (folder / CONFIG).write_text("mine\n")
    release(edition, CONFIG)
    seed(folder, edition)
    newest = release(edition, CONFIG)
    assert seed(folder, edition).kept == [CONFIG]
    assert (folder / f"{CONFIG}.new").read_bytes() == newest
