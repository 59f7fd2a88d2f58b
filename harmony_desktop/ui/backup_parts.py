"""What the dialogs of backups share: a title, words, progress, a fault, and a row of buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from harmony_desktop.control.backup_desk import BackingUp, BackupPhase, BackupState
from harmony_desktop.ui.announce import announce
from harmony_desktop.ui.backup_words import doing
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.progress_bar import ProgressBar
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type


class DeskDialog(QDialog):
    """Follows the desk; what is being done is cancelled when it is closed.

    Args:
        theme: The looks.
        turning: What turns while something is done.
        parent: The window.
        desk: What presses become.
        title: The window's title.
        width: Wanted width in pixels at 100 %.
        height: Wanted height.
    """

    def __init__(
        self, theme: Theme, turning: Turning, parent: QWidget, desk: BackingUp, title: str, width: int, height: int
    ) -> None:
        super().__init__(parent)
        self.theme = theme
        self.desk = desk
        self._said = ""
        self._fitted = (0, 0)
        self._leaving = False
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.L)
        layout.setSpacing(Space.S)
        self.heading = label(theme, Type.TITLE, text=title)
        self.heading.setWordWrap(True)
        self.words = label(theme, Type.TEXT, "second")
        self.words.setWordWrap(True)
        self.fault = label(theme, Type.SECOND, "failed")
        self.fault.setWordWrap(True)
        self.fault.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.S)
        self.bar = ProgressBar(theme, turning)
        self.bar.setAccessibleName(title)
        self.status = label(theme, Type.SECOND, "second")
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(Space.S)
        self.buttons.addStretch(1)
        self.close_button = button(theme, tr("Cancel"))
        self.close_button.setAutoDefault(False)
        self.close_button.clicked.connect(self._leave)
        self.buttons.addWidget(self.close_button)
        for part in (self.heading, self.words, self.fault):
            layout.addWidget(part)
        layout.addSpacing(Space.XS)
        layout.addLayout(self.body, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.bar)
        layout.addSpacing(Space.XS)
        layout.addLayout(self.buttons)
        self.fit(width, height)
        self.finished.connect(self._end)
        self._unsubscribe: Callable[[], None] = lambda: None

    def follow(self) -> None:
        """Begin to follow the desk."""
        self._unsubscribe = self.desk.store.subscribe(self.show_state)
        self.show_state(self.desk.store.value)

    def show_state(self, state: BackupState) -> None:
        """Render what is being done, and what went wrong."""
        words = doing(state) if not state.resting else ""
        set_text(self.status, words)
        self.status.setVisible(bool(words))
        self.bar.setVisible(not state.resting)
        # Bytes are more than a range of the bar can hold.
        self.bar.setRange(0, 1000 if state.total else 0)
        self.bar.setValue(round(1000 * state.done / state.total) if state.total else 0)
        fault = state.fault
        text = "\n".join(told(part) for part in (fault.title, fault.cause, fault.advice) if part) if fault else ""
        set_text(self.fault, text)
        self.fault.setVisible(bool(text))
        self.say(text)
        self.close_button.setEnabled(not state.cancelling)
        if self._leaving and state.resting:
            self._leaving = False
            super().reject()

    def fit(self, width: int, height: int) -> None:
        """Take room for what is shown: with large letters it scrolls rather than to outgrow the window.

        Args:
            width: Pixels at 100 %.
            height: The same.
        """
        if (width, height) == self._fitted:
            return
        self._fitted = (width, height)
        parent = self.parentWidget()
        room = parent.window().size() if parent is not None else self.size()
        wide = min(self.theme.scaled(width), max(room.width() - 2 * Space.XL, width))
        self.resize(wide, min(self.theme.scaled(height), max(room.height() - 2 * Space.XL, height)))

    def say(self, text: str) -> None:
        """Tell a screen reader, once."""
        if text and text != self._said:
            announce(self, text)
        self._said = text or self._said

    def scrolling(self, inside: QWidget) -> QScrollArea:
        """Return an area that shows a widget and scrolls where there is no room."""
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        overlay_scroll_bars(area)
        inside.setObjectName("page")
        return area

    def reject(self) -> None:
        """Cancel what is being done, else close."""
        state = self.desk.store.value
        if state.resting:
            super().reject()
            return
        # Where only something was looked at, there is nothing left to see afterwards.
        self._leaving = state.phase in {BackupPhase.SURVEYING, BackupPhase.READING}
        self.desk.cancel()

    def _leave(self, _checked: bool = False) -> None:
        self.reject()

    def _end(self, _result: int = 0) -> None:
        self._unsubscribe()
        self._unsubscribe = lambda: None
        self.desk.dismiss()
