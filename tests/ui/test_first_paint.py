"""What the panel loads before its window is painted: nothing of the core, no loop, nothing that it does not show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: Ends at the first paint, and prints what is loaded by then.
WATCHED = """
import os, sys
from PySide6.QtWidgets import QMainWindow
from harmony_desktop import bootstrap
from harmony_desktop.ui import first_paint, main_window

painted = []
main_window.MainWindow.paintEvent = lambda self, event: (QMainWindow.paintEvent(self, event), painted.append(True))
wait = first_paint.wait_for_paint

def wait_and_tell(window):
    wait(window)
    print("painted" if painted else "not painted", *sys.modules)
    sys.stdout.flush()
    os._exit(0)

first_paint.wait_for_paint = wait_and_tell
bootstrap.main([])
"""

#: What takes long to import, and what is made behind the painted window.
LATER = {
    "asyncio",
    "docker",
    "psutil",
    "pynvml",
    "qasync",
    "requests",
    "ssl",
    "yaml",
    "PySide6.QtNetwork",
    "harmony_desktop.control.controller",
    "harmony_desktop.crash_watch",
    "harmony_desktop.control.logs",
    "harmony_desktop.control.meters",
    "harmony_desktop.control.ports",
    "harmony_desktop.control.state",
    "harmony_desktop.control.transfer",
    "harmony_desktop.engine",
    "harmony_desktop.host",
    "harmony_desktop.plan",
    "harmony_desktop.preflight",
    "harmony_desktop.ui.stack_sections",
}


def test_the_window_is_painted_before_the_core_is_loaded(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    said, *loaded = done.stdout.split()
    assert said == "painted", done.stderr
    assert LATER & set(loaded) == set()
