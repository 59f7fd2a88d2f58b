"""The icons of the program for all sizes of a desktop, rendered from the drawings of the sources."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

from bundling.icon_files import Picture

SIZES = (16, 22, 24, 32, 48, 64, 96, 128, 256, 512)
#: Pixels up to which the mark has three bars instead of five (as in the window: ui/icons.py).
_SMALL = 24
#: What desktops take for "the colour of the text" in a symbolic icon.
_SYMBOLIC = "#2e3436"


def write(resources: Path, theme: Path, name: str) -> None:
    """Write all icons.

    Args:
        resources: The drawings.
        theme: The folder of the theme ("share/icons/hicolor"); it is made.
        name: The icon's name.
    """
    for size in SIZES:
        folder = theme / f"{size}x{size}" / "apps"
        folder.mkdir(parents=True)
        image(resources / drawing(size), size).save(str(folder / f"{name}.png"))
    scalable = theme / "scalable" / "apps"
    scalable.mkdir(parents=True)
    (scalable / f"{name}.svg").write_bytes((resources / "harmony.svg").read_bytes())
    symbolic = theme / "symbolic" / "apps"
    symbolic.mkdir(parents=True)
    mark = (resources / "icons" / "mark.svg").read_text("utf-8")
    mark = mark.replace('width="24" height="24"', 'width="16" height="16"', 1).replace("#000000", _SYMBOLIC)
    (symbolic / f"{name}-symbolic.svg").write_text(mark, "utf-8")


def drawing(size: int) -> str:
    """Return which drawing is for a size in pixels."""
    return "harmony-small.svg" if size <= _SMALL else "harmony.svg"


def picture(resources: Path, size: int) -> Picture:
    """Return the program's icon in one size, for icons of Windows and macOS.

    Args:
        resources: The drawings.
        size: Pixels of a side.
    """
    made = image(resources / drawing(size), size)
    file = QBuffer()
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(file, QByteArray(b"png")).write(made)
    pixels = made.convertToFormat(QImage.Format.Format_RGBA8888)
    return Picture(size, bytes(pixels.constBits()), bytes(file.data().data()))


def image(drawing: Path, size: int) -> QImage:
    """Return a drawing as a square picture."""
    made = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(drawing.read_bytes())).render(painter, QRectF(made.rect()))
    painter.end()
    return made.convertToFormat(QImage.Format.Format_ARGB32)
