"""The tables of colours and distances: the one place where this room names a colour. No Qt: the first paint comes here.

They come from the design language (docs/design-language.md); tests compute their contrast (WCAG 2.2, AA).
"""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """Every colour of one scheme, by role, as #rrggbb (a named tuple: those are made quicker than dataclasses)."""

    window: str
    navigation: str
    card: str
    sunken: str
    hover: str
    line: str
    control_line: str
    track: str
    """Ground of bars that fill, and of a filled button that cannot be pressed."""
    text: str
    second: str
    faint: str
    """Text that may be missed: times, what a field expects."""
    disabled: str
    """Text and signs of what cannot be used now."""
    accent: str
    accent_soft: str
    on_accent: str
    accent_hover: str
    ready: str
    ready_soft: str
    attention: str
    attention_soft: str
    failed: str
    failed_soft: str
    stopped: str
    edge: str
    mark: str
    mark_current: str
    """Grounds of what was searched for and found, and of the find that one stands at."""
    services: tuple[str, ...]
    """Colours of service names in logs, readable as text on the card and sunken grounds."""


LIGHT = Colours(
    window="#f4f5f7",
    navigation="#eceef1",
    card="#ffffff",
    sunken="#fafbfc",
    hover="#f1f2f5",
    line="#e1e4e9",
    control_line="#d3d7de",
    track="#e1e4e9",
    text="#1a1d22",
    second="#5a6371",
    faint="#656e7c",
    disabled="#8a93a1",
    accent="#5654d4",
    accent_soft="#ecebfb",
    on_accent="#ffffff",
    accent_hover="#4745c2",
    ready="#146c3a",
    ready_soft="#e4f4ea",
    attention="#8a5200",
    attention_soft="#fcf1dd",
    failed="#b42a25",
    failed_soft="#fbe6e4",
    stopped="#667080",
    edge="#8a93a1",
    mark="#fceab9",
    mark_current="#f7cd63",
    services=("#146c3a", "#5654d4", "#8a5200", "#0b6478", "#9c2f73", "#4d6310", "#2c5fae", "#7a4b36"),
)

DARK = Colours(
    window="#131519",
    navigation="#0f1114",
    card="#1b1e24",
    sunken="#16191e",
    hover="#22262d",
    line="#2a2e36",
    control_line="#363b45",
    track="#2a2e36",
    text="#e9ebee",
    second="#a3abb7",
    faint="#858e9b",
    disabled="#6f7885",
    accent="#908ef7",
    accent_soft="#26264a",
    on_accent="#14141f",
    accent_hover="#a3a1fa",
    ready="#4cc27f",
    ready_soft="#173325",
    attention="#e5a63c",
    attention_soft="#3a2c12",
    failed="#ff7a72",
    failed_soft="#3d1d1c",
    stopped="#8a93a1",
    edge="#6f7885",
    mark="#4a3a14",
    mark_current="#7d5c12",
    services=("#4cc27f", "#908ef7", "#e5a63c", "#52c1d6", "#ee86c3", "#a9c45a", "#76a9f5", "#d39a80"),
)

LIGHT_HIGH_CONTRAST = LIGHT._replace(
    window="#ffffff",
    navigation="#ffffff",
    sunken="#ffffff",
    line="#3a3f47",
    control_line="#1a1d22",
    track="#d9dce1",
    text="#000000",
    second="#1a1d22",
    faint="#3a3f47",
    disabled="#6b7280",
    accent="#2f2d9e",
    accent_hover="#1f1d80",
    ready="#0b4a26",
    attention="#5e3800",
    failed="#8a120e",
    stopped="#3a3f47",
    edge="#3a3f47",
)

DARK_HIGH_CONTRAST = DARK._replace(
    window="#000000",
    navigation="#000000",
    card="#000000",
    sunken="#000000",
    line="#a3abb7",
    control_line="#e9ebee",
    track="#2a2e36",
    text="#ffffff",
    second="#e9ebee",
    faint="#c3c9d2",
    disabled="#8a93a1",
    accent="#b5b3ff",
    accent_hover="#cfceff",
    on_accent="#000000",
    ready="#7ee2a8",
    attention="#ffc66b",
    failed="#ffa29c",
    stopped="#c3c9d2",
    edge="#c3c9d2",
)


class Space:
    """The grid of 4 pixels."""

    XS = 4
    S = 8
    M = 12
    L = 16
    XL = 24
    XXL = 32
    CARD_RADIUS = 12
    CONTROL_RADIUS = 8
    CONTROL_HEIGHT = 34
    NAVIGATION_WIDTH = 208
