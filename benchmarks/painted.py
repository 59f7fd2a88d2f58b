"""Starts a window and ends at its first paint, or stays: the child process of ``window``, ``living``, ``bundle``.

    python -m benchmarks.painted bare         a bare QMainWindow
    python -m benchmarks.painted stay         the same, stays
    python -m benchmarks.painted panel        the panel, as `harmony-desktop` starts it
    python -m benchmarks.painted page         the same, until its first page is painted
    python -m benchmarks.painted known        the panel, until the state of the stack is known
    python -m benchmarks.painted live [ARGS]  the panel with such arguments; stays, and tells of its lights

It prints the moment (the machine's monotonic clock, in seconds) and the peak memory in KB. One that stays prints
"known" when the state is known, then a line for each service's light when it is painted with another shape than
before: the time since the epoch in nanoseconds, and the light's accessible name. It hides when it reads "hide".
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable


def told() -> None:
    """Print the moment and end at once: taking down is not what is measured."""
    import resource

    sys.stdout.write(f"{time.monotonic()} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
    sys.stdout.flush()
    os._exit(0)


def bare(*, stays: bool) -> None:
    """Show a bare window."""
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Window(QMainWindow):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            if not stays:
                QTimer.singleShot(0, told)

    app = QApplication(sys.argv[:1])
    window = Window()
    window.setWindowTitle("Bare")
    window.resize(1200, 780)
    window.show()
    app.exec()


def panel(until: str, arguments: list[str]) -> None:
    """Start the panel as users do, and watch it."""
    from harmony_desktop import __main__ as program

    sys.argv = ["harmony-desktop", *arguments]
    if until in {"panel", "page"}:
        _watch_paint(page=until == "page")
    elif until == "known":
        _watch_state(told)
    else:
        _watch_state(_living)
        _watch_lights()
    program.main()


def _watch_paint(*, page: bool) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QMainWindow

    from harmony_desktop.ui import main_window

    def paint(self: main_window.MainWindow, event: QPaintEvent) -> None:
        QMainWindow.paintEvent(self, event)
        if self.page or not page:
            QTimer.singleShot(0, told)

    main_window.MainWindow.paintEvent = paint  # type: ignore[assignment,method-assign] # in the inherited one's place


def _watch_state(call: Callable[[], None]) -> None:
    from harmony_desktop.control.ports import EngineStatus
    from harmony_desktop.control.state import StackState, Stage
    from harmony_desktop.ui import main_window

    shown = main_window.MainWindow.show_state

    def show(self: main_window.MainWindow, state: StackState) -> None:
        shown(self, state)
        known = bool(state.services) and all(service.stage is not Stage.UNKNOWN for service in state.services)
        if known and state.engine.status is EngineStatus.READY:
            call()

    main_window.MainWindow.show_state = show  # type: ignore[method-assign] # watched, not changed


_said: list[object] = []


def _living() -> None:
    """Say once that the state is known, and listen from then on."""
    if _said:
        return
    from PySide6.QtCore import QSocketNotifier
    from PySide6.QtWidgets import QApplication

    def read() -> None:
        if sys.stdin.readline().strip() == "hide":
            for window in QApplication.topLevelWidgets():
                window.hide()
            _say("hidden")

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(read)
    _said.append(notifier)
    _say("known")


def _watch_lights() -> None:
    from PySide6.QtGui import QPaintEvent

    from harmony_desktop.ui.lights import LightWidget

    painted = LightWidget.paintEvent
    seen: dict[int, object] = {}

    def paint(self: LightWidget, event: QPaintEvent) -> None:
        painted(self, event)
        if seen.get(id(self)) != self.light:
            seen[id(self)] = self.light
            _say(f"{time.time_ns()} {self.accessibleName()}")

    LightWidget.paintEvent = paint  # type: ignore[method-assign] # watched, not changed


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] in {"bare", "stay"}:
        bare(stays=sys.argv[1] == "stay")
    else:
        panel(sys.argv[1], sys.argv[2:])
