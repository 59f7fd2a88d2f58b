"""What a clean-up would free, before it does: a list to tick, the sum, and the button."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from harmony_desktop.control.storage import Leftover
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import day, size

#: Pixels by which a box's words are moved in.
_UNDER_BOX = 27


class CleanUpDialog(QDialog):
    """Asks which leftovers to remove; ``chosen`` tells their ids."""

    chosen = Signal(tuple)

    def __init__(self, theme: Theme, parent: QWidget, leftovers: Sequence[Leftover]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Clean up"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._sizes = {leftover.id: leftover.size for leftover in leftovers}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(label(theme, Type.TITLE, text=tr("What nobody needs any more")))
        words = label(
            theme,
            Type.TEXT,
            "second",
            tr(
                "Earlier versions of the services’ images that nothing uses. Your models, settings and data are not "
                "touched, and what is kept for the way back after an update stays."
            ),
        )
        words.setWordWrap(True)
        words.setMinimumWidth(theme.scaled(460))
        layout.addWidget(words)
        layout.addSpacing(Space.S)
        self.boxes: dict[str, QCheckBox] = {}
        layout.addWidget(self._list(theme, leftovers), 1)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._sum = label(theme, Type.STRONG)
        row.addWidget(self._sum, 1)
        cancel = button(theme, tr("Cancel"))
        cancel.clicked.connect(lambda _checked=False: self.reject())
        self.remove = button(theme, tr("Remove"), "primary")
        self.remove.setDefault(True)
        self.remove.clicked.connect(lambda _checked=False: self._choose())
        row.addWidget(cancel)
        row.addWidget(self.remove)
        layout.addSpacing(Space.S)
        layout.addLayout(row)
        self._count()
        self.remove.setFocus()
        self.adjustSize()

    def _list(self, theme: Theme, leftovers: Sequence[Leftover]) -> QScrollArea:
        inner = QFrame()
        inner.setObjectName("page")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, Space.L, 0)
        rows.setSpacing(Space.S)
        for leftover in leftovers:
            row = QVBoxLayout()
            row.setSpacing(0)
            box = QCheckBox(leftover.name)
            box.setChecked(True)
            box.toggled.connect(partial(self._ticked))
            details = _details(leftover)
            box.setAccessibleDescription(details)
            row.addWidget(box)
            second = label(theme, Type.SECOND, "second", details)
            second.setIndent(theme.scaled(_UNDER_BOX))
            row.addWidget(second)
            rows.addLayout(row)
            self.boxes[leftover.id] = box
        rows.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what is in it has the focus, and is scrolled into sight
        # What hides under the edge cannot be judged.
        area.setMinimumWidth(min(inner.sizeHint().width() + Space.M, theme.scaled(640)))
        area.setMinimumHeight(min(inner.sizeHint().height() + Space.S, theme.scaled(260)))
        overlay_scroll_bars(area)
        return area

    def _ticked(self, _checked: bool) -> None:
        self._count()

    def _ids(self) -> tuple[str, ...]:
        return tuple(key for key, box in self.boxes.items() if box.isChecked())

    def _count(self) -> None:
        ids = self._ids()
        set_text(self._sum, tr("Frees about {size}", size=size(sum(self._sizes[key] for key in ids))))
        self.remove.setEnabled(bool(ids))

    def _choose(self) -> None:
        ids = self._ids()
        self.accept()
        self.chosen.emit(ids)


def _details(leftover: Leftover) -> str:
    words = [size(leftover.size)]
    if leftover.created:
        words.insert(0, tr("from {date}", date=day(datetime.fromtimestamp(leftover.created, UTC).astimezone())))
    return " · ".join(words)
