"""No text of the window is left English, and none is cut off, in any language."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from harmony_desktop.ui import languages
from harmony_desktop.ui.gallery import gallery

from .conftest import Panel
from .visible_texts import cut_off, plain_words, texts, words_of

#: Words that are the same in every language: names of products and files, units, keys, formats.
_NAMES = frozenset(
    [
        "Harmony",
        "Link",
        "Docker",
        "NVIDIA",
        "Qt",
        "CPU",
        "GPU",
        "MB",
        "GB",
        "KB",
        "English",
        "Deutsch",
        "harmony",
        "desktop",
        "Aa",
        "Ctrl",
        "Shift",
        "Alt",
        "Tab",
        "Esc",
        "Home",
        "End",
        "Menu",
        "Space",
        "Return",
        "Left",
        "Right",
        "Up",
        "Down",
    ]
)
#: What pages show of the stack's own files, which speak English: names of files and settings, purposes, addresses.
_OF_FILES = {
    "settings": frozenset(["local", "state", "log", "harmony", "desktop"]),  # where the log is
    "configuration": frozenset(
        [
            "API",
            "HF",
            "TOKEN",
            "OpenVoice",
            "Faster",
            "Whisper",
            "general",
            "userapikey",
            "config",
            "json",
            "yml",
            "env",
            "txt",
            "services",
            "compose",
            "nvidia",
            "CMD",
            "FLAGS",
            "ov",
            "es",
            "en",
            "synthesizer",
            "encoder",
            "hs",
            "faster",
            "tiny",
            "medium",
            "whisper",
            "Turns",
            "into",
            "best",
            "languages",
            "many",
            "Quick",
            "clones",
            "from",
            "recording",
            "short",
            "blog",
            "by",
            "container",
            "held",
            "of",
            "port",
            "project",
        ]
    ),
}
_STATES = tuple(gallery())


@pytest.fixture
def speaking(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[Callable[[str], None]]:
    def speak(code: str) -> None:
        monkeypatch.setenv(languages.VARIABLE, code)

    yield speak
    monkeypatch.setenv(languages.VARIABLE, languages.ENGLISH)
    languages.speak(languages.ENGLISH)


def _settle(app: QApplication) -> None:
    for _ in range(4):
        app.processEvents()


@pytest.mark.parametrize("name", _STATES)
def test_no_text_is_left_english(
    panel: Callable[..., Panel], speaking: Callable[[str], None], qapp: QApplication, name: str
) -> None:
    speaking(languages.PSEUDO)
    recording = gallery()[name]
    shown = panel(name, page=recording.page or "stack")
    left: set[str] = set()
    known: set[str] = set()
    # All pages of one state, of every other state the one that it is about.
    for page in _pages(shown) if name == "ready" else [shown.window.page]:
        shown.window.show_page(page)
        _settle(qapp)
        known = {word.lower() for word in _NAMES | _data(page)} | words_of(recording)
        left |= {
            f"{page}: {where}: {text!r} has {', '.join(sorted(plain))}"
            for where, text in texts(shown.window)
            if (plain := plain_words(text) - known)
        }
    left |= {f"tray: {action.text()}" for action in shown.ui.tray.menu.actions() if plain_words(action.text()) - known}
    assert not left, "\n".join(sorted(left))


@pytest.mark.parametrize("code", ["de", "ja", "zh_CN"])
@pytest.mark.parametrize("name", ["ready", "failed", "pulling", "engine-absent", "first-run", "stopped"])
def test_nothing_is_cut_off_in_a_small_window(
    panel: Callable[..., Panel], speaking: Callable[[str], None], qapp: QApplication, name: str, code: str
) -> None:
    speaking(code)
    shown = panel(name)
    shown.window.resize(900, 560)
    found = set()
    for page in _pages(shown):
        shown.window.show_page(page)
        _settle(qapp)
        found |= {f"{page}: {what}" for what in cut_off(shown.window)}
    assert not found, "\n".join(sorted(found))


def _data(page: str) -> frozenset[str]:
    return _OF_FILES.get(page, frozenset())


def _pages(shown: Panel) -> list[str]:
    return [name for name, button in shown.window.navigation.buttons.items() if button.isVisible()] or [""]
