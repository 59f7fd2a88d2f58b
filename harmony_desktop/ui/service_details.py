"""Everything about one service: its state and why, what it uses, what it is made of, and what can be done with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.meters import MachineSample
from harmony_desktop.control.ports import Usage
from harmony_desktop.control.service_look import ServiceLook
from harmony_desktop.control.state import Light, PageLink, ServiceState, StackState, Stage
from harmony_desktop.ui import icons
from harmony_desktop.ui.details_parts import FactList, LogTail
from harmony_desktop.ui.details_words import container_lines, image_lines, mount_lines, port_lines
from harmony_desktop.ui.flow import FlowLayout
from harmony_desktop.ui.headline import can_act
from harmony_desktop.ui.i18n import capitalised, told, tr
from harmony_desktop.ui.lights import LightWidget, Turning
from harmony_desktop.ui.meter import Meter
from harmony_desktop.ui.scrolling import overlay_scroll_bars
from harmony_desktop.ui.sparkline import LONG
from harmony_desktop.ui.style import button, label, mark, set_text, tool_button
from harmony_desktop.ui.theme import Space, Theme, Type
from harmony_desktop.ui.wording import amount, page_words, share, since, size, spoken_state, stage_word

#: Width of the sheet in logical pixels, at usual text size.
WIDTH = 372


class ServiceDetails(QFrame):
    """A sheet that shows one service; it renders what it is given, and turns presses into intents and signals."""

    close_wanted = Signal()
    service_wanted = Signal(str)
    """Somebody wants the details of another service."""
    log_wanted = Signal(str)
    page_wanted = Signal(str)
    adjust_wanted = Signal(str)

    def __init__(self, theme: Theme, turning: Turning, intents: Intents) -> None:
        super().__init__()
        self._theme = theme
        self._intents = intents
        self._service: ServiceState | None = None
        self._drawn: object = None
        self._links: list[QPushButton] = []
        self.setProperty("surface", "sheet")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._light = LightWidget(theme, turning, 16)
        self._title = label(theme, Type.TITLE)
        self._title.setWordWrap(True)
        self._purpose = label(theme, Type.SECOND, "second")
        self._purpose.setWordWrap(True)
        self._close = tool_button(theme, tr("Close the details (Esc)"))
        self._close.clicked.connect(lambda _checked=False: self.close_wanted.emit())
        self._stage = label(theme, Type.STRONG)
        self._why = label(theme, Type.TEXT)
        self._why.setWordWrap(True)
        self._advice = label(theme, Type.SECOND, "second")
        self._advice.setWordWrap(True)
        self.start = self._button(tr("Start"), lambda name: intents.start((name,)))
        self.stop = self._button(tr("Stop"), lambda name: intents.stop((name,)))
        self.restart = self._button(tr("Restart"), lambda name: intents.restart((name,)))
        self.log = self._button(tr("Show log"), self.log_wanted.emit)
        self.adjust = self._button(tr("Adjust…"), self.adjust_wanted.emit)
        self._cpu = Meter(theme, tr("Processor"), 5.0, samples=LONG)
        self._memory = Meter(theme, tr("Memory"), 1.0, samples=LONG)
        self._gpu = label(theme, Type.SECOND, "second")
        self._gpu.setWordWrap(True)
        self._tail = LogTail(theme, intents.logs)
        self._lists = {
            name: FactList(theme, title)
            for name, title in (
                ("image", tr("Image")),
                ("containers", tr("Containers")),
                ("ports", tr("Ports")),
                ("mounts", tr("Folders and volumes")),
            )
        }
        self._scroll = QScrollArea()
        self._pages_box = QWidget()
        self._pages = FlowLayout(self._pages_box, Space.S)
        self._neighbours_box = QWidget()
        self._neighbours = QVBoxLayout(self._neighbours_box)
        self._usage = QWidget()
        self._build()
        self._redress()
        theme.changed.connect(self._redress)

    @property
    def service(self) -> str:
        """The name of the service that is shown, or ""."""
        return self._service.name if self._service is not None else ""

    def show_service(self, state: StackState, name: str, now: datetime) -> bool:
        """Show a service of a state; return whether there is one of that name."""
        service = state.service(name)
        if service is None:
            return False
        neighbours = tuple(
            (other.name, other.title, other.light)
            for other in state.services
            if other.name in _called(service) or service.name in _called(other) or other.name in service.roots
        )
        drawn = (service, neighbours, can_act(state), now.date())
        if drawn == self._drawn:
            return True
        if self.service != name:
            self._cpu.forget()
            self._memory.forget()
            self._scroll.verticalScrollBar().setValue(0)
        self._drawn = drawn
        self._service = service
        self.setAccessibleName(tr("Details of {service}", service=service.title))
        set_text(self._title, service.title)
        set_text(self._purpose, told(service.description))
        self._purpose.setVisible(bool(service.description))
        self._light.show_light(service.light, spoken_state(service), told(service.reason))
        self._show_state(service, now)
        self._show_actions(service, allowed=can_act(state))
        self._show_neighbours(state, service)
        self._tail.show_service(name)
        self._lists["ports"].show_lines(port_lines(service))
        return True

    def show_look(self, look: ServiceLook, now: datetime) -> None:
        """Show what was found out about the service."""
        if look.service != self.service:
            look = ServiceLook()
        self._lists["image"].show_lines(image_lines(look))
        self._lists["containers"].show_lines(container_lines(look, now))
        self._lists["mounts"].show_lines(mount_lines(look))

    def show_usage(self, usage: Usage | None, cpu: deque[float], memory: deque[float]) -> None:
        """Show what the service uses, with what it has used."""
        self._usage.setVisible(usage is not None)
        if usage is None:
            return
        self._cpu.show_series(cpu, share(usage.cpu))
        self._memory.show_series(memory, amount(usage.memory, usage.memory_limit))

    def show_machine(self, sample: MachineSample | None) -> None:
        """Show how much of the cards' memory the service has, where that is told."""
        words = ""
        if sample is not None and sample.gpus:
            if sample.gpu_by_service is None:
                words = told(sample.gpu_untold)
            elif used := sample.gpu_by_service.get(self.service, 0):
                words = tr("{size} of the graphics card’s memory", size=size(used))
        set_text(self._gpu, words)
        self._gpu.setVisible(bool(words))

    def _show_state(self, service: ServiceState, now: datetime) -> None:
        word, when = stage_word(service), since(service.since, now)
        set_text(self._stage, tr("{state}, {since}", state=word, since=when) if when else word)
        mark(self._stage, "tone", self._theme.light_role(service.light))
        reason = capitalised(told(service.reason))
        if service.exit_code is not None:
            code = tr("It ended with exit code {code}.", code=service.exit_code)
            reason = "\n".join(part for part in (reason, code) if part)
        set_text(self._why, reason)
        self._why.setVisible(bool(reason))
        set_text(self._advice, told(service.advice))
        self._advice.setVisible(bool(service.advice))

    def _show_actions(self, service: ServiceState, *, allowed: bool) -> None:
        runs = service.runs or service.light in {Light.READY, Light.BUSY, Light.ATTENTION}
        again = runs or service.stage is Stage.FAILED
        for made, shown, words in (
            (self.start, not again, tr("Start {service}", service=service.title)),
            (self.stop, runs, tr("Stop {service}", service=service.title)),
            (self.restart, again, tr("Restart {service}", service=service.title)),
        ):
            made.setVisible(shown)
            made.setEnabled(allowed)
            made.setAccessibleName(words)
        usable = runs and service.stage is not Stage.STARTING
        self._show_pages(service, service.pages if usable else ())

    def _show_pages(self, service: ServiceState, pages: Sequence[PageLink]) -> None:
        for old in self._links:
            self._pages.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._links = []
        for page in pages:
            made = button(self._theme, page_words(service, page), "small")
            made.setToolTip(page.url)
            made.clicked.connect(partial(self._emit_page, page.url))
            self._pages.addWidget(made)
            self._links.append(made)
        self._pages_box.setVisible(bool(pages))

    def _emit_page(self, url: str, _checked: bool = False) -> None:
        self.page_wanted.emit(url)

    def _show_neighbours(self, state: StackState, service: ServiceState) -> None:
        """Show where its trouble began, whom it calls, and who calls it: each leads to its details."""
        names = _called(service)
        groups = (
            (tr("Where it began"), service.roots),
            (tr("Calls"), tuple(name for name in names if name not in service.roots)),
            (tr("Called by"), tuple(other.name for other in state.services if service.name in _called(other))),
        )
        while self._neighbours.count():
            item = self._neighbours.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for words, others in groups:
            found = [other for name in others if (other := state.service(name)) is not None]
            if found:
                self._neighbours.addWidget(self._group(words, found))
        self._neighbours_box.setVisible(self._neighbours.count() > 0)

    def _group(self, words: str, found: Sequence[ServiceState]) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(Space.M)
        what = label(self._theme, Type.SECOND, "second", words)
        what.setMinimumWidth(self._theme.scaled(84))
        line.addWidget(what, 0, Qt.AlignmentFlag.AlignTop)
        names = QWidget()
        flow = FlowLayout(names, Space.XS)
        for other in found:
            made = button(self._theme, other.title, "chip")
            made.setAccessibleName(tr("Details of {service}", service=other.title))
            made.setToolTip(f"{stage_word(other)}\n{told(other.reason)}".strip())
            made.clicked.connect(partial(self._emit_service, other.name))
            flow.addWidget(made)
        line.addWidget(names, 1)
        return box

    def _emit_service(self, name: str, _checked: bool = False) -> None:
        self.service_wanted.emit(name)

    def _button(self, text: str, call: Callable[[str], object]) -> QPushButton:
        made = button(self._theme, text, "small")
        made.clicked.connect(lambda _checked=False: call(self.service))
        return made

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 0, 0, 0)
        outer.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(Space.L, Space.L, Space.S, Space.S)
        head.setSpacing(Space.M)
        head.addWidget(self._light, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(_column(2, self._title, self._purpose), 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(head)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setProperty("surface", "sheet-content")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        overlay_scroll_bars(self._scroll)
        inner = QWidget()
        inner.setObjectName("sheet")
        content = QVBoxLayout(inner)
        content.setContentsMargins(Space.L, Space.S, Space.L, Space.XL)
        content.setSpacing(Space.L)
        content.addLayout(_column(Space.XS, self._stage, self._why, self._advice))
        actions = QWidget()
        flow = FlowLayout(actions, Space.S)
        for made in (self.start, self.stop, self.restart, self.log, self.adjust):
            flow.addWidget(made)
        self._neighbours.setContentsMargins(0, 0, 0, 0)
        self._neighbours.setSpacing(Space.S)
        ten_minutes = label(self._theme, Type.STRONG, text=tr("The last ten minutes"))
        self._usage.setLayout(_column(Space.S, ten_minutes, self._cpu, self._memory, self._gpu))
        for part in (actions, self._pages_box, self._neighbours_box, self._usage):
            content.addWidget(part)
        content.addLayout(_column(Space.XS, label(self._theme, Type.STRONG, text=tr("Latest")), self._tail))
        for facts in self._lists.values():
            content.addWidget(facts)
        content.addStretch(1)
        self._scroll.setWidget(inner)
        outer.addWidget(self._scroll, 1)
        self._usage.hide()
        self._gpu.hide()

    def _redress(self) -> None:
        self._close.setIcon(icons.icon(self._theme, "close"))


def _column(gap: int, *parts: QWidget) -> QVBoxLayout:
    made = QVBoxLayout()
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(gap)
    for part in parts:
        made.addWidget(part)
    return made


def _called(service: ServiceState) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(use.service for use in service.uses), *service.depends_on)))
