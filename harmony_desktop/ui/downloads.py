"""The images on their way: a row each, and below it, when asked for, a line for each layer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from harmony_desktop.control.transfer import Download
from harmony_desktop.ui import icons
from harmony_desktop.ui.download_words import (
    image_line,
    layer_line,
    layer_word,
    spoken,
)
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.style import label, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import transferred

#: Images that have a row; the others are counted.
_SHOWN = 8


class DownloadList(QWidget):
    """All images of an operation."""

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._turning = turning
        self._rows: list[DownloadRow] = []
        self._more = label(theme, Type.SECOND, "second")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(Space.S)
        self._layout.addWidget(self._more)
        self.setVisible(False)

    def show_downloads(self, downloads: tuple[Download, ...]) -> None:
        """Show the images, or nothing."""
        self.setVisible(bool(downloads))
        shown = downloads[:_SHOWN]
        while len(self._rows) < len(shown):
            row = DownloadRow(self._theme, self._turning)
            self._layout.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for row, download in zip(self._rows, shown, strict=False):
            row.show_download(download)
        for row in self._rows[len(shown) :]:
            row.setVisible(False)
        hidden = len(downloads) - len(shown)
        self._more.setVisible(hidden > 0)
        set_text(self._more, tr("and {n} more", n=hidden) if hidden else "")


class DownloadRow(QWidget):
    """One image: its name, how much has come, a bar, how fast, and how long it will take."""

    def __init__(self, theme: Theme, turning: Turning) -> None:
        super().__init__()
        self._theme = theme
        self._image = ""
        self._download: Download | None = None
        self._layers: list[_LayerLine] = []
        self.expander = tool_button(theme, tr("Layers"))
        self.expander.setCheckable(True)
        self.expander.setFixedSize(theme.scaled(24), theme.scaled(24))
        self.expander.toggled.connect(self._expand)
        self._name = ElidedLabel(theme, Type.SECOND_STRONG)
        self._amount = label(theme, Type.SECOND, "second")
        self._amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._amount.setMinimumWidth(theme.scaled(110))
        self._bar = ProgressBar(theme, turning)
        self._bar.setFixedWidth(theme.scaled(150))
        self._line = ElidedLabel(theme, Type.SECOND, "second")
        self._below = QWidget()
        self._grid = QGridLayout(self._below)
        self._grid.setContentsMargins(0, 2, 0, Space.XS)
        self._grid.setHorizontalSpacing(Space.L)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(2, 1)
        self._below.setVisible(False)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(Space.S)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(1, 1)
        layout.addWidget(self.expander, 0, 0, 2, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._name, 0, 1)
        layout.addWidget(self._amount, 0, 2)
        layout.addWidget(self._bar, 0, 3)
        layout.addWidget(self._line, 1, 1, 1, 3)
        layout.addWidget(self._below, 2, 1, 1, 3)
        theme.changed.connect(self._redress)
        self._redress()

    def show_download(self, download: Download) -> None:
        """Show an image; another one than before begins with its layers hidden."""
        progress = download.progress
        if progress.image != self._image:
            self._image = progress.image
            self._name.show_text(progress.image)
            self.expander.setChecked(False)
            self.expander.setAccessibleName(tr("Layers of {image}", image=progress.image))
            self._bar.setAccessibleName(tr("Download of {image}", image=progress.image))
        self._download = download
        self.setVisible(True)
        self.expander.setEnabled(bool(progress.parts))
        set_text(self._amount, transferred(progress.current, progress.total))
        self._line.show_text(image_line(download))
        self._bar.setAccessibleDescription(spoken(download))
        self._show_bar(progress.current, progress.total)
        if self._below.isVisibleTo(self):
            self._show_layers(download)

    def _show_bar(self, current: int, total: int) -> None:
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(1000 * min(current, total) / total) if total > 0 else 0)

    def _expand(self, expanded: bool) -> None:
        self._below.setVisible(expanded)
        if expanded and self._download is not None:
            self._show_layers(self._download)
        self._redress()

    def _show_layers(self, download: Download) -> None:
        parts = download.progress.parts
        while len(self._layers) < len(parts):
            self._layers.append(_LayerLine(self._theme, self._grid, len(self._layers)))
        for line, part, pace in zip(self._layers, parts, download.layers, strict=False):
            line.show_layer(part.id, layer_word(part), layer_line(part, pace))
        for line in self._layers[len(parts) :]:
            line.hide()

    def _redress(self) -> None:
        expanded = self.expander.isChecked()
        self.expander.setIcon(icons.icon(self._theme, "chevron-down" if expanded else "chevron-right", size=16))
        self.expander.setToolTip(tr("Hide the layers") if expanded else tr("Show the layers"))


class _LayerLine:
    """One layer: its id, what is done with it, and its numbers."""

    def __init__(self, theme: Theme, grid: QGridLayout, row: int) -> None:
        self._id = label(theme, Type.SMALL, "second")
        self._id.setFont(theme.mono)
        self._word = label(theme, Type.SECOND, "second")
        self._word.setMinimumWidth(theme.scaled(96))
        self._numbers = ElidedLabel(theme, Type.SECOND, "second")
        self._widgets: tuple[QLabel, ...] = (self._id, self._word, self._numbers)
        for column, widget in enumerate(self._widgets):
            grid.addWidget(widget, row, column)

    def show_layer(self, identifier: str, word: str, numbers: str) -> None:
        for widget in self._widgets:
            widget.setVisible(True)
        set_text(self._id, identifier)
        set_text(self._word, word)
        self._numbers.show_text(numbers)

    def hide(self) -> None:
        for widget in self._widgets:
            widget.setVisible(False)
