"""What stands below the headline once there is a stack: fault, progress, notes, map, services, latest lines.

Made when the first stack is there, so that the first paint does not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout

from harmony_desktop.control.intents import Intents
from harmony_desktop.control.meters import MachineSample
from harmony_desktop.control.ports import EngineStatus, Usage
from harmony_desktop.control.state import StackState
from harmony_desktop.control.update_news import UpdateNews
from harmony_desktop.ui.banners import FaultBanner, NotesBanner, ProgressCard
from harmony_desktop.ui.faults import fault
from harmony_desktop.ui.gaming_banner import GamingBanner
from harmony_desktop.ui.headline import Choice
from harmony_desktop.ui.latest_log import LatestLog
from harmony_desktop.ui.lights import Turning
from harmony_desktop.ui.memory_banner import MemoryBanner
from harmony_desktop.ui.newer_banner import NewerBanner
from harmony_desktop.ui.release_banner import ReleaseBanner
from harmony_desktop.ui.service_list import ServiceList
from harmony_desktop.ui.service_row import ServiceRow
from harmony_desktop.ui.stack_map import StackMap
from harmony_desktop.ui.style import card
from harmony_desktop.ui.theme import Theme
from harmony_desktop.ui.update_banner import UpdateBanner


class StackSections:
    """Builds the sections into a layout and renders states on them.

    Args:
        theme: The looks.
        turning: The clock of turning rings.
        intents: What presses become.
        above: Layout for what stands above the engine's card.
        below: Layout for what stands below it.
    """

    def __init__(
        self, theme: Theme, turning: Turning, intents: Intents, above: QVBoxLayout, below: QVBoxLayout
    ) -> None:
        self._theme, self._intents = theme, intents
        self.fault = FaultBanner(theme, turning)
        self.progress = ProgressCard(theme, turning)
        self.notes = NotesBanner(theme, turning)
        self.updates = UpdateBanner(theme, intents)
        self.release = ReleaseBanner(theme, intents.app_releases)
        self.newer = NewerBanner(theme, intents.upgrading, quiet=True)
        self.gaming = GamingBanner(theme, intents)
        self.memory = MemoryBanner(theme)
        self.map = StackMap(theme, turning)
        self.services = ServiceList(theme, turning)
        self.latest = LatestLog(theme, intents.logs)
        self._map_card = card()
        inside = QVBoxLayout(self._map_card)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.map)
        for banner in (self.fault, self.progress, self.gaming, self.notes, self.updates, self.release, self.newer):
            above.addWidget(banner)
        above.addWidget(self.memory)
        self.memory.start_wanted.connect(intents.start)
        self._plan_seen: object = None
        for part in (self._map_card, self.services, self.latest):
            below.addWidget(part)
        self.fault.dismissed.connect(intents.dismiss_problem)
        self.progress.cancelled.connect(intents.cancel)
        self.services.start.connect(lambda name: intents.start((name,)))
        self.services.stop.connect(lambda name: intents.stop((name,)))
        self.services.restart.connect(lambda name: intents.restart((name,)))
        self.services.update_wanted.connect(lambda name: intents.update((name,)))
        self.services.copy_address.connect(_copy)
        self.services.adjust_wanted.connect(self._adjust)

    def connect(
        self,
        *,
        chosen: Callable[[Choice], None],
        log_wanted: Callable[[str], None],
        page_wanted: Callable[[str], None],
        details_wanted: Callable[[str], None],
    ) -> None:
        """Say who hears of choices, logs, pages and details that a user asks for."""
        self.fault.chosen.connect(chosen)
        self.services.show_log.connect(log_wanted)
        self.latest.all_logs.connect(partial(log_wanted, ""))
        self.services.open_page.connect(page_wanted)
        self.map.chosen.connect(details_wanted)
        self.services.details_wanted.connect(details_wanted)

    def show_state(self, state: StackState, now: datetime) -> None:
        """Render a state."""
        self.fault.show_fault(fault(state))
        self.progress.show_operation(state.operation)
        self.gaming.show_state(state)
        going_on = state.operation.warnings if state.operation is not None else ()
        self.notes.show_notes(going_on or state.warnings)
        self.memory.show_state(state)
        self._plan_memory(state)
        self.services.show_state(state, now)
        self.services.setVisible(bool(state.services))
        self.map.show_state(state)
        self._map_card.setVisible(len(state.services) > 1)
        self.latest.show_state(state)
        self.latest.setVisible(bool(state.services) and state.engine.status is EngineStatus.READY)

    def show_news(self, state: StackState, news: UpdateNews) -> None:
        """Tell of updates."""
        self.updates.show_news(state, news)
        self.services.show_news(news)

    def show_usage(self, usage: Mapping[str, Usage]) -> None:
        """Draw CPU and memory."""
        self.services.show_usage(usage)

    def show_machine(self, sample: MachineSample | None) -> None:
        """Show how much of the graphics cards' memory each service has, where that is told."""
        self.services.show_gpu(sample.gpu_by_service or {} if sample is not None else {})

    def follow_memory(self) -> Callable[[], None]:
        """Look at the memory now, and follow what comes of it; the returned function ends that."""
        planning = self._intents.planning
        end = planning.store.subscribe(self.memory.show_memory)
        self.memory.show_memory(planning.store.value)
        planning.look()
        return end

    def _plan_memory(self, state: StackState) -> None:
        """Plan again when something has changed that the memory depends on."""
        runs = frozenset(service.name for service in state.services if service.runs)
        seen = (state.phase, state.folder, state.engine.status, state.hardware, runs)
        if seen != self._plan_seen:
            self._plan_seen = seen
            if self.services.isVisible():
                self._intents.planning.look()

    def select(self, name: str) -> ServiceRow | None:
        """Show which service's details are open ("" for none), and return its row."""
        self.map.select(name)
        return self.services.select(name)

    def _adjust(self, name: str) -> None:
        from harmony_desktop.ui.adjust_dialog import adjust  # noqa: PLC0415 - for those who ask for it

        adjust(self._theme, self.services.window(), self._intents, name)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
