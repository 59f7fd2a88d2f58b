"""One service as a row of fixed columns: light, name, state, CPU, memory, pages, menu."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QMenu, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from harmony_desktop.control.ports import Usage
from harmony_desktop.control.state import Light, PageLink, ServiceState, Stage
from harmony_desktop.control.update_news import Availability, Standing
from harmony_desktop.ui import icons
from harmony_desktop.ui.i18n import told, tr
from harmony_desktop.ui.labels import ElidedLabel, NameButton
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.sparkline import Sparkline
from harmony_desktop.ui.style import button, label, mark, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.update_words import badge
from harmony_desktop.ui.wording import explanation, is_main_page, page_words, percent, size, spoken_state, state_lines

STATE_WIDTH = 212
NARROW_STATE_WIDTH = 136
CHART_WIDTH = 104
#: Wide enough for memory and the graphics card's: "2.4 GB · 7.9 GB GPU".
MEMORY_WIDTH = 138
CHART_GAP = 20
NARROW_CHART_WIDTH = 76


class ServiceRow(QFrame):
    """Shows one service and offers what can be done with it."""

    start = Signal(str)
    stop = Signal(str)
    restart = Signal(str)
    show_log = Signal(str)
    open_page = Signal(str)
    copy_address = Signal(str)
    update_wanted = Signal(str)
    adjust_wanted = Signal(str)
    details_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning, first: bool) -> None:
        super().__init__()
        self._theme = theme
        self._service: ServiceState | None = None
        self._can_act = False
        self._seen: object = None
        self.setProperty("surface", "row")
        self.setProperty("first", "yes" if first else "no")
        self.setProperty("leads", "yes")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMinimumHeight(theme.scaled(66))
        self.light = LightWidget(theme, turning)
        self._narrow = False
        self._used: Usage | None = None
        self._gpu = 0
        self._title = NameButton(theme)
        self._title.clicked.connect(self._want_details)
        self._badge = label(theme, Type.SMALL, "update")
        self._badge.setVisible(False)
        self._update: Availability | None = None
        self._purpose = ElidedLabel(theme, Type.SECOND, "second")
        self._stage = ElidedLabel(theme, Type.STRONG, "stopped")
        self._reason = ElidedLabel(theme, Type.SECOND, "second")
        self._cpu_chart = Sparkline(theme, 5.0)
        self._memory_chart = Sparkline(theme, 1.0)
        # The newest value stands beside each chart, as a text.
        self._cpu_chart.setAccessibleName(tr("Processor over time"))
        self._memory_chart.setAccessibleName(tr("Memory over time"))
        self._cpu = ElidedLabel(theme, Type.SECOND, "second")
        self._memory = ElidedLabel(theme, Type.SECOND, "second")
        self._remedy = button(theme, "", "small")
        self._remedy.clicked.connect(self._apply_remedy)
        self._pages: list[QPushButton] = []
        self._links: tuple[PageLink, ...] = ()
        self._menu_button = tool_button(theme, tr("More"))
        self._menu_button.clicked.connect(self.open_menu)
        self._build()
        self._redress()
        theme.changed.connect(self._redress)

    def show_service(self, service: ServiceState, now: datetime, can_act: bool) -> None:
        """Show a service as it is now."""
        seen = (service, can_act, now.date(), now.hour, now.minute, now.second // 10)
        if seen == self._seen:
            return
        self._seen = seen
        self._service, self._can_act = service, can_act
        self._title.show_text(service.title)
        stage, reason = state_lines(service, now)
        self._stage.show_text(stage)
        # What is wrong matters more than what it is for, and has more to say than fits below the stage.
        wrong = bool(reason) and service.light in {Light.FAILED, Light.ATTENTION}
        self._purpose.show_text(reason if wrong else told(service.description))
        self._reason.show_text("" if wrong else reason)
        self._reason.setVisible(bool(reason) and not wrong)
        mark(self._stage, "tone", self._theme.light_role(service.light))
        self.light.show_light(service.light, spoken_state(service), explanation(service, now))
        self._menu_button.setAccessibleName(tr("More for {service}", service=service.title))
        self._show_remedy(service)
        self._show_pages(service)

    def show_usage(self, usage: Usage | None, cpu: deque[float] | None, memory: deque[float] | None) -> None:
        """Show what the service uses; nothing at all while it does not run."""
        self._cpu.show_text(percent(usage.cpu) if usage else "")
        self._used = usage
        self._show_memory()
        self._cpu_chart.show_series(cpu if cpu is not None else deque())
        self._memory_chart.show_series(memory if memory is not None else deque())

    def show_gpu(self, used: int) -> None:
        """Show how many bytes of the graphics cards' memory the service has; 0 where it has none, or nobody tells."""
        if used != self._gpu:
            self._gpu = used
            self._show_memory()

    def _show_memory(self) -> None:
        words = size(self._used.memory) if self._used else ""
        if self._used and self._gpu and not self._narrow:
            words = tr("{memory} · {gpu} GPU", memory=words, gpu=size(self._gpu))
        self._memory.show_text(words)

    def select(self, selected: bool) -> None:
        """Show that this row's details are open."""
        mark(self, "marked", "yes" if selected else "no")

    def focus_name(self) -> None:
        """Go to the name, as somebody who comes by keyboard."""
        self._title.setFocus(Qt.FocusReason.TabFocusReason)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open the details where the row itself was clicked."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._want_details()
        super().mouseReleaseEvent(event)

    def _want_details(self) -> None:
        if self._service is not None:
            self.details_wanted.emit(self._service.name)

    def show_update(self, item: Availability | None) -> None:
        """Mark the row when there is an update, or when one is held back."""
        if item == self._update:
            return
        self._update = item
        self._badge.setVisible(item is not None)
        if item is not None:
            words, meaning = badge(item)
            set_text(self._badge, words)
            mark(self._badge, "tone", "held" if item.standing is Standing.HELD else "update")
            self._badge.setToolTip(meaning)
            self._badge.setAccessibleDescription(meaning)

    def set_folded(self, folded: int) -> None:
        """Give room to names and states: 0 folds nothing away, 1 the charts, 2 what is used altogether."""
        narrow = folded > 0
        self._narrow = narrow
        self._usage_box.setVisible(folded < 2)
        self._show_memory()
        self._cpu_chart.setVisible(not narrow)
        self._memory_chart.setVisible(not narrow)
        direction = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._usage.setDirection(direction)
        self._usage.setSpacing(0 if narrow else self._theme.scaled(CHART_GAP))
        width = NARROW_CHART_WIDTH if narrow else CHART_WIDTH + MEMORY_WIDTH + CHART_GAP
        self._usage_box.setFixedWidth(self._theme.scaled(width))
        for block, wide in zip(self._blocks, (CHART_WIDTH, MEMORY_WIDTH), strict=True):
            block.setFixedWidth(self._theme.scaled(NARROW_CHART_WIDTH if narrow else wide))
        self._state_box.setFixedWidth(self._theme.scaled(NARROW_STATE_WIDTH if narrow else STATE_WIDTH))

    def pages_width(self) -> int:
        """Return the width that the buttons of this row need."""
        shown = [b for b in (self._remedy, *self._pages) if not b.isHidden()]
        return sum(b.sizeHint().width() for b in shown) + Space.S * max(0, len(shown) - 1)

    def set_pages_width(self, width: int) -> None:
        """Reserve the same width in every row, so that the columns stand."""
        self._pages_box.setFixedWidth(width)

    def open_menu(self) -> None:
        """Open the row's menu below its button."""
        if self._service is None:
            return
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        corner = self._menu_button.mapToGlobal(QPoint(self._menu_button.width(), self._menu_button.height() + 2))
        menu.popup(corner - QPoint(menu.sizeHint().width(), 0))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the row's menu where the pointer is, or below its button for whoever asks by keyboard."""
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            self.open_menu()
        elif self._service is not None:
            menu = self.menu()
            menu.aboutToHide.connect(menu.deleteLater)
            menu.popup(event.globalPos())

    def menu(self) -> QMenu:
        """Return a new menu of everything that can be done with this service."""
        menu = QMenu(self)
        service = self._service
        if service is None:
            return menu
        runs = service.runs or service.light in {Light.READY, Light.BUSY, Light.ATTENTION}
        for text, signal, wanted in (
            (tr("Start"), self.start, not runs),
            (tr("Stop"), self.stop, runs),
            (tr("Restart"), self.restart, runs or service.stage is Stage.FAILED),
        ):
            if wanted:
                action = self._add(menu, text, partial(signal.emit, service.name))
                action.setEnabled(self._can_act)
        if self._update is not None:
            update = self._add(
                menu, tr("Update {service}", service=service.title), partial(self.update_wanted.emit, service.name)
            )
            update.setEnabled(self._can_act)
        menu.addSeparator()
        self._add(menu, tr("Details"), self._want_details)
        self._add(menu, tr("Show log"), partial(self.show_log.emit, service.name))
        self._add(menu, tr("Adjust…"), partial(self.adjust_wanted.emit, service.name))
        if service.pages:
            menu.addSeparator()
        for page in service.pages:
            self._add(menu, page_words(service, page), partial(self.open_page.emit, page.url))
        for page in service.pages:
            self._add(menu, tr("Copy {address}", address=page.url), partial(self.copy_address.emit, page.url))
        return menu

    def _add(self, menu: QMenu, text: str, call: Callable[[], object]) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda _checked=False: call())
        return action

    def _build(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(Space.L, Space.S, Space.M, Space.S)
        layout.setSpacing(0)
        layout.addWidget(self.light, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addSpacing(Space.M + 2 - NameButton.GAP)
        # In the second line: a narrow window takes words from the purpose rather than from the name.
        below = QWidget()
        below_layout = QHBoxLayout(below)
        below_layout.setContentsMargins(NameButton.GAP, 0, 0, 0)
        below_layout.setSpacing(Space.S)
        below_layout.addWidget(self._badge)
        below_layout.addWidget(self._purpose, 1)
        names, names_layout = _block(self._title, below)
        names_layout.setAlignment(self._title, Qt.AlignmentFlag.AlignLeft)
        names.setMinimumWidth(self._theme.scaled(110))
        layout.addWidget(names, 1)
        layout.addSpacing(Space.M)
        self._state_box, _ = _block(self._stage, self._reason)
        layout.addWidget(self._state_box)
        layout.addSpacing(Space.M)
        self._usage_box = QWidget()
        self._usage = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._usage_box)
        self._usage.setContentsMargins(0, 0, 0, 0)
        self._blocks: list[QWidget] = []
        for chart, text in ((self._cpu_chart, self._cpu), (self._memory_chart, self._memory)):
            block, _ = _block(chart, text)
            self._usage.addWidget(block)
            self._blocks.append(block)
        self._usage.insertStretch(0)
        self._usage.addStretch()
        layout.addWidget(self._usage_box)
        layout.addSpacing(Space.S)
        self._pages_box = QWidget()
        self._pages_layout = QHBoxLayout(self._pages_box)
        self._pages_layout.setContentsMargins(0, 0, 0, 0)
        self._pages_layout.setSpacing(Space.S)
        self._pages_layout.addStretch(1)
        self._pages_layout.addWidget(self._remedy)
        layout.addWidget(self._pages_box)
        layout.addSpacing(Space.S)
        layout.addWidget(self._menu_button)
        self.set_folded(0)

    def _show_remedy(self, service: ServiceState) -> None:
        words = {
            Stage.FAILED: (tr("Restart"), tr("Restart {service}", service=service.title)),
            Stage.STOPPED: (tr("Start"), tr("Start {service}", service=service.title)),
            Stage.ABSENT: (tr("Start"), tr("Start {service}", service=service.title)),
        }.get(service.stage)
        self._remedy.setVisible(words is not None)
        if words is not None:
            self._remedy.setText(words[0])
            self._remedy.setAccessibleName(words[1])
            self._remedy.setEnabled(self._can_act)

    def _apply_remedy(self) -> None:
        if self._service is not None:
            (self.restart if self._service.stage is Stage.FAILED else self.start).emit(self._service.name)

    def _show_pages(self, service: ServiceState) -> None:
        usable = service.light in {Light.READY, Light.ATTENTION, Light.BUSY} and service.stage is not Stage.STARTING
        links = service.pages if usable else ()
        if links == self._links:
            return
        self._links = links
        for old in self._pages:
            self._pages_layout.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._pages = []
        for page in links:
            made = button(self._theme, tr("Open") if is_main_page(service, page) else page.title, "small")
            made.setAccessibleName(page_words(service, page))
            made.setToolTip(page.url)
            made.clicked.connect(partial(self._emit_page, page.url))
            self._pages_layout.addWidget(made)
            self._pages.append(made)

    def _emit_page(self, url: str, _checked: bool = False) -> None:
        self.open_page.emit(url)

    def _redress(self) -> None:
        self._menu_button.setIcon(icons.icon(self._theme, "more"))


def _block(upper: QWidget, lower: QWidget) -> tuple[QWidget, QVBoxLayout]:
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(1)
    layout.addWidget(upper)
    layout.addWidget(lower)
    box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
    return box, layout
