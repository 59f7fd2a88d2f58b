"""A page of the handbook as it is read: in the theme's fonts and colours, pictures as wide as there is room."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QImage,
    QPainter,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextImageFormat,
    QTextLength,
    QTextTable,
    QTextTableFormat,
)
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit

from harmony_desktop.ui.handbook import Handbook, anchors
from harmony_desktop.ui.i18n import tr
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.theme import Space, Theme, Type

#: Lines that are longer than this many logical pixels are hard to read.
_WIDEST = 760
#: How many places of what was searched for are marked.
_MARKED = 200
#: Milliseconds after the last change of the width until pictures are fitted to it.
_PAUSE = 80
_HEADINGS = {1: Type.HEADLINE, 2: Type.TITLE}
_ABOVE = {1: 0, 2: Space.XL, 3: Space.L}


class HelpPage(QTextBrowser):
    """Shows one page at a time. Nothing is fetched, and nothing is opened but what is followed.

    Args:
        theme: The looks.
        book: The pages.

    Attributes:
        file: The page that is shown, or "".
    """

    followed = Signal(str)

    def __init__(self, theme: Theme, book: Handbook) -> None:
        super().__init__()
        self._theme = theme
        self._book = book
        self._words: tuple[str, ...] = ()
        self._shown: QTextDocument | None = None
        self._pictures: dict[str, QImage] = {}
        self.file = ""
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("surface", "help")
        self.setAccessibleName(tr("Help"))
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(theme.font(Type.TEXT))
        overlay_scroll_bars(self, horizontal=True)
        self.anchorClicked.connect(lambda url: self.followed.emit(url.toString()))
        self._fitting = QTimer(self)
        self._fitting.setSingleShot(True)
        self._fitting.setInterval(_PAUSE)
        self._fitting.timeout.connect(lambda: self._fit(self.document()))
        theme.changed.connect(self._again)

    def show_page(self, file: str, anchor: str = "", words: tuple[str, ...] = ()) -> None:
        """Show a page from its beginning or from one of its headings, with words marked in it."""
        if file != self.file:
            self.file = file
            self._render()
        self._words = words
        self._mark()
        self._go(anchor)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Load pictures of the handbook, and nothing else from anywhere."""
        url = QUrl(name)
        if kind != QTextDocument.ResourceType.ImageResource or not url.isRelative():
            return None
        return self._picture(url.path())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep lines readable, and fit the pictures once the width rests."""
        super().resizeEvent(event)
        self._set_width()
        if self.isVisible():
            self._fitting.start()
        else:  # the width that it will be shown in
            self._fit(self.document())

    def _set_width(self) -> None:
        room = self.viewport().width()
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setLineWrapColumnOrWidth(min(room, self._theme.scaled(_WIDEST)))

    def _again(self) -> None:
        """Render the page in the colours that are in force now, where it was."""
        if self.file:
            height = self.verticalScrollBar().value()
            self._render()
            self._mark()
            self.verticalScrollBar().setValue(height)

    def _render(self) -> None:
        self._pictures.clear()
        document = QTextDocument(self)  # a new one each time: nothing of the layout of the page before is left
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(Space.XL)
        document.setDefaultFont(self._theme.font(Type.TEXT))
        features = QTextDocument.MarkdownFeature
        document.setMarkdown(self._book.text(self.file), features.MarkdownDialectGitHub | features.MarkdownNoHTML)
        _unescape(document)
        for frame in document.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                frame.setFormat(self._table(frame.format().toTableFormat()))
        block = document.begin()
        while block.isValid():
            self._dress(block)
            block = block.next()
        before, self._shown = self._shown, document
        self._set_width()
        self._fit(document)
        self.setDocument(document)  # laid out here for the first time
        if before is not None:
            before.deleteLater()

    def _table(self, form: QTextTableFormat) -> QTextTableFormat:
        form.setBorder(1)
        form.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        form.setBorderCollapse(True)
        form.setBorderBrush(QBrush(QColor(self._theme.colours.line)))
        form.setCellSpacing(0)
        form.setCellPadding(6)
        form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        form.setTopMargin(Space.S)
        form.setBottomMargin(Space.M)
        return form

    def _dress(self, block: QTextBlock) -> None:
        theme, c = self._theme, self._theme.colours
        cursor = QTextCursor(block)
        form = block.blockFormat()
        level = form.headingLevel()
        code = form.hasProperty(QTextFormat.Property.BlockCodeFence) or form.nonBreakableLines()
        if level:
            wanted = QTextBlockFormat()
            wanted.setTopMargin(_ABOVE.get(level, Space.M))
            wanted.setBottomMargin(Space.S)
            cursor.mergeBlockFormat(wanted)
        if code:
            wanted = QTextBlockFormat()
            wanted.setNonBreakableLines(False)
            wanted.setBackground(QColor(c.sunken))
            wanted.setLeftMargin(Space.M)
            cursor.mergeBlockFormat(wanted)
        pieces = block.begin()
        spans: list[tuple[int, int, QTextCharFormat]] = []
        while not pieces.atEnd():
            fragment = pieces.fragment()
            spans.append((fragment.position(), fragment.length(), fragment.charFormat()))
            pieces += 1
        for position, length, look in spans:
            mono = look.fontFixedPitch()
            if level:
                _set_font(look, theme.font(_HEADINGS.get(level, Type.STRONG)))
            elif code or mono:
                _set_font(look, theme.mono)
            if look.isAnchor():
                look.setForeground(QColor(c.accent))
            if level or code or mono or look.isAnchor():
                _set_format(cursor, position, length, look)

    def _fit(self, document: QTextDocument) -> None:
        """Give each picture the width that there is; it is scaled here, since Qt's own scaling is rough."""
        ratio = self.devicePixelRatioF()
        room = self.lineWrapColumnOrWidth() - 2 * Space.XL
        block = document.begin()
        found: list[tuple[int, QTextImageFormat]] = []
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                fragment = pieces.fragment()
                if fragment.charFormat().isImageFormat():
                    found.append((fragment.position(), fragment.charFormat().toImageFormat()))
                pieces += 1
            block = block.next()
        for position, form in found:
            whole = self._picture(form.name())
            if whole.isNull() or room <= 0:
                continue
            width = min(room, whole.width())
            size = QSize(width, round(whole.height() * width / whole.width()))
            if (form.width(), form.height()) == (size.width(), size.height()):
                continue
            document.addResource(
                QTextDocument.ResourceType.ImageResource, QUrl(form.name()), _scaled(whole, size, ratio, self._theme)
            )
            form.setWidth(size.width())
            form.setHeight(size.height())
            _set_format(QTextCursor(document), position, 1, form)

    def _picture(self, name: str) -> QImage:
        """Return a picture of the handbook, or a null one."""
        if name not in self._pictures:
            file = Path(self._book.folder, name).resolve()
            inside = file.is_relative_to(self._book.folder.resolve()) and file.suffix == ".png"
            self._pictures[name] = QImage(str(file)) if inside else QImage()
        return self._pictures[name]

    def _go(self, anchor: str) -> None:
        """Go to a heading, or to the beginning; the caret goes along, for whoever reads by it."""
        names = anchors(self._book.text(self.file))
        block = self.document().begin()
        at = names.index(anchor) if anchor in names else -1
        while block.isValid() and at >= 0:
            if block.blockFormat().headingLevel():
                if at == 0:
                    break
                at -= 1
            block = block.next()
        found = block if at >= 0 and block.isValid() else self.document().begin()
        self.setTextCursor(QTextCursor(found))
        top = self.document().documentLayout().blockBoundingRect(found).top() if at >= 0 else 0
        self.verticalScrollBar().setValue(max(0, round(top) - Space.M))

    def _mark(self) -> None:
        """Mark the words that were searched for."""
        marked: list[QTextEdit.ExtraSelection] = []
        for word in self._words:
            cursor = self.document().find(word)
            while not cursor.isNull() and len(marked) < _MARKED:
                selection = QTextEdit.ExtraSelection()
                selection.cursor = cursor
                selection.format.setBackground(QColor(self._theme.colours.mark))
                marked.append(selection)
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(marked)


def _scaled(whole: QImage, size: QSize, ratio: float, theme: Theme) -> QImage:
    """Return a picture in a size, with a line around it: a picture of a window has no edge of its own."""
    made = whole.scaled(
        round(size.width() * ratio),
        round(size.height() * ratio),
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    ).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(made)
    painter.setPen(QColor(theme.colours.control_line))
    painter.drawRect(0, 0, made.width() - 1, made.height() - 1)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def _set_font(form: QTextCharFormat, font: QFont) -> None:
    """Give a piece of text a font of ours; Markdown's size, relative to the text's, would go before it."""
    form.clearProperty(QTextFormat.Property.FontSizeAdjustment)
    form.setFont(font, QTextCharFormat.FontPropertiesInheritanceBehavior.FontPropertiesSpecifiedOnly)


def _set_format(cursor: QTextCursor, position: int, length: int, form: QTextCharFormat) -> None:
    cursor.setPosition(position)
    cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
    cursor.setCharFormat(form)


def _unescape(document: QTextDocument) -> None:
    """Take the backslash from a bar in the code of a table, which Qt's reader leaves there."""
    cursor = document.find("\\|")
    while not cursor.isNull():
        cursor.insertText("|")
        cursor = document.find("\\|", cursor)
