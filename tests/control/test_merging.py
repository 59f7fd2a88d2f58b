"""Three texts become one: what holds for all texts, and what a person sees of a few."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmony_desktop.control.merging import Choice, Kind, is_marked, merge

#: Few different lines, so that they meet often.
TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "d: 1"]), max_size=7).map("\n".join)


@given(TEXTS, TEXTS)
def test_what_only_one_side_changed_is_taken(base: str, changed: str) -> None:
    for found in (merge(base, changed, base), merge(base, base, changed), merge(base, changed, changed)):
        assert not found.conflicts
        assert found.text() == changed


@given(TEXTS, TEXTS, TEXTS)
def test_the_sides_may_be_exchanged(base: str, one: str, other: str) -> None:
    found, turned = merge(base, one, other), merge(base, other, one)
    assert found.conflicts == turned.conflicts
    if not found.conflicts:
        assert found.text() == turned.text()


@given(TEXTS, TEXTS, TEXTS)
def test_the_hunks_hold_all_three_texts_whole(base: str, mine: str, new: str) -> None:
    found = merge(base, mine, new)
    for lines, text in (("mine", mine), ("new", new)):
        assert "\n".join(line for hunk in found.hunks for line in getattr(hunk, lines)) == text
    assert "\n".join(line for hunk in found.hunks for line in hunk.base) == base
    assert found.text(dict.fromkeys(found.changes, Choice.MINE)) == mine
    assert found.text(dict.fromkeys(found.changes, Choice.NEW)) == new


@given(TEXTS, TEXTS)
def test_without_a_base_every_difference_is_chosen(mine: str, new: str) -> None:
    found = merge(None, mine, new)
    assert found.changes == found.conflicts
    assert not found.conflicts if mine == new else found.conflicts
    assert found.text(dict.fromkeys(found.conflicts, Choice.MINE)) == mine
    assert found.text(dict.fromkeys(found.conflicts, Choice.NEW)) == new


@given(TEXTS, TEXTS, TEXTS)
def test_what_is_undecided_stands_between_marks(base: str, mine: str, new: str) -> None:
    found = merge(base, mine, new)
    assert is_marked(found.text()) is bool(found.conflicts)
    assert not is_marked(found.text(dict.fromkeys(found.conflicts, Choice.BOTH)))


@given(TEXTS, TEXTS, TEXTS)
def test_every_hunk_tells_its_lines(base: str, mine: str, new: str) -> None:
    for hunk in merge(base, mine, new).hunks:
        assert mine.split("\n")[hunk.line - 1 :][: len(hunk.mine)] == list(hunk.mine)
        assert new.split("\n")[hunk.new_line - 1 :][: len(hunk.new)] == list(hunk.new)


BASE = "ports:\n  - 8080\n\n# comment\nmodels:\n  - one\n  - two\n"
MINE = "ports:\n  - 9090\n\n# my comment\nmodels:\n  - one\n  - two\n"
NEW = "ports:\n  - 8080\n\n# comment, newer\nmodels:\n  - one\n  - two\n  - three\n"


def test_a_conflict_is_chosen_and_the_rest_comes_by_itself() -> None:
    found = merge(BASE, MINE, NEW)
    assert [found.hunks[number].kind for number in found.changes] == [Kind.MINE, Kind.CONFLICT, Kind.NEW]
    (conflict,) = found.conflicts
    assert found.undecided() == (conflict,)
    assert not found.undecided({conflict: Choice.NEW})
    assert found.text({conflict: Choice.NEW}) == (
        "ports:\n  - 9090\n\n# comment, newer\nmodels:\n  - one\n  - two\n  - three\n"
    )
    both = found.text({conflict: Choice.BOTH})
    assert "# my comment\n# comment, newer\nmodels:" in both
    assert "<<<<<<< yours\n# my comment\n|||||||\n# comment\n=======\n# comment, newer\n>>>>>>> new\n" in found.text(
        labels=("yours", "new")
    )
    assert (found.hunks[conflict].line, found.hunks[conflict].new_line) == (4, 4)


def test_lines_that_both_wrote_are_no_part_of_a_conflict() -> None:
    found = merge("x\nend", "same\nmine\nend", "same\nnew\nend")
    (conflict,) = found.conflicts
    assert found.hunks[conflict].mine == ("mine",)
    assert found.hunks[conflict].new == ("new",)


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git's merge")
@pytest.mark.parametrize(
    ("base", "mine", "new"),
    [
        (BASE, MINE, BASE + "more\n"),
        (BASE, "first\n" + BASE, BASE.replace("two", "2")),
        (BASE, BASE.replace("  - one\n", ""), "head\n" + BASE + "tail\n"),
    ],
)
def test_the_result_is_that_of_git(tmp_path: Path, base: str, mine: str, new: str) -> None:
    for name, text in (("base", base), ("mine", mine), ("new", new)):
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["git", "merge-file", "-p", "mine", "base", "new"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert merge(base, mine, new).text() == done.stdout
