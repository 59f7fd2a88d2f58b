"""The tray icon: the state as a picture, the sentence as its tooltip, the main actions as its menu."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from harmony_desktop.control.kinds import Light, StackPhase
from harmony_desktop.control.stack_state import StackState
from harmony_desktop.ui import gaming_words, icons
from harmony_desktop.ui.headline import can_act, controls, headline
from harmony_desktop.ui.i18n import tr, trn
from harmony_desktop.ui.lights import paint_light
from harmony_desktop.ui.profiles import can_choose, chosen, profiles
from harmony_desktop.ui.theme import LIGHT
from harmony_desktop.ui.update_words import can_update, new_items
from harmony_desktop.ui.wording import page_words

if TYPE_CHECKING:
    from harmony_desktop.control.intents import Intents
    from harmony_desktop.control.update_news import UpdateNews

_LOOK_INTERVAL = 5_000  # milliseconds between two looks for a tray that comes later
_GRACE = 2_000  # milliseconds that a tray gets to come back (a desktop's shell that starts anew)
_SIZES = (16, 22, 24, 32, 44, 48, 64)


class Tray(QObject):
    """Owns the tray icon, as far as the desktop has a tray."""

    show_wanted = Signal()
    toggle_wanted = Signal()
    quit_wanted = Signal()
    page_wanted = Signal(str)
    gone = Signal()
    """The desktop has a tray no longer."""

    def __init__(self, parent: QObject, intents: Intents, is_available: Callable[[], bool] | None = None) -> None:
        super().__init__(parent)
        self._intents = intents
        self._is_available = is_available or QSystemTrayIcon.isSystemTrayAvailable
        self._icon: QSystemTrayIcon | None = None
        self._light: Light | None = None
        self._pages: tuple[tuple[str, str], ...] = ()
        self.menu = QMenu()
        self.sentence = self.menu.addAction("")
        self.sentence.setEnabled(False)
        self.menu.addSeparator()
        self.start = self._add(tr("Start"), intents.start)
        self.stop = self._add(tr("Stop"), intents.stop)
        self.restart = self._add(tr("Restart"), intents.restart)
        self.update = self._add("", self._update)
        self.update.setVisible(False)
        self.gaming = self._add("", self._play)
        self._before_pages = self.menu.addSeparator()
        self._page_actions: list[QAction] = []
        self._after_pages = self.menu.addSeparator()
        self.profiles = self._add_profiles()
        self.menu.addSeparator()
        self._add(tr("Show Harmony"), self.show_wanted.emit)
        self._add(tr("Quit"), self.quit_wanted.emit)
        # A watcher that starts after show() never gets the icon, so a new one is made when the tray appears.
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_INTERVAL)
        self._look.timeout.connect(self.look_for_tray)
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.setInterval(_GRACE)
        self._grace.timeout.connect(self._miss)

    @property
    def available(self) -> bool:
        """Whether the desktop shows our icon now (``isVisible`` says yes even without a tray)."""
        return self._icon is not None and self._is_available()

    @property
    def icon(self) -> QSystemTrayIcon | None:
        """The icon, or None while the desktop has no tray."""
        return self._icon

    def begin(self) -> None:
        """Show the icon, now or when a tray appears."""
        self.look_for_tray()
        self._look.start()

    def end(self) -> None:
        """Take the icon away."""
        self._look.stop()
        self._grace.stop()
        self._drop()
        self.menu.deleteLater()

    def look_for_tray(self) -> None:
        """Make the icon when a tray has come, let it go when the tray has gone."""
        available = self._is_available()
        if available and self._icon is None:
            self._icon = QSystemTrayIcon(self)
            self._icon.setContextMenu(self.menu)
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self.show_wanted)
            self._light = None
            self.show_state(self._intents.store.value)
            self._icon.show()
        elif not available and self._icon is not None:
            self._drop()
            self._grace.start()

    def show_state(self, state: StackState) -> None:
        """Show a state."""
        line = headline(state, datetime.now().astimezone())
        self.sentence.setText(line.title.replace("&", "&&"))
        shown = controls(state)
        for action, control in ((self.start, shown.start), (self.stop, shown.stop), (self.restart, shown.restart)):
            action.setEnabled(control.visible and control.enabled)
        self.gaming.setText(gaming_words.back_title() if state.gaming is not None else gaming_words.free_title(state))
        self.gaming.setVisible(state.phase is StackPhase.LOADED)
        self.gaming.setEnabled(can_act(state))
        self._show_pages(state)
        self._show_profile(state)
        self.show_news(self._intents.news.value)
        if self._icon is None:
            return
        # What goes well needs no detail, and "running for 2 h" would grow old while nothing changes.
        tooltip = line.title if line.light is Light.READY else f"{line.title}\n{line.detail}"
        if tooltip != self._icon.toolTip():
            self._icon.setToolTip(tooltip)
        if line.light is not self._light:
            self._light = line.light
            self._icon.setIcon(tray_picture(line.light))

    def tell(self, title: str, text: str) -> None:
        """Say something through the desktop's notifications."""
        if self._icon is not None:
            self._icon.showMessage(title, text, icons.app_icon(), 8_000)

    def _add(self, text: str, call: Callable[[], None]) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(lambda _checked=False: call())
        return action

    def show_news(self, news: UpdateNews) -> None:
        """Offer an update while there is one."""
        newer = new_items(news)
        self.update.setVisible(bool(newer))
        if newer:
            self.update.setText(trn("Update one service", "Update {n} services", len(newer)))
            self.update.setEnabled(can_update(self._intents.store.value))

    def _play(self) -> None:
        """Hand the graphics card to a game, or bring everything back."""
        if self._intents.store.value.gaming is None:
            self._intents.free_for_game()
        else:
            self._intents.bring_back()

    def _update(self) -> None:
        self._intents.update(tuple(item.service for item in new_items(self._intents.news.value)))

    def _add_profiles(self) -> dict[str, QAction]:
        """Add the choice of what Harmony computes on, as a menu of its own."""
        self._profile_menu = QMenu(tr("Compute on"), self.menu)
        self.menu.addMenu(self._profile_menu)
        group = QActionGroup(self._profile_menu)
        made = {}
        for name, title in profiles():
            action = self._profile_menu.addAction(title)
            action.setCheckable(True)
            group.addAction(action)
            action.triggered.connect(partial(self._choose_profile, name))
            made[name] = action
        return made

    def _choose_profile(self, name: str, _checked: bool = False) -> None:
        state = self._intents.store.value
        if name != chosen(state.hardware):
            self._intents.choose_hardware(name)
        # What is marked is what is in force, and that is for the core to tell.
        self._show_profile(self._intents.store.value)

    def _show_profile(self, state: StackState) -> None:
        self._profile_menu.setEnabled(can_choose(state))
        in_force = chosen(state.hardware)
        for name, action in self.profiles.items():
            action.setEnabled(can_choose(state))
            if action.isChecked() != (name == in_force):
                action.setChecked(name == in_force)

    def _show_pages(self, state: StackState) -> None:
        usable = {Light.READY, Light.ATTENTION, Light.BUSY}
        pages = tuple(
            (page_words(service, page), page.url)
            for service in state.services
            if service.light in usable
            for page in service.pages
        )
        if pages == self._pages:
            return
        self._pages = pages
        for action in self._page_actions:
            self.menu.removeAction(action)
            action.deleteLater()
        self._page_actions = []
        for title, url in pages:
            action = QAction(title.replace("&", "&&"), self.menu)
            action.triggered.connect(lambda _checked=False, url=url: self.page_wanted.emit(url))
            self.menu.insertAction(self._after_pages, action)
            self._page_actions.append(action)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.toggle_wanted.emit()

    def _miss(self) -> None:
        """Tell that the tray is gone, unless it has come back."""
        self.look_for_tray()
        if self._icon is None:
            self.gone.emit()

    def _drop(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None


def tray_picture(light: Light) -> QIcon:
    """Return the app's mark with the light as a badge: readable on light and dark panels."""
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(_picture(light, size))
    return made


def _picture(light: Light, size: int) -> QPixmap:
    image = icons.app_icon().pixmap(size, size)
    canvas = QPixmap(size, size)
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    resting = light in {Light.STOPPED, Light.UNKNOWN}
    painter.setOpacity(0.6 if resting else 1.0)
    painter.drawPixmap(0, 0, image)
    painter.setOpacity(1.0)
    edge = round(size * 0.58)
    badge = QRectF(size - edge, size - edge, edge, edge)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(LIGHT.card))
    painter.drawRoundedRect(badge, edge * 0.5, edge * 0.5)
    inset = max(1.0, edge * 0.08)
    # The badge has a white ground of its own, whatever the panel's colour: the light scheme's colours fit it.
    colour = getattr(LIGHT, _BADGE[light])
    paint_light(painter, light, badge.adjusted(inset, inset, -inset, -inset), colour, LIGHT.card)
    painter.end()
    return canvas


_BADGE = {
    Light.READY: "ready",
    Light.BUSY: "attention",
    Light.ATTENTION: "attention",
    Light.FAILED: "failed",
    Light.STOPPED: "stopped",
    Light.UNKNOWN: "stopped",
}
