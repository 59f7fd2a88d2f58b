"""Merges one file: change by change, with the result beside it, to be edited and checked before it is saved."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from harmony_desktop.control.config_desk import Draft
from harmony_desktop.control.findings import Correction, Finding, Severity
from harmony_desktop.control.merging import Merge
from harmony_desktop.control.upgrade_desk import Merging, UpgradeState, Upgrading
from harmony_desktop.ui.code_edit import CodeEdit
from harmony_desktop.ui.config_problems import ProblemStrip
from harmony_desktop.ui.config_questions import YES, FileQuestion, ask_about_mistakes
from harmony_desktop.ui.i18n import told, tr, trn
from harmony_desktop.ui.labels import ElidedLabel
from harmony_desktop.ui.merge_hunk import HunkCard
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.shortcuts import keys
from harmony_desktop.ui.style import button, label, set_text
from harmony_desktop.ui.theme import Space, Theme, Type

#: Milliseconds without a key after which a text is checked.
_PAUSE = 250
_CHANGES, _RESULT = 0, 1


class MergeView(QWidget):
    """Shows the file that the desk merges.

    Args:
        theme: The looks.
        desk: What merges.
    """

    def __init__(self, theme: Theme, desk: Upgrading) -> None:
        super().__init__()
        self._theme = theme
        self._desk = desk
        self._merge: Merge | None = None
        self._turn = -1
        self.cards: dict[int, HunkCard] = {}
        self.text = CodeEdit(theme)
        self.text.setAccessibleName(tr("What comes of the merge"))
        self.problems = ProblemStrip(theme)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self.flush)
        self._build()
        self.text.edited.connect(self._pause.start)
        self.problems.chosen.connect(self._go_to)
        self.problems.correct.connect(self._correct)
        for deed, call in (("save-file", self._save), ("next-problem", self._go_to_next)):
            for key in keys(deed):
                made = QShortcut(QKeySequence(key), self)
                made.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                made.activated.connect(call)
        self.setFocusProxy(self.tabs[_CHANGES])

    def flush(self) -> None:
        """Give what was typed to the desk."""
        self._pause.stop()
        if self._merge is not None:
            self._desk.write(self.text.text())

    def show_state(self, state: UpgradeState) -> None:
        """Render the merge."""
        self._show_files(state)
        fault = state.fault
        words = " ".join(told(part) for part in (fault.title, fault.cause, fault.advice) if part) if fault else ""
        set_text(self._fault_words, words)
        self._fault.setVisible(bool(words))
        now = state.merging
        if now is None:
            self._merge, self._turn = None, -1
            return
        if now.merge is not self._merge:
            self._show_merge(now)
        if now.turn != self._turn:
            self._turn = now.turn
            self._pause.stop()
            self.text.take(now.text)
        by_hand = now.written is not None
        for number, card in self.cards.items():
            card.show_choice(now.choices.get(number), enabled=not by_hand)
        self._by_hand.setVisible(by_hand)
        if now.checked is not None:
            self.text.show_findings(now.findings, now.checked)
        opened = now.versions.opened
        self.problems.show_draft(Draft(opened, now.text, findings=now.findings, checked=now.checked))
        self.problems.setVisible(bool(now.findings) and self._pages.currentIndex() == _RESULT)
        self._show_end(state, now)

    def _show_merge(self, now: Merging) -> None:
        """Show another merge."""
        self._merge, self._turn = now.merge, now.turn
        self.text.load(now.text, now.versions.opened.syntax)
        for old in self.cards.values():
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        changes = now.merge.changes
        self.cards = {}
        for place, number in enumerate(changes, start=1):
            card = HunkCard(self._theme, now.merge, number, place, len(changes))
            card.chosen.connect(self._desk.choose)
            self.cards[number] = card
            self._column.insertWidget(place - 1, card)
        self._show_page(_CHANGES)
        self._area.verticalScrollBar().setValue(0)
        if not now.merge.has_base:
            words = tr(
                "What both versions come from is not known, as this folder is older: every difference has to be chosen."
            )
        else:
            words = tr(
                "What only one side changed is merged by itself. Nothing is written before you save, and what you have "
                "now stays beside it as a backup."
            )
        set_text(self._hint, words)

    def _show_files(self, state: UpgradeState) -> None:
        if state.merging is not None:
            self._file.show_text(state.merging.versions.opened.name)
        self.others.setVisible(len(state.names) > 1)

    def menu(self) -> QMenu:
        """Return the menu of the other files that have newer versions."""
        menu = QMenu(self)
        for name in self._desk.store.value.names:
            action = menu.addAction(name)
            action.setEnabled(name != self._name())
            action.triggered.connect(lambda _checked=False, wanted=name: self._open_other(wanted))
        return menu

    def _show_menu(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.others.mapToGlobal(self.others.rect().bottomLeft()))

    def _show_end(self, state: UpgradeState, now: Merging) -> None:
        conflicts = len(now.merge.conflicts)
        if now.undecided and now.written is not None:
            words = tr("Marks of conflicts (<<<<<<<, >>>>>>>) are still in the result.")
        elif now.undecided:
            words = trn("{n} change is still to be chosen", "{n} changes are still to be chosen", now.undecided)
        elif conflicts and now.written is None:
            words = tr("All is chosen.")
        else:
            words = tr("Nothing has to be chosen.")
        set_text(self._left, words)
        self.save.setEnabled(not now.undecided and not state.busy)
        for made in (self.mine, self.new, self.later):
            made.setEnabled(not state.busy)

    # What it is made of

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(Space.S)
        layout.addLayout(self._head())
        self._hint = label(self._theme, Type.SECOND, "second")
        self._hint.setWordWrap(True)
        layout.addWidget(self._hint)
        self._fault = QFrame()
        self._fault.setProperty("surface", "attention")
        inside = QHBoxLayout(self._fault)
        inside.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        self._fault_words = label(self._theme, Type.TEXT)
        self._fault_words.setWordWrap(True)
        inside.addWidget(self._fault_words, 1)
        layout.addWidget(self._fault)
        self._fault.setVisible(False)
        layout.addWidget(self._make_by_hand())
        self._pages = QStackedWidget()
        self._pages.addWidget(self._make_changes())
        self._pages.addWidget(self.text)
        layout.addWidget(self._pages, 1)
        layout.addWidget(self.problems)
        self.problems.setVisible(False)
        layout.addLayout(self._foot())

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._file = ElidedLabel(self._theme, Type.STRONG)
        self.others = button(self._theme, tr("Other files") + "  ▾", "chip")
        self.others.clicked.connect(lambda _checked=False: self._show_menu())
        row.addWidget(self._file, 1)
        row.addWidget(self.others)
        self.tabs: list[QPushButton] = []
        for page, words in ((_CHANGES, tr("Changes")), (_RESULT, tr("Result"))):
            made = button(self._theme, words, "chip")
            made.setCheckable(True)
            made.setChecked(page == _CHANGES)
            made.clicked.connect(lambda _checked=False, shown=page: self._show_page(shown))
            self.tabs.append(made)
            row.addWidget(made)
        return row

    def _make_by_hand(self) -> QFrame:
        self._by_hand = QFrame()
        self._by_hand.setProperty("surface", "card")
        inside = QHBoxLayout(self._by_hand)
        inside.setContentsMargins(Space.M, Space.S, Space.M, Space.S)
        inside.setSpacing(Space.M)
        words = label(self._theme, Type.SECOND, text=tr("You have edited the result: it counts, and the choices rest."))
        words.setWordWrap(True)
        self.again = button(self._theme, tr("Back to the choices"), "small")
        self.again.clicked.connect(lambda _checked=False: self._begin_again())
        inside.addWidget(words, 1)
        inside.addWidget(self.again)
        self._by_hand.setVisible(False)
        return self._by_hand

    def _make_changes(self) -> QScrollArea:
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        overlay_scroll_bars(self._area)
        inner = QWidget()
        inner.setObjectName("page")
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(0, 0, Space.M, 0)
        self._column.setSpacing(Space.M)
        self._column.addStretch(1)
        self._area.setWidget(inner)
        return self._area

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(Space.S)
        self._left = label(self._theme, Type.SECOND, "second")
        self._left.setWordWrap(True)
        row.addWidget(self._left, 1)

        def small(words: str, tip: str, call: Callable[[], None], kind: str = "small") -> QPushButton:
            made = button(self._theme, words, kind)
            made.setToolTip(tip)
            made.clicked.connect(lambda _checked=False: call())
            row.addWidget(made)
            return made

        self.later = small(tr("Later"), tr("The newer version stays beside your file."), self._leave)
        self.mine = small(
            tr("Keep my file"), tr("Nothing of the new version is taken; you hear of the next one."), self._keep_mine
        )
        self.new = small(
            tr("Take the new file"), tr("Your changes go; what you have now stays as a backup."), self._take_new
        )
        self.save = small(tr("Save"), tr("Ctrl+S"), self._save, "small-primary")
        return row

    # What it does

    def _show_page(self, page: int) -> None:
        self.flush()
        for index, made in enumerate(self.tabs):
            made.setChecked(index == page)
        self._pages.setCurrentIndex(page)
        now = self._desk.store.value.merging
        self.problems.setVisible(page == _RESULT and now is not None and bool(now.findings))

    def _name(self) -> str:
        now = self._desk.store.value.merging
        return now.versions.opened.name if now is not None else ""

    def _touched(self) -> bool:
        now = self._desk.store.value.merging
        return now is not None and (bool(now.choices) or now.written is not None)

    def _asking(self, call: Callable[[], None]) -> None:
        """Do something that forgets what was chosen, after a question where something was."""
        self.flush()
        if not self._touched():
            call()
            return
        question = FileQuestion(
            self._theme,
            self.window(),
            tr("Forget what you chose?"),
            tr("The merge of {file} is not saved. Your file stays as it is.", file=self._name()),
            [(YES, tr("Forget it"))],
        )
        question.answered.connect(lambda _answer: call())
        question.open()

    def _open_other(self, name: str) -> None:
        if name != self._name():
            self._asking(lambda: self._desk.open(name))

    def _leave(self) -> None:
        self._asking(self._desk.leave)

    def _keep_mine(self) -> None:
        name = self._name()
        self._asking(lambda: self._desk.keep_mine(name))

    def _take_new(self) -> None:
        name = self._name()
        self._asking(lambda: self._desk.take_new(name))

    def _begin_again(self) -> None:
        self._pause.stop()
        self._desk.begin_again()

    def _save(self) -> None:
        self.flush()
        now = self._desk.store.value.merging
        if now is None or not self.save.isEnabled() or now.undecided:
            return
        if any(one.severity is Severity.ERROR for one in now.findings):
            question = ask_about_mistakes(self._theme, self.window(), now.versions.opened.name)
            question.answered.connect(lambda _answer: self._desk.save())
            question.open()
        else:
            self._desk.save()

    def _go_to_next(self) -> None:
        """Go to the next change that has to be chosen, or to the next mistake of the result."""
        now = self._desk.store.value.merging
        if now is None:
            return
        if self._pages.currentIndex() == _RESULT and now.findings:
            self.problems.list.setCurrentRow((self.problems.list.currentRow() + 1) % len(now.findings))
            self.problems.list.itemActivated.emit(self.problems.list.currentItem())
            return
        self._show_page(_CHANGES)
        left = now.merge.undecided(now.choices) or now.merge.conflicts
        here = next((number for number, card in self.cards.items() if card.isAncestorOf(self.focusWidget())), -1)
        if left:
            card = self.cards[next((number for number in left if number > here), left[0])]
            self._area.ensureWidgetVisible(card)
            card.focus_choice()

    def _correct(self, correction: Correction, checked: str) -> None:
        self._show_page(_RESULT)
        if self.text.correct(correction, checked):
            self.flush()

    def _go_to(self, one: Finding) -> None:
        self._show_page(_RESULT)
        self.text.go_to(one.start)
        self.text.setFocus()
