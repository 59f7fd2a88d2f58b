"""Colours: readable everywhere (WCAG 2.2, AA), and following the desktop."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from harmony_desktop.control.state import Light
from harmony_desktop.ui.theme import (
    DARK,
    DARK_HIGH_CONTRAST,
    LIGHT,
    LIGHT_HIGH_CONTRAST,
    Colours,
    Scheme,
    Theme,
    Type,
    contrast,
    mixed,
)

SCHEMES = {
    "light": LIGHT,
    "dark": DARK,
    "light high contrast": LIGHT_HIGH_CONTRAST,
    "dark high contrast": DARK_HIGH_CONTRAST,
}
AA_TEXT = 4.5
AA_SHAPE = 3.0
AAA_TEXT = 7.0


@pytest.fixture(params=list(SCHEMES.values()), ids=list(SCHEMES))
def colours(request: pytest.FixtureRequest) -> Colours:
    assert isinstance(request.param, Colours)
    return request.param


def test_contrast_of_black_and_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


def test_mixing() -> None:
    assert mixed("#ffffff", "#000000", 0.5) == "#808080"
    assert mixed("#123456", "#ffffff", 1) == "#123456"


@pytest.mark.parametrize("ground", ["window", "navigation", "card", "sunken", "hover"])
@pytest.mark.parametrize("tone", ["text", "second"])
def test_text_on_every_ground(colours: Colours, tone: str, ground: str) -> None:
    assert contrast(getattr(colours, tone), getattr(colours, ground)) >= AA_TEXT


@pytest.mark.parametrize("ground", ["window", "card", "sunken"])
@pytest.mark.parametrize("tone", ["accent", "ready", "attention", "failed", "stopped"])
def test_coloured_words_on_window_and_card(colours: Colours, tone: str, ground: str) -> None:
    assert contrast(getattr(colours, tone), getattr(colours, ground)) >= AA_TEXT


@pytest.mark.parametrize("tone", ["ready", "attention", "failed"])
def test_words_on_soft_grounds(colours: Colours, tone: str) -> None:
    soft = getattr(colours, f"{tone}_soft")
    for colour in (getattr(colours, tone), colours.text, colours.second):
        assert contrast(colour, soft) >= AA_TEXT


def test_filled_buttons_and_chosen_chips(colours: Colours) -> None:
    assert contrast(colours.on_accent, colours.accent) >= AA_TEXT
    assert contrast(colours.on_accent, colours.accent_hover) >= AA_TEXT
    assert contrast(colours.text, colours.accent_soft) >= AA_TEXT


def test_service_names_in_logs(colours: Colours) -> None:
    assert len(set(colours.services)) == len(colours.services)
    for colour in colours.services:
        assert contrast(colour, colours.sunken) >= AA_TEXT
        assert contrast(colour, colours.card) >= AA_TEXT


def test_search_marks_and_selections_leave_text_readable(colours: Colours) -> None:
    for ground in (colours.mark, colours.mark_current, mixed(colours.accent, colours.sunken, 0.30)):
        assert contrast(colours.text, ground) >= AA_TEXT


def test_focus_ring_and_lines_of_the_map_are_seen(colours: Colours) -> None:
    for ground in (colours.window, colours.card, colours.navigation):
        assert contrast(colours.accent, ground) >= AA_SHAPE
    assert contrast(colours.edge, colours.card) >= AA_SHAPE


@pytest.mark.parametrize("high", [LIGHT_HIGH_CONTRAST, DARK_HIGH_CONTRAST])
def test_high_contrast_is_high(high: Colours) -> None:
    for tone in ("text", "second", "faint", "accent", "ready", "attention", "failed", "stopped"):
        assert contrast(getattr(high, tone), high.card) >= AAA_TEXT


def test_follows_the_desktop_live(qapp: QApplication, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    # The offscreen platform has no scheme of its own to change; the desktop's signal is the real one.
    theme.set_scheme(Scheme.SYSTEM)
    heard: list[bool] = []
    theme.changed.connect(lambda: heard.append(theme.is_dark))
    for dark, scheme, colours in ((True, Qt.ColorScheme.Dark, DARK), (False, Qt.ColorScheme.Light, LIGHT)):
        monkeypatch.setattr(theme, "_desktop_is_dark", lambda dark=dark: dark)
        qapp.styleHints().colorSchemeChanged.emit(scheme)
        assert theme.colours == colours
        assert colours.card in qapp.styleSheet()
    assert heard == [True, False]


def test_keeps_to_a_chosen_scheme(theme: Theme) -> None:
    theme.set_scheme(Scheme.DARK)
    assert theme.is_dark
    theme.set_scheme(Scheme.LIGHT)
    assert not theme.is_dark


def test_digits_have_one_width(theme: Theme) -> None:
    assert theme.font(Type.TEXT).featureValue(theme.font(Type.TEXT).featureTags()[0]) == 1


def test_every_light_has_a_colour(theme: Theme) -> None:
    assert all(theme.light(light).startswith("#") for light in Light)
