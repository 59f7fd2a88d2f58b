"""The real panel with faults in it: run as a program, it writes what came of them as JSON to the file CRASHES names.

With the argument "segfault" it crashes for real instead, once its window is there.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from harmony_desktop import bootstrap
from harmony_desktop.ui.app import DesktopUi
from harmony_desktop.ui.crash_dialog import CrashDialog
from harmony_desktop.ui.keyboard_help import KeyboardHelp

SECRET = "hunter2-planted"
kept: list[Any] = []


class Slot(Exception):  # noqa: N818 - each place has its own
    pass


class Paint(Exception):  # noqa: N818
    pass


class Timer(Exception):  # noqa: N818
    pass


class Work(Exception):  # noqa: N818
    pass


class Thread(Exception):  # noqa: N818
    pass


class Destructor(Exception):  # noqa: N818
    pass


def fail(kind: type[Exception]) -> None:
    raise kind(f"api_key={SECRET}")


class Painted(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        fail(Paint)


class Cleared:
    def __del__(self) -> None:
        fail(Destructor)


async def work() -> None:
    fail(Work)


async def until_shown(window: QWidget, wanted: int) -> CrashDialog:
    while True:
        for dialog in window.findChildren(CrashDialog):
            if len(dialog._crashes.store.value.crashes) >= wanted:
                return dialog
        await asyncio.sleep(0.02)


async def provoke(window: QWidget) -> None:
    button = QPushButton(window)
    button.clicked.connect(lambda: fail(Slot))
    button.click()
    timer = QTimer(window)
    timer.timeout.connect(lambda: fail(Timer))
    timer.start(5)
    painted = Painted(window)
    painted.setGeometry(0, 0, 5, 5)
    painted.show()
    kept.extend([button, timer, painted])
    task = asyncio.create_task(work())
    await asyncio.wait([task])
    del task
    thread = threading.Thread(target=fail, args=(Thread,))
    thread.start()
    thread.join()
    cleared: list[Cleared] | None = [Cleared()]
    del cleared
    gc.collect()


async def told(desktop: DesktopUi) -> dict[str, object]:
    window = desktop.window
    await provoke(window)
    dialog = await until_shown(window, 6)
    dialog.expand.click()
    dialog.copy.click()
    window.show_keys()
    return {
        "kinds": sorted(crash.title.split(":")[0].rpartition(".")[2] for crash in dialog._crashes.store.value.crashes),
        "dialogs": len(window.findChildren(CrashDialog)),
        "modal": dialog.isModal(),
        "details": dialog.details.toPlainText(),
        "clipboard": QGuiApplication.clipboard().text(),
        "answers": window.findChild(KeyboardHelp) is not None,
    }


def after_opening(arguments: list[str]) -> Any:
    opened = bootstrap._open_behind

    async def open_behind(core: Any, desktop: DesktopUi, made: Any) -> None:
        await opened(core, desktop, made)
        if "segfault" in arguments:
            faulthandler._sigsegv()  # type: ignore[attr-defined] # Python's own, for tests of faulthandler
        elif "look" in arguments:
            dialog = await until_shown(desktop.window, 1)
            dialog.expand.click()
            found: dict[str, object] = {"title": dialog.title.text(), "details": dialog.details.toPlainText()}
            write(found)
        elif "quit" not in arguments:
            write(await told(desktop))
        desktop.end()

    return open_behind


def write(found: dict[str, object]) -> None:
    Path(os.environ["CRASHES"]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    bootstrap._open_behind = after_opening(sys.argv[1:])
    sys.exit(bootstrap.main([]))
