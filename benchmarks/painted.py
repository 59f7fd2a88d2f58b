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
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from harmony_desktop.control.state import StackState
    from harmony_desktop.ui.lights import LightWidget
    from harmony_desktop.ui.main_window import MainWindow


def told() -> None:
    """Print the moment and end at once: taking down is not what is measured."""
    import resource

    sys.stdout.write(f"{time.monotonic()} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}\n")
    sys.stdout.flush()
    os._exit(0)


def bare(*, stays: bool) -> None:
    """Show a bare window."""
    from PySide6.QtCore import QTimer
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
    window = "harmony_desktop.ui.main_window"
    if until in {"panel", "page"}:
        _when_imported(window, _watch_paint(page=until == "page"))
    elif until == "known":
        _when_imported(window, _watch_state(told))
    else:
        _when_imported(window, _watch_state(_living))
        _when_imported("harmony_desktop.ui.lights", _watch_lights)
    program.main()


def _when_imported(name: str, call: Callable[[ModuleType], None]) -> None:
    """Call when the panel itself imports a module: to import it here would change the order, and what that costs."""

    class Finder(MetaPathFinder):
        def find_spec(self, wanted: str, path: object, target: object = None) -> ModuleSpec | None:
            if wanted != name:
                return None
            sys.meta_path.remove(self)
            spec = find_spec(wanted)
            assert spec is not None
            assert spec.loader is not None
            execute = spec.loader.exec_module

            def executed(module: ModuleType) -> None:
                execute(module)
                call(module)

            spec.loader.exec_module = executed  # type: ignore[method-assign] # watched, not changed
            return spec

    sys.meta_path.insert(0, Finder())


def _watch_paint(*, page: bool) -> Callable[[ModuleType], None]:
    def watch(module: ModuleType) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QMainWindow

        def paint(self: MainWindow, event: QPaintEvent) -> None:
            QMainWindow.paintEvent(self, event)
            if self.page or not page:
                QTimer.singleShot(0, told)

        module.MainWindow.paintEvent = paint

    return watch


def _watch_state(call: Callable[[], None]) -> Callable[[ModuleType], None]:
    def watch(module: ModuleType) -> None:
        shown = module.MainWindow.show_state

        def show(self: MainWindow, state: StackState) -> None:
            from harmony_desktop.control.ports import EngineStatus
            from harmony_desktop.control.state import Stage

            shown(self, state)
            known = bool(state.services) and all(service.stage is not Stage.UNKNOWN for service in state.services)
            if known and state.engine.status is EngineStatus.READY:
                call()

        module.MainWindow.show_state = show

    return watch


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


def _watch_lights(module: ModuleType) -> None:
    painted = module.LightWidget.paintEvent
    seen: dict[int, object] = {}

    def paint(self: LightWidget, event: QPaintEvent) -> None:
        painted(self, event)
        if seen.get(id(self)) != self.light:
            seen[id(self)] = self.light
            _say(f"{time.time_ns()} {self.accessibleName()}")

    module.LightWidget.paintEvent = paint


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1] in {"bare", "stay"}:
        bare(stays=sys.argv[1] == "stay")
    else:
        panel(sys.argv[1], sys.argv[2:])
