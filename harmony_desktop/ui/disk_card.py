"""What the stack takes of the disks, as a bar with its parts, and the way to the clean-up."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from harmony_desktop.control.disk import DiskLook
from harmony_desktop.control.meters import MachineSample
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import size


class Part(NamedTuple):
    """One part of the bar: its words, its bytes, and the index of its colour."""

    title: str
    text: str
    size: int
    colour: int


def parts(look: DiskLook) -> list[Part]:
    """Return what there is to show of a look at the disks, what takes nothing left out."""
    found = []
    engine = look.engine
    if engine is not None:
        found += [
            Part(tr("Images in use"), tr("The services’ programs, as Docker keeps them"), engine.images, 1),
            Part(tr("Earlier versions, kept"), tr("For the way back after an update"), engine.kept, 6),
            Part(tr("Leftovers"), tr("Nobody needs these any more"), sum(x.size for x in engine.leftovers), 2),
            Part(
                tr("Volumes and containers"),
                tr("What services keep within Docker"),
                engine.volumes + engine.containers,
                3,
            ),
        ]
    folder = sum(number for _, number in look.folder)
    largest = ", ".join(f"{name} {size(number)}" for name, number in look.folder[:2] if number > 0)
    found.append(Part(tr("Stack folder"), largest or tr("Models, settings and your data"), folder, 0))
    return [part for part in found if part.size > 0]


class DiskCard(QFrame):
    """The bar, its legend, the free space, and the button to the clean-up."""

    clean_up_wanted = Signal()
    look_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self._theme = theme
        self._bar = _Bar(theme)
        self._title = label(theme, Type.STRONG, text=tr("Disk"))
        self._free = label(theme, Type.SECOND, "second")
        self._state = label(theme, Type.SECOND, "second")
        self._state.setWordWrap(True)
        self._rows: list[tuple[_Spot, QLabel, ElidedLabel, QLabel]] = []
        self._legend = QGridLayout()
        self._legend.setHorizontalSpacing(Space.M)
        self._legend.setVerticalSpacing(Space.S)
        self._legend.setColumnStretch(2, 1)
        self.clean_up = button(theme, tr("Clean up…"), "small")
        self.clean_up.clicked.connect(lambda _checked=False: self.clean_up_wanted.emit())
        self.measure = button(theme, tr("Measure again"), "small")
        self.measure.clicked.connect(lambda _checked=False: self.look_wanted.emit())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.M, Space.L, Space.L)
        layout.setSpacing(Space.M)
        top = QHBoxLayout()
        top.setSpacing(Space.M)
        top.addWidget(self._title)
        top.addWidget(self._free, 1)
        top.addWidget(self.measure)
        top.addWidget(self.clean_up)
        layout.addLayout(top)
        layout.addWidget(self._bar)
        layout.addLayout(self._legend)
        layout.addWidget(self._state)

    def show_disk(self, look: DiskLook) -> None:
        """Show what is known."""
        found = parts(look)
        self._bar.show_parts(found)
        self._bar.setVisible(bool(found))
        while len(self._rows) < len(found):
            self._add_row()
        for index, row in enumerate(self._rows):
            for widget in row:
                widget.setVisible(index < len(found))
            if index < len(found):
                spot, title, text, value = row
                part = found[index]
                spot.show_colour(part.colour)
                set_text(title, part.title)
                text.show_text(part.text)
                set_text(value, size(part.size))
        leftovers = look.engine.leftovers if look.engine else ()
        self.clean_up.setEnabled(bool(leftovers) and not look.looking)
        self.clean_up.setToolTip("" if leftovers else tr("There is nothing to clean up."))
        self.measure.setEnabled(not look.looking)
        set_text(self._state, _state_words(look))
        self._state.setVisible(bool(self._state.text()))

    def show_free(self, sample: MachineSample) -> None:
        """Show how much is free on the disk with the stack folder."""
        words = ""
        if sample.disk:
            words = tr("{free} free of {whole}", free=size(sample.disk_free), whole=size(sample.disk))
        set_text(self._free, words)

    def _add_row(self) -> None:
        row = len(self._rows)
        spot = _Spot(self._theme)
        title = label(self._theme, Type.TEXT)
        text = ElidedLabel(self._theme, Type.SECOND, "second")
        value = label(self._theme, Type.SECOND_STRONG)
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        widgets = (spot, title, text, value)
        for column, widget in enumerate(widgets):
            self._legend.addWidget(widget, row, column)
        self._rows.append(widgets)


def _state_words(look: DiskLook) -> str:
    if look.looking:
        return tr("Measuring…")
    words = []
    if look.fault:
        words.append(tr("What Docker keeps could not be measured: {reason}", reason=told(look.fault)))
    if look.freed is not None:
        words.append(tr("{size} were freed.", size=size(look.freed)))
    return " ".join(words)


class _Bar(QWidget):
    """The parts side by side, as wide as they are large."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._parts: list[Part] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_parts(self, found: list[Part]) -> None:
        self._parts = found
        words = ", ".join(f"{part.title} {size(part.size)}" for part in found)
        self.setAccessibleName(tr("Disk use"))
        self.setAccessibleDescription(words)
        self.setToolTip("\n".join(f"{part.title}: {size(part.size)}" for part in found))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.scaled(200), self._theme.scaled(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        whole = sum(part.size for part in self._parts)
        if not whole:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QPainterPath()
        radius = self.height() / 2
        shape.addRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setClipPath(shape)
        left = 0.0
        for part in self._parts:
            width = self.width() * part.size / whole
            gap = 1.0 if left else 0.0
            colour = QColor(self._theme.colours.services[part.colour])
            painter.fillRect(QRectF(left + gap, 0, max(1.0, width - gap), self.height()), colour)
            left += width


class _Spot(QWidget):
    """A dot in the colour of a part."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._colour = 0
        self.setFixedSize(theme.scaled(10), theme.scaled(10))
        theme.changed.connect(self.update)

    def show_colour(self, index: int) -> None:
        self._colour = index
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.colours.services[self._colour]))
        painter.drawEllipse(self.rect())
