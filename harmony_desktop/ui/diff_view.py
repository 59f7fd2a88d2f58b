"""Shows a textual diff: what goes, what comes, and around it what stays."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QPalette, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.theme import Theme


class DiffView(QPlainTextEdit):
    """Read only; can be reached by the keyboard, selected and copied."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("surface", "diff")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTabChangesFocus(True)
        self.setAccessibleName(tr("What will be written"))
        overlay_scroll_bars(self)
        self._colours = _Colours(self, theme)
        self._dress()
        theme.changed.connect(self._dress)

    def show_diff(self, text: str) -> None:
        """Show a unified diff."""
        if text != self.toPlainText():
            self.setPlainText(text)

    def _dress(self) -> None:
        self.setFont(self._theme.mono)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, QColor(self._theme.colours.second))
        self.setPalette(palette)
        self._colours.rehighlight()


class _Colours(QSyntaxHighlighter):
    """Colours the lines by their first sign; the sign says the same without colours."""

    def __init__(self, view: QPlainTextEdit, theme: Theme) -> None:
        super().__init__(view.document())
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        """Colour one line."""
        colours = self._theme.colours
        made = QTextCharFormat()
        if text.startswith(("---", "+++", "@@")):
            made.setForeground(QColor(colours.faint))
        elif text.startswith("+"):
            made.setForeground(QColor(colours.ready))
            made.setFontWeight(QFont.Weight.DemiBold)
        elif text.startswith("-"):
            made.setForeground(QColor(colours.failed))
        else:
            made.setForeground(QColor(colours.second))
        self.setFormat(0, len(text), made)
