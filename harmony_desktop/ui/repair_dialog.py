"""What a repair will do, before it does it: in words, as commands, and as the difference of each file."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from harmony_desktop.control.checkup_state import RepairPreview
from harmony_desktop.ui.diff_view import DiffView
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.style import button, label
from harmony_desktop.ui.theme import Space, Theme, Type

_WIDTH, _HEIGHT = 720, 520


class RepairDialog(QDialog):
    """Accepted by "Repair", rejected by anything else; whoever opened it asks for the deed."""

    def __init__(self, theme: Theme, parent: QWidget, preview: RepairPreview) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Repair"))
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        layout.addWidget(label(theme, Type.TITLE, text=tr("This will be done")))
        lines = [tr("• {what}", what=told(text)) for text in preview.labels]
        for tone, text in (("", "\n".join(lines)), ("second", self._promise(preview))):
            words = label(theme, Type.TEXT, tone, text)
            words.setWordWrap(True)
            layout.addWidget(words)
        layout.addSpacing(Space.XS)
        self.shown = DiffView(theme)
        deeds = "".join(f"# {told(deed)}\n" for deed in preview.deeds)
        self.shown.show_diff(f"{deeds}{preview.diff}")
        self.shown.setAccessibleName(tr("What will be done, and written"))
        layout.addWidget(self.shown, 1)
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        row.addStretch(1)
        self.cancel = button(theme, tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.cancel.clicked.connect(lambda _checked=False: self.reject())
        self.repair = button(theme, trn("Repair", "Do all {n} repairs", len(preview.labels)), "primary")
        self.repair.setDefault(True)
        self.repair.clicked.connect(lambda _checked=False: self.accept())
        row.addWidget(self.cancel)
        row.addWidget(self.repair)
        layout.addSpacing(Space.XS)
        layout.addLayout(row)
        room = parent.window().size()
        self.resize(
            min(theme.scaled(_WIDTH), max(room.width() - 2 * Space.XL, _WIDTH)),
            min(theme.scaled(_HEIGHT), max(room.height() - 2 * Space.XL, _HEIGHT)),
        )
        self.repair.setFocus()

    @staticmethod
    def _promise(preview: RepairPreview) -> str:
        if not preview.diff and not preview.deeds:
            return ""
        if preview.lasting:
            return tr(
                "Of each file that changes a backup is kept beside it, and “Undo” brings it back. A folder that is "
                "handed over stays so."
            )
        return tr("Of each file that changes a backup is kept beside it, and “Undo” brings all of it back.")
