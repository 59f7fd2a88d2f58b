"""Starts a window and ends at its first paint: the child process of ``window.py``.

    python -m benchmarks.painted bare         a bare QMainWindow
    python -m benchmarks.painted panel        the panel, as `harmony-desktop` starts it
    python -m benchmarks.painted known        the panel, until the state of the stack is known

It prints the moment (the machine's monotonic clock, in seconds) and the peak memory in KB.
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


def bare() -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Window(QMainWindow):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, told)

    app = QApplication(sys.argv[:1])
    window = Window()
    window.resize(1200, 780)
    window.show()
    app.exec()


def panel(until: str) -> None:
    from harmony_desktop import __main__ as program

    sys.argv = ["harmony-desktop"]
    _watch(until)
    program.main()


def _watch(until: str) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QMainWindow

    from harmony_desktop.ui import main_window

    window = main_window.MainWindow

    def paint(self: QMainWindow, event: QPaintEvent) -> None:
        QMainWindow.paintEvent(self, event)
        if until == "panel":
            QTimer.singleShot(0, told)

    window.paintEvent = paint  # type: ignore[assignment] # a method, in the place of the inherited one
    if until == "known":
        _watch_state(told)


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


if __name__ == "__main__":
    if sys.argv[1] == "bare":
        bare()
    else:
        panel(sys.argv[1])
