"""Reference pictures: every recorded state, small, compared with how it looked when somebody last looked at it.

The comparison is tolerant: pictures are reduced to an eighth, and what is compared are blocks of them. It sees a part
that has moved, vanished, lost its colour or its room; it does not see a word that changed. After a wanted change:
``make pictures``, and look at what has become different.

Fonts decide where everything is, so they are pinned to DejaVu, which packaging/system/debian.sh installs. Where it is
missing, nothing is compared; CI does not get away with that.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QFont, QFontDatabase, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from harmony_desktop.ui.gallery import gallery
from harmony_desktop.ui.gallery_stage import arrange
from harmony_desktop.ui.stack_page import StackPage

from .conftest import Panel

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
Make = Callable[..., Panel]

FOLDER = Path(__file__).parent / "pictures"
WRITE = os.environ.get("HARMONY_PICTURES") == "write"
SIZE = QSize(1200, 780)
SMALL = QSize(SIZE.width() // 8, SIZE.height() // 8)
COLUMNS = 8
#: Edge of a block, in pixels of a small picture, and how far its mean colour may be from the reference's (of 255).
BLOCK = 5
TOLERANCE = 14.0
#: The share of blocks that may be further away.
ODD_BLOCKS = 0.015

#: Milliseconds within which what is put off is waited for.
SOON = 300

FONT, MONO = "DejaVu Sans", "DejaVu Sans Mono"
NAMES = {
    "light": tuple(gallery()),
    # What colours alone can break needs fewer of them.
    "dark": (
        *("loading", "first-run", "engine-absent", "broken", "stopped", "pulling", "ready", "out-of-memory", "stages"),
        *(
            "details-failed",
            "logs",
            "hardware",
            "settings",
            "updates",
            "adjust",
            "adjust-preview",
            "clean-up",
            "palette",
        ),
    ),
}


class FixedTime(datetime):
    """Always the same minute, so that no date is written beside a time because midnight has just gone by."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> FixedTime:
        del tz
        return cls(2026, 5, 6, 14, 18, 30)


@pytest.fixture
def fixed(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    """One font, one time, one locale."""
    if FONT not in QFontDatabase.families():
        if os.environ.get("CI"):
            pytest.fail(f"{FONT} is not installed: packaging/system/debian.sh test")
        pytest.skip(f"{FONT} is not installed (fonts-dejavu-core)")
    for name, module in list(sys.modules.items()):
        if name.startswith("harmony_desktop.ui") and vars(module).get("datetime") is datetime:
            monkeypatch.setattr(module, "datetime", FixedTime)
    monkeypatch.setattr(QFontDatabase, "systemFont", lambda _kind: QFont(MONO))
    font, locale = qapp.font(), QLocale()
    qapp.setFont(QFont(FONT, 9))
    QLocale.setDefault(QLocale.c())
    yield
    QLocale.setDefault(locale)
    qapp.setFont(font)


def stack_page(panel: Panel) -> StackPage:
    page = panel.window.widget("stack")
    assert isinstance(page, StackPage)
    return page


def taken(panel: Panel, name: str, qtbot: QtBot) -> QImage:
    """The window with what is open over it, small."""
    window = panel.window
    window.resize(SIZE)
    arrange(panel.ui, panel.intents, gallery()[name])
    QApplication.processEvents()
    if window.page == "stack":
        rows = stack_page(panel).sections.services
        qtbot.waitUntil(lambda: len(rows.rows) == len(panel.state.services))
    for _ in range(15):
        QApplication.processEvents()
    qtbot.waitUntil(lambda: not put_off())
    for _ in range(15):
        QApplication.processEvents()
    return grabbed(panel)


def put_off() -> list[QTimer]:
    """What the windows will do in a moment, such as fit a picture into new room: until then they look different."""
    windows = [window for window in QApplication.topLevelWidgets() if window.isVisible()]
    timers = [timer for window in windows for timer in window.findChildren(QTimer)]
    return [timer for timer in timers if timer.isActive() and timer.isSingleShot() and timer.interval() <= SOON]


def grabbed(panel: Panel) -> QImage:
    """The window as it is at this moment, small."""
    window = panel.window
    picture = window.grab(QRect(0, 0, SIZE.width(), SIZE.height())).toImage()
    painter = QPainter(picture)
    for other in QApplication.topLevelWidgets():
        if other is not window and other.isVisible() and other.isWindow():
            painter.drawPixmap(window.rect().center() - other.rect().center(), other.grab())
    painter.end()
    return picture.scaled(
        SMALL, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    ).convertToFormat(QImage.Format.Format_RGB32)


@cache
def references(scheme: str) -> dict[str, QImage]:
    sheet = QImage(str(FOLDER / f"{scheme}.png"))
    names: list[str] = json.loads(sheet.text("states") or "[]")
    cells = (sheet.copy(cell(number)) for number in range(len(names)))
    return {
        name: picture.convertToFormat(QImage.Format.Format_RGB32) for name, picture in zip(names, cells, strict=True)
    }


def cell(number: int) -> QRect:
    return QRect(number % COLUMNS * SMALL.width(), number // COLUMNS * SMALL.height(), SMALL.width(), SMALL.height())


def odd_blocks(one: QImage, other: QImage) -> float:
    """The share of blocks that differ."""
    reduced = QSize(SMALL.width() // BLOCK, SMALL.height() // BLOCK)
    first, second = (
        bytes(
            picture.scaled(
                reduced, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            ).constBits()
        )
        for picture in (one, other)
    )
    far = [
        max(abs(first[at + channel] - second[at + channel]) for channel in range(3)) > TOLERANCE
        for at in range(0, len(first), 4)
    ]
    return sum(far) / len(far)


@pytest.fixture(scope="module")
def album() -> Iterator[dict[str, dict[str, QImage]]]:
    """Pictures that were taken; written as sheets at the end where that is asked for."""
    made: dict[str, dict[str, QImage]] = {scheme: {} for scheme in NAMES}
    yield made
    if WRITE:
        for scheme, pictures in made.items():
            if pictures:
                # Where only some were taken (-k), the others stay as they are.
                known = {**references(scheme), **pictures}
                write(scheme, {name: known[name] for name in NAMES[scheme] if name in known})


def palette(sheet: QImage) -> list[int]:
    """The 256 colours that are there most often, in steps that the comparison does not see: a small file."""
    pixels = memoryview(sheet.constBits()).cast("B").cast("I")
    found: dict[int, Counter[int]] = {}
    for colour, count in Counter(pixels).items():
        found.setdefault(colour & 0xF8F8F8, Counter())[colour] += count
    often = sorted(found.values(), key=lambda colours: -colours.total())[:256]
    return [colours.most_common(1)[0][0] for colours in often]


def write(scheme: str, pictures: dict[str, QImage]) -> None:
    rows = -(-len(pictures) // COLUMNS)
    sheet = QImage(COLUMNS * SMALL.width(), rows * SMALL.height(), QImage.Format.Format_RGB32)
    sheet.fill(Qt.GlobalColor.white)
    painter = QPainter(sheet)
    for number, picture in enumerate(pictures.values()):
        painter.drawImage(cell(number).topLeft(), picture)
    painter.end()
    indexed = sheet.convertToFormat(
        QImage.Format.Format_Indexed8, palette(sheet), Qt.ImageConversionFlag.ThresholdDither
    )
    indexed.setText("states", json.dumps(list(pictures)))
    assert indexed.save(str(FOLDER / f"{scheme}.png"), "PNG", 0)  # type: ignore[call-overload] # format as str


@pytest.mark.usefixtures("fixed")
@pytest.mark.parametrize(("scheme", "name"), [(scheme, name) for scheme, names in NAMES.items() for name in names])
def test_it_looks_as_it_did(
    panel: Make, qtbot: QtBot, album: dict[str, dict[str, QImage]], scheme: str, name: str, tmp_path: Path
) -> None:
    page = gallery()[name].page
    shown = panel(name, appearance__scheme=scheme, window__size=[SIZE.width(), SIZE.height()], window__page=page)
    album[scheme][name] = picture = taken(shown, name, qtbot)
    if WRITE:
        return
    reference = references(scheme).get(name)
    assert reference is not None, f"“{name}” has no picture yet: make pictures"
    odd = odd_blocks(picture, reference)

    def settled() -> bool:
        """A busy machine lays out later, and bars without an end move on."""
        nonlocal picture, odd
        if odd > ODD_BLOCKS:
            picture = grabbed(shown)
            odd = odd_blocks(picture, reference)
        return odd <= ODD_BLOCKS

    with contextlib.suppress(qtbot.TimeoutError):
        qtbot.waitUntil(settled, timeout=3000)
    if odd > ODD_BLOCKS:
        folder = Path(os.environ.get("ARTIFACTS", str(tmp_path)))
        folder.mkdir(parents=True, exist_ok=True)
        picture.save(str(folder / f"{name}-{scheme}-now.png"))
        reference.save(str(folder / f"{name}-{scheme}-then.png"))
        pytest.fail(f"{odd:.1%} of it look different; see {folder}. If that is wanted: make pictures")


def test_the_comparison_sees_what_has_moved_and_overlooks_noise() -> None:
    picture = QImage(SMALL, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    other = picture.copy()
    painter = QPainter(other)
    painter.fillRect(4, 4, 2, 2, Qt.GlobalColor.black)  # a letter
    assert odd_blocks(picture, other) <= ODD_BLOCKS
    painter.fillRect(40, 40, 40, 12, Qt.GlobalColor.darkGreen)  # a button
    painter.end()
    assert odd_blocks(picture, other) > ODD_BLOCKS
