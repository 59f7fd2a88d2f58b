"""A message on the desktop without Qt: for when there is no window to say it in."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias

#: Starts a program and lets it be.
Start: TypeAlias = Callable[[list[str]], object]

#: MB_ICONERROR | MB_SETFOREGROUND
_ERROR_BOX = 0x00010010
_APPLE_SCRIPT = (
    "on run argv\n"
    "display alert (item 1 of argv) message (item 2 of argv) as critical buttons {item 3 of argv} default button 1\n"
    "end run"
)


def show_message(
    title: str,
    text: str,
    *,
    platform: str = sys.platform,
    environ: Mapping[str, str] = os.environ,
    find: Callable[[str], str | None] = shutil.which,
    start: Start | None = None,
    windows: Any = None,  # noqa: ANN401 - ctypes.windll
) -> bool:
    """Show a message by what the desktop has; return whether there was anything to show it with.

    On Windows this returns when the message has been read; elsewhere a program of the desktop shows it, and it stays
    there although this one ends. Nothing of the text is read as markup, as an option, or by a shell.

    Args:
        title: What has happened.
        text: Why, and what helps.
        platform: As ``sys.platform``.
        environ: The process environment.
        find: Returns where a program is, or None.
        start: Starts a program and lets it be.
        windows: The libraries of Windows.
    """
    start = start or _start
    with contextlib.suppress(OSError):
        if platform == "win32":
            libraries = windows or import_module("ctypes").windll
            libraries.user32.MessageBoxW(None, text, title, _ERROR_BOX)
            return True
        if platform == "darwin":
            start(["/usr/bin/osascript", "-e", _APPLE_SCRIPT, title, text, "OK"])
            return True
        if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
            return False
        for program, arguments in _linux(title, text):
            if found := find(program):
                start([found, *arguments])
                return True
    return False


def _linux(title: str, text: str) -> list[tuple[str, list[str]]]:
    whole = f"{title}\n\n{text}"
    return [
        ("zenity", ["--error", "--no-markup", "--width=480", "--title=Harmony", f"--text={whole}"]),
        ("kdialog", ["--title", "Harmony", "--error", _unmarked(whole)]),
        ("xmessage", ["-center", "-title", "Harmony", "-buttons", "OK:0", "-default", "OK", "-file", "-", whole]),
    ]


def _unmarked(text: str) -> str:
    """Return a text for programs that take it for HTML when it looks like some."""
    return text.replace("<", "\u2039").replace(">", "\u203a")


def _start(command: list[str]) -> None:
    given = None
    if "-file" in command:  # the text of xmessage, which would take one that begins with a dash for an option
        command, given = command[:-1], command[-1]
    process = subprocess.Popen(  # noqa: S603 - a program of the desktop; the text is no part of a shell's line
        command,
        stdin=subprocess.PIPE if given is not None else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if given is not None and process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.write(given.encode())
            process.stdin.close()
    process.returncode = 0  # nobody waits for it: it is read after this program has ended
