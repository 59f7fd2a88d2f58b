"""Icons of one family: our own SVG files, tinted with the theme's colours."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from harmony_desktop import assets
from harmony_desktop.ui.theme import Theme

#: Pixels up to which the mark has three bars instead of five: five would melt into one another.
_SMALL = 24


@cache
def _source(name: str) -> str:
    return (assets.resources_dir() / name).read_text(encoding="utf-8")


def file(name: str) -> str:
    """Return the path of an icon's file, as a style sheet wants it."""
    return (assets.resources_dir() / "icons" / f"{name}.svg").as_posix()


def pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """Render an icon.

    Args:
        name: File name without its suffix, in ``resources/icons``.
        colour: What takes the place of the file's black.
        size: Edge in logical pixels.
        ratio: Physical pixels per logical pixel.
    """
    return _render(_source(f"icons/{name}.svg").replace("#000000", colour), size, ratio)


def icon(theme: Theme, name: str, colour: str = "", size: int = 20, gap: int = 0, greyed: bool = False) -> QIcon:
    """Return an icon in a colour (the second text's by default), sharp on every screen that is there.

    Args:
        theme: The colours.
        name: File name without its suffix, in ``resources/icons``.
        colour: Its colour.
        size: Edge in logical pixels.
        gap: Empty pixels at its right; Qt has no other way to set an icon off from its text.
        greyed: Whether it can be disabled.
    """
    c = theme.colours
    made = QIcon()
    for ratio in _ratios():
        made.addPixmap(spaced(pixmap(name, colour or c.second, size, ratio), gap))
        if greyed:
            made.addPixmap(spaced(pixmap(name, c.disabled, size, ratio), gap), QIcon.Mode.Disabled)
    return made


def app_icon() -> QIcon:
    """Return the icon of windows and of the app."""
    made = QIcon()
    for size in (16, 22, 24, 32, 48, 64, 128, 256):
        drawing = "harmony-small.svg" if size <= _SMALL else "harmony.svg"
        made.addPixmap(_render(_source(drawing), size, 1.0))
    return made


def spaced(image: QPixmap, gap: int) -> QPixmap:
    """Return a picture with empty pixels at its right."""
    if gap == 0:
        return image
    ratio = image.devicePixelRatio()
    canvas = QPixmap(image.width() + round(gap * ratio), image.height())
    canvas.setDevicePixelRatio(ratio)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.drawPixmap(0, 0, image)
    painter.end()
    return canvas


def dot(colour: str, size: int, gap: int) -> QIcon:
    """Return a filled disc."""
    made = QIcon()
    for ratio in _ratios():
        image = QPixmap(round(size * ratio), round(size * ratio))
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(image.rect())
        painter.end()
        image.setDevicePixelRatio(ratio)
        made.addPixmap(spaced(image, gap))
    return made


def _ratios() -> list[float]:
    return sorted({1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())})


def _render(source: str, size: int, ratio: float) -> QPixmap:
    image = QPixmap(round(size * ratio), round(size * ratio))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(image.rect()))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image
