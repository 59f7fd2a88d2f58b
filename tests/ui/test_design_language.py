"""The document of the design and the module of the theme say the same."""

from __future__ import annotations

import re
from pathlib import Path

from harmony_desktop.ui import theme
from harmony_desktop.ui.theme import Colours, Space, Type

DOCUMENT = Path(__file__).parents[2] / "docs" / "design-language.md"
ROW = re.compile(r"^\| `(\w+)` \|(.*)\|$", re.MULTILINE)


def table(section: str) -> dict[str, list[str]]:
    """The rows of a section's table by their first column, which is set as code."""
    text = DOCUMENT.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return {name: [cell.strip(" `") for cell in rest.split("|")] for name, rest in ROW.findall(text)}


def test_colours() -> None:
    schemes = (theme.LIGHT, theme.DARK, theme.LIGHT_HIGH_CONTRAST, theme.DARK_HIGH_CONTRAST)
    roles = [role for role in Colours._fields if role != "services"]
    assert {role: cells[1:] for role, cells in table("Colours").items()} == {
        role: [getattr(scheme, role) for scheme in schemes] for role in roles
    }


def test_type_and_grid() -> None:
    rows = table("Grid, type, surfaces")
    kinds = {kind.name: [f"{kind.value[0]:g}", str(kind.value[1].value)] for kind in Type}
    sizes = {name: [str(value)] for name, value in vars(Space).items() if name.isupper()}
    assert rows == {**sizes, **kinds}
    assert all(int(value) % 2 == 0 for (value,) in sizes.values())
