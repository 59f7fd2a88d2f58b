"""The languages of the window: which there are, which one the user wants, and how it takes effect.

Catalogues lie in resources/translations, one folder per language, compiled from the .po files beside them
(docs/translating.md). English stands in the code and loads nothing.
"""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QLocale, QTranslator

from harmony_desktop.assets import resources_dir
from harmony_desktop.ui import i18n

#: The choice of whatever the desktop speaks.
SYSTEM = "system"
ENGLISH = "en"
#: Only for developers, by ``HARMONY_LANGUAGE``.
PSEUDO = "pseudo"
#: Goes before the settings; takes what the settings take, and ``pseudo``.
VARIABLE = "HARMONY_LANGUAGE"
_log = logging.getLogger(__name__)
_DOMAIN = "harmony-desktop"


class Language(NamedTuple):
    """A language of the window.

    Attributes:
        code: As gettext and Qt name it.
        name: What its speakers call it; never translated.
    """

    code: str
    name: str


LANGUAGES = (
    Language(ENGLISH, "English"),
    Language("de", "Deutsch"),
    Language("ja", "日本語"),
    Language("zh_CN", "简体中文"),
)

_CODES = frozenset(language.code for language in LANGUAGES)
_translator: QTranslator | None = None


def catalogue_file(code: str) -> Path:
    """Return where the compiled translations of a language are."""
    return resources_dir() / "translations" / code / f"{_DOMAIN}.mo"


def wanted(choice: object) -> str:
    """Return the language to use.

    Args:
        choice: What the settings say; anything that is no language of ours means the system's.
    """
    for named in (os.environ.get(VARIABLE), choice):
        if isinstance(named, str) and (named in _CODES or named == PSEUDO):
            return named
    return best(QLocale.system().uiLanguages())


def best(speaks: Iterable[str]) -> str:
    """Return the first language of ours among those that a user speaks ("de-AT", "zh-Hans-CN"); else English."""
    for name in speaks:
        parts = name.replace("_", "-").split("-")
        if parts[0] == "zh":
            # Who reads the traditional characters is better served by the next language of the list.
            if not {"Hant", "TW", "HK", "MO"}.intersection(parts):
                return "zh_CN"
        elif parts[0] in _CODES:
            return parts[0]
    return ENGLISH


def speak(choice: object) -> str:
    """Say everything from now on in the language of a choice; return its code.

    Windows that are there keep their words: whoever has some makes them anew.
    """
    code = wanted(choice)
    locale = _locale(code)
    QLocale.setDefault(locale)
    _translate_qt(code)
    if code == ENGLISH:
        i18n.use(None, locale.decimalPoint())
    elif code == PSEUDO:
        from harmony_desktop.ui.pseudo import PseudoCatalogue  # noqa: PLC0415 - for developers alone

        i18n.use(PseudoCatalogue(_messages(catalogue_file("de"))))
    else:
        import gettext  # noqa: PLC0415 - English does without

        try:
            with catalogue_file(code).open("rb") as file:
                i18n.use(gettext.GNUTranslations(file), locale.decimalPoint())
        except (OSError, UnicodeDecodeError) as error:
            _log.warning("The translations of %s cannot be read: %s", code, error)
            i18n.use(None, locale.decimalPoint())
    return code


def _locale(code: str) -> QLocale:
    """Return the system's way with numbers and dates, as far as it fits the language."""
    system = QLocale.system()
    if code == PSEUDO:
        return QLocale.c()
    own = QLocale(code)
    if own.language() == system.language() or system.language() == QLocale.Language.C:
        return system if own.language() == system.language() or code == ENGLISH else own
    # An English window on a German desktop: English names of months, German times and numbers, where Qt knows of it.
    return QLocale(own.language(), system.territory())


def _translate_qt(code: str) -> None:
    """Translate what Qt itself says: the menus of line edits, the file dialog."""
    global _translator  # noqa: PLW0603 - the one language of the process
    app = QCoreApplication.instance()
    if _translator is not None and app is not None:
        app.removeTranslator(_translator)
    _translator = None
    if code in {ENGLISH, PSEUDO} or app is None:
        return
    from PySide6.QtCore import QLibraryInfo  # noqa: PLC0415 - English does without

    made = QTranslator()
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if made.load(QLocale(code), "qtbase", "_", folder):
        app.installTranslator(made)
        _translator = made


def _messages(file: Path) -> frozenset[str]:
    """Return the English texts of a compiled catalogue (the singular, where there are two)."""
    content = file.read_bytes()
    count, table = struct.unpack_from("<2I", content, 8)
    found = []
    for index in range(count):
        length, start = struct.unpack_from("<2I", content, table + 8 * index)
        found.append(content[start : start + length].partition(b"\0")[0].decode())
    return frozenset(found) - {""}
