"""Tries a program that was packaged: it tells its version, checks the machine, opens its window, and ends.

    python packaging/smoke.py VERSION COMMAND [WINDOW]

COMMAND is the program of the command line, WINDOW the one that opens the window where that is another. It needs nothing
but Python, on Linux a screen and xdotool, on macOS Apple's command line tools.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds for one call, and for the window to come: a virus scanner that sees a program first takes its time.
_CALL, _WINDOW = 120, 120
_TITLE = "Harmony"


def main() -> int:
    """Try it; return the exit status."""
    version, command = sys.argv[1], sys.argv[2]
    window = sys.argv[3] if len(sys.argv) > 3 else command
    told = _call(command, "--version")
    _expect(told.strip() == f"harmony-desktop {version}", f"--version says {told!r}")
    rows = json.loads(_call(command, "doctor", "--format", "json", allowed=(0, 1)))
    _expect(all({"id", "status"} <= set(row) for row in rows) and len(rows) > 10, "doctor says nothing of use")
    _expect(any(row["id"] == "engine.reachable" for row in rows), "doctor does not look for an engine")
    print(f"{len(rows)} checks")
    _window(command, window)
    print("It works.")
    return 0


def _call(program: str, *words: str, allowed: tuple[int, ...] = (0,)) -> str:
    # Standard input stays open and empty: wine's console has none to give.
    with subprocess.Popen(
        [program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        out, err = process.communicate(timeout=_CALL)
    told = err.decode("utf-8", "replace")
    _expect(process.returncode in allowed, f"{' '.join(words)} ended with status {process.returncode}: {told}")
    _expect("Traceback" not in told, told)
    return out.decode("utf-8")


def _window(command: str, window: str) -> None:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([window], stdin=subprocess.PIPE, stdout=said, stderr=said)
        try:
            _until(lambda: process.poll() is not None or _is_shown(process.pid), _WINDOW, "no window came")
            _expect(process.poll() is None, f"the window's program ended with status {process.returncode}")
            print("The window is open.")
            _until(lambda: _quits(command, process), _CALL, "the window's program did not end")
            _expect(process.returncode == 0, f"the window's program ended with status {process.returncode}")
        finally:
            process.kill()
            process.communicate()
            said.seek(0)
            words = said.read().decode("utf-8", "replace")
            print(words, end="", file=sys.stderr)
        _expect("Traceback" not in words, "the window's program told of a fault of its own")


def _quits(command: str, process: subprocess.Popen[bytes]) -> bool:
    """Ask the window's program to end; return whether it has. A window is there before it can be asked."""
    _call(command, "--quit")
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        return False
    return True


def _is_shown(pid: int) -> bool:
    """Whether a process has a window on the screen."""
    if sys.platform == "win32":
        return _is_shown_on_windows(pid)
    if sys.platform == "darwin":
        script = Path(__file__).with_name("macos") / "windows.swift"
        done = subprocess.run(["xcrun", "swift", str(script), str(pid)], capture_output=True, text=True, check=False)
        return done.returncode == 0 and done.stdout.strip() == "shown"
    search = ["xdotool", "search", "--onlyvisible", "--name", f"^{_TITLE}$"]
    return subprocess.run(search, capture_output=True, check=False, env=os.environ).returncode == 0


def _is_shown_on_windows(pid: int) -> bool:
    import ctypes  # noqa: PLC0415 - for Windows alone

    windows: Any = ctypes  # parts of it are there on Windows alone
    user32 = windows.windll.user32
    found: list[int] = []

    def each(handle: int, _: int) -> bool:
        owner, title = ctypes.c_ulong(), ctypes.create_unicode_buffer(100)
        user32.GetWindowThreadProcessId(ctypes.c_void_p(handle), ctypes.byref(owner))
        user32.GetWindowTextW(ctypes.c_void_p(handle), title, 100)
        if owner.value == pid and title.value == _TITLE and user32.IsWindowVisible(ctypes.c_void_p(handle)):
            found.append(handle)
        return True

    user32.EnumWindows(windows.WINFUNCTYPE(ctypes.c_bool, ctypes.c_void_p, ctypes.c_void_p)(each), None)
    return bool(found)


def _until(done: Callable[[], bool], limit: float, otherwise: str) -> None:
    end = time.monotonic() + limit
    while not done():
        _expect(time.monotonic() < end, otherwise)
        time.sleep(0.2)


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"The package does not work: {otherwise}")


if __name__ == "__main__":
    sys.exit(main())
