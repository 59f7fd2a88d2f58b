"""``docs/checks.md`` lists the checks as they are."""

from __future__ import annotations

import re
from pathlib import Path

from harmony_desktop.preflight.checks import CHECKS

TEXT = Path(__file__).parents[2].joinpath("docs/checks.md").read_text(encoding="utf-8")


def test_the_page_lists_every_check_in_its_order() -> None:
    assert re.findall(r"^\| `([a-z.-]+)` \|", TEXT, re.MULTILINE) == [check.id for check in CHECKS]


def test_ids_and_titles_are_each_ones_own() -> None:
    assert len({check.id for check in CHECKS}) == len({str(check.title) for check in CHECKS}) == len(CHECKS)
