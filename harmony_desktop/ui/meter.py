"""One meter: what is measured, how much it is now, and how it was in the last minutes."""

from __future__ import annotations

from collections import deque

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.sparkline import SAMPLES, Sparkline
from harmony_desktop.ui.style import label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class Meter(QWidget):
    """A name, a value, a chart below them.

    Args:
        theme: Colours and type.
        name: What is measured.
        full: The value that fills the chart's height.
        samples: How many of the newest samples reach from edge to edge.
    """

    def __init__(self, theme: Theme, name: str, full: float, *, samples: int = SAMPLES) -> None:
        super().__init__()
        self._name = ElidedLabel(theme, Type.SECOND, "second")
        self._name.show_text(name)
        self._what = name
        self._value = label(theme, Type.SECOND_STRONG)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._series: deque[float] = deque(maxlen=samples)
        self._chart = Sparkline(theme, full, wide=True, samples=samples)
        self._chart.show_series(self._series)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.XS)
        words = QHBoxLayout()
        words.setSpacing(Space.S)
        words.addWidget(self._name, 1)
        words.addWidget(self._value)
        layout.addLayout(words)
        layout.addWidget(self._chart)

    def add(self, value: float | None, words: str, full: float | None = None) -> None:
        """Take one sample; None leaves the chart as it is.

        Args:
            value: The sample.
            words: The sample as people read it.
            full: The value that fills the height, where it is known only now.
        """
        if full is not None:
            self._chart.set_floor(full)
        if value is not None:
            self._series.append(value)
            self._chart.show_series(self._series)
        set_text(self._value, words)
        self._chart.setAccessibleName(tr("{what}: {words}", what=self._what, words=words))

    def show_series(self, series: deque[float], words: str) -> None:
        """Show samples that somebody else keeps."""
        self._chart.show_series(series)
        set_text(self._value, words)
        self._chart.setAccessibleName(tr("{what}: {words}", what=self._what, words=words))

    def forget(self) -> None:
        """Begin anew: time has passed in which nobody looked."""
        self._series.clear()
        self._chart.show_series(self._series)
