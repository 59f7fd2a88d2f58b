"""The memory planner on the screen: the bar, what is said of it, and what a press does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harmony_desktop.control.memory_plan import PartKind
from harmony_desktop.ui.gallery_memory import fits, too_much
from harmony_desktop.ui.memory_bar import MemoryBar, segments
from harmony_desktop.ui.model_dialogs import UseModelDialog
from harmony_desktop.ui.stack_page import StackPage
from tests.ui.conftest import Panel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Panel]


def stack_page(shown: Panel) -> StackPage:
    page = shown.window.widget("stack")
    assert isinstance(page, StackPage)
    return page


def test_before_a_start_that_will_not_fit_the_page_warns_and_lets_one_start(panel: Make) -> None:
    shown = panel("memory-too-much")
    banner = stack_page(shown).sections.memory
    assert banner.isVisible()
    assert banner.accessibleName() == "The models do not fit on the graphics card"
    assert "16.7 GB are needed" in banner.bar.accessibleDescription()
    assert stack_page(shown).start.isEnabled()
    banner.start.click()
    assert ("start", ()) in shown.intents.calls


def test_it_says_nothing_where_all_fits_or_all_runs(panel: Make) -> None:
    shown = panel("stopped")
    banner = stack_page(shown).sections.memory
    banner.show_memory(fits())
    assert not banner.isVisible()
    banner.show_memory(too_much())
    assert banner.isVisible()
    running = panel("ready")
    banner = stack_page(running).sections.memory
    banner.show_memory(too_much())
    assert not banner.isVisible()


def test_a_suggestion_leads_to_the_form_with_its_change(panel: Make) -> None:
    shown = panel("memory-too-much")
    banner = stack_page(shown).sections.memory
    assert not banner.view.isVisible()
    banner.more.click()
    assert banner.view.isVisible()
    banner.view.offers[0].click()
    assert shown.window.page == "configuration"
    assert ("relieve", "speech to processor") in shown.intents.calls


def test_a_smaller_model_is_looked_for_among_the_models(panel: Make) -> None:
    shown = panel("memory-too-much")
    banner = stack_page(shown).sections.memory
    banner.more.click()
    next(made for made in banner.view.offers if made.text() == "Models…").click()
    assert shown.window.page == "models"


def test_choosing_a_model_shows_what_it_comes_to(panel: Make) -> None:
    shown = panel("models-too-much")
    models = shown.intents.modelling.store.value
    dialog = UseModelDialog(shown.ui.theme, shown.window, models.models[0], models, too_much())
    dialog.open()

    def context() -> str:
        return dialog.plan.rows[0].legend[PartKind.CONTEXT].text()

    dialog.choices[2048].setChecked(True)
    small = context()
    dialog.choices[32768].setChecked(True)
    assert (small, context()) == ("Its context: 256 MB", "Its context: 4.0 GB")
    dialog.reject()


def test_every_piece_has_a_name_and_a_figure(panel: Make) -> None:
    shown = panel("models-too-much")
    pool = too_much().plan.pools[0]
    bar = MemoryBar(shown.ui.theme)
    bar.show_pool(pool)
    assert bar.accessibleName() == "GPU 0, NVIDIA GeForce RTX 4070"
    assert bar.value() == 100
    pieces = segments(pool)
    assert sum(piece.size for piece in pieces) == pool.need + (pool.others or 0)
    assert all(piece.text in bar.accessibleDescription() for piece in pieces)


def test_the_form_shows_it_while_values_change(panel: Make) -> None:
    shown = panel("config")
    shown.window.show_page("configuration")
    form = shown.window.widget("configuration").form  # type: ignore[attr-defined]  # the page of configuration
    assert form.memory_line.isVisible()
    assert "it does not fit" in form.memory_line.words.text()
