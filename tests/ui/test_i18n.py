"""Texts in the user's language: what the catalogues hold, how the code asks for them, and how a choice takes effect."""

from __future__ import annotations

import ast
import builtins
import importlib.util
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QLineEdit, QRadioButton
from pytestqt.qtbot import QtBot

from harmony_desktop.control.masking import Masker
from harmony_desktop.stack.words import Capital, capital, enumerated, joined, say, say_number
from harmony_desktop.ui import i18n, languages, wording
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.main_window import SETTINGS
from harmony_desktop.ui.settings import Key

from .conftest import Panel

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGE = _ROOT / "harmony_desktop"
#: What shows or speaks a text that it is given.
_SHOWS = frozenset(
    [
        "setText",
        "setToolTip",
        "setAccessibleName",
        "setAccessibleDescription",
        "setPlaceholderText",
        "setWindowTitle",
        "setTitle",
        "addAction",
        "addMenu",
        "QLabel",
        "QPushButton",
        "QToolButton",
        "QCheckBox",
        "QRadioButton",
        "QAction",
        "QGroupBox",
        "setInformativeText",
        "show_text",
        "set_text",
        "label",
        "button",
        "tool_button",
    ]
)
#: Rooms whose errors reach the window.
_TELLING = ("plan", "control", "engine", "host", "setup")


@pytest.fixture
def speak() -> Iterator[Callable[[str], str]]:
    yield languages.speak
    languages.speak(languages.ENGLISH)


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    monkeypatch.setenv(languages.VARIABLE, "de")
    languages.speak(None)
    yield
    monkeypatch.setenv(languages.VARIABLE, languages.ENGLISH)
    languages.speak(None)


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", _ROOT / "packaging" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _calls(*rooms: str) -> Iterator[tuple[str, str, ast.Call]]:
    for room in rooms:
        for file in sorted((_PACKAGE / room).glob("*.py")):
            if file.name.startswith("gallery"):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    function = node.func
                    name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
                    yield f"{room}/{file.name}:{node.lineno}", name, node


def test_the_catalogues_are_complete_and_up_to_date() -> None:
    assert not _tool().check()


def test_only_literals_are_translated() -> None:
    wanted = {"tr": 1, "say": 1, "trn": 2, "say_number": 2}
    found = [
        where
        for where, name, call in _calls("ui", *_TELLING)
        if name in wanted
        and isinstance(call.func, ast.Name)
        and (
            len(call.args) < wanted[name]
            or not all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in call.args[: wanted[name]])
        )
    ]
    assert not found


def test_nothing_is_shown_that_is_not_translated() -> None:
    found = [
        f"{where}: {argument.value!r}"
        for where, name, call in _calls("ui")
        if name in _SHOWS
        for argument in call.args
        if isinstance(argument, ast.Constant)
        and isinstance(argument.value, str)
        and any(character.isalpha() for character in argument.value)
        # Names of styles and of widgets follow the theme's types in our own helpers.
        and name not in {"label", "button", "tool_button", "set_text"}
        and argument.value not in {"Aa", "“W”", "hf_…", "owner/model-GGUF"}
    ]
    assert not found


def test_errors_are_told_by_templates() -> None:
    """An f-string in an error would be English for ever; it is ``say("… {name} …", name=name)``."""
    found = []
    for where, name, call in _calls(*_TELLING):
        if not name.endswith("Error") or hasattr(builtins, name):
            continue
        arguments = [*call.args[:1], *(k.value for k in call.keywords if k.arg in {"cause", "advice"})]
        for argument in arguments:
            words = "".join(
                part.value
                for each in ast.walk(argument)
                if isinstance(each, ast.JoinedStr)
                for part in each.values
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
            if sum(word.isalpha() for word in words.split()) > 1:
                found.append(f"{where}: {words}")
    assert not found


@pytest.mark.parametrize(
    ("speaks", "code"),
    [
        (["de-AT", "de", "en"], "de"),
        (["fr-FR", "ja-JP"], "ja"),
        (["zh-Hans-SG", "en-US"], "zh_CN"),
        (["zh-Hant-TW", "ja"], "ja"),
        (["zh"], "zh_CN"),
        (["en-GB", "de"], "en"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_best_language(speaks: list[str], code: str) -> None:
    assert languages.best(speaks) == code


def test_a_choice_goes_before_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(languages.VARIABLE)
    assert languages.wanted("ja") == "ja"
    assert languages.wanted("klingon") == languages.ENGLISH
    assert languages.wanted(None) == languages.ENGLISH
    monkeypatch.setenv(languages.VARIABLE, "de")
    assert languages.wanted("ja") == "de"


@pytest.mark.usefixtures("german")
def test_templates_of_the_core_are_told() -> None:
    assert tr("Settings") == "Einstellungen"
    assert told(say("{service} is starting", service="Speech Engine")) == "Speech Engine startet"
    assert told("the disk is full") == "das Laufwerk ist voll"
    assert told("words of an engine: no such thing") == "words of an engine: no such thing"
    inner = say("{service} failed", service="Link")
    assert told(say("{state}: {reason}", state=inner, reason="x")) == "Link ist ausgefallen: x"
    assert told(joined([say("Start it:"), "docker ps"], "\n")) == "Starten Sie sie:\ndocker ps"
    assert told(enumerated([say("two"), "Link", "UI"])) == "zwei, Link und UI"
    assert told(capital(say("the disk of the Docker engine"))).startswith("Das Laufwerk")
    assert told(
        say("Docker has {memory:.1f} GiB of memory in all: this limit limits nothing.", memory=7.25)
    ).startswith("Docker hat insgesamt 7,2 GiB")


@pytest.mark.usefixtures("german")
def test_numbers_follow_the_language() -> None:
    assert trn("{n} line", "{n} lines", 1) == "1 Zeile"
    assert trn("{n} line", "{n} lines", 3) == "3 Zeilen"
    assert told(say_number("once", "{n} times", 4)) == "4-mal"
    assert wording.percent(0.42) == "0,4 % CPU"
    assert wording.size(int(2.4 * 1024**3)) == "2,4 GB"


def test_every_language_speaks(speak: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = set()
    for language in languages.LANGUAGES:
        monkeypatch.setenv(languages.VARIABLE, language.code)
        assert speak("") == language.code
        words.add(tr("Settings"))
    assert words == {"Settings", "Einstellungen", "設定", "设置"}
    monkeypatch.setenv(languages.VARIABLE, languages.ENGLISH)


def test_what_qt_says_is_translated(speak: Callable[[str], str], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setenv(languages.VARIABLE, "de")
    speak("")
    field = QLineEdit()
    qtbot.addWidget(field)
    menu = field.createStandardContextMenu()
    assert any("Einfügen" in action.text().replace("&", "") for action in menu.actions())
    menu.deleteLater()
    monkeypatch.setenv(languages.VARIABLE, languages.ENGLISH)


@pytest.mark.expected_log("translations of de cannot be read")
def test_a_missing_catalogue_leaves_english(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, speak: Callable[[str], str]
) -> None:
    monkeypatch.setattr(languages, "resources_dir", lambda: tmp_path)
    monkeypatch.setenv(languages.VARIABLE, "de")
    speak("")
    assert tr("Settings") == "Settings"
    monkeypatch.setenv(languages.VARIABLE, languages.ENGLISH)


def test_words_survive_masking_and_copying() -> None:
    masker = Masker(home="/home/ada", user="ada")
    masker.learn("s3cret-token-value")
    words = say("{file} cannot be read: {why}", file="/home/ada/x", why="token s3cret-token-value")
    masked = masker.text(words)
    assert masked == "~/x cannot be read: token <masked>"
    assert i18n.told(masked) == masked
    assert getattr(masked, "template", "") == "{file} cannot be read: {why}"
    copy = pickle.loads(pickle.dumps(capital(words)))
    assert isinstance(copy, Capital)
    assert copy == capital(words)
    assert masker.text(say("all of s3cret-token-value")) == "all of <masked>"


def test_a_language_is_chosen_and_takes_effect_at_once(
    panel: Callable[..., Panel], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(languages.VARIABLE)
    shown = panel("ready")
    shown.window.show_page(SETTINGS)
    before = shown.window
    next(radio for radio in before.findChildren(QRadioButton) if radio.text() == "Deutsch").click()
    qtbot.waitUntil(lambda: shown.window is not before and shown.window.isVisible())
    assert shown.settings.values[Key.LANGUAGE] == "de"
    assert shown.window.page == SETTINGS
    assert shown.window.navigation.buttons[SETTINGS].text() == "Einstellungen"
    assert [action.text() for action in shown.ui.tray.menu.actions()][-1] == "Beenden"
    assert not shown.quits
    second = shown.window
    next(radio for radio in second.findChildren(QRadioButton) if radio.text() == "English").click()
    qtbot.waitUntil(lambda: shown.window is not second and shown.window.isVisible())
    assert shown.window.navigation.buttons[SETTINGS].text() == "Settings"
    monkeypatch.setenv(languages.VARIABLE, languages.ENGLISH)
    assert QLocale().language() in {QLocale.Language.C, QLocale.Language.English}
