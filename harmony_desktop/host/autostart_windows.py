"""Starting with the session on Windows: a value of the user's Run key, and what the Task Manager says of it."""

from __future__ import annotations

import subprocess
from typing import Any

from harmony_desktop.control.autostart import Entry
from harmony_desktop.host.own_command import OwnCommand
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

#: The name of the value; the installer uses the same.
NAME = "Harmony Desktop"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
#: Characters of a command, by the documentation of the Run key.
_LONGEST = 260
#: What the Task Manager writes for an entry that is switched on.
_ENABLED = bytes((2, *[0] * 11))


@dataclass(frozen=True, slots=True)
class RunKey:
    """Reads and writes the value; implements ``control.autostart.Autostart``.

    Args:
        registry: The module ``winreg``, or what plays it.
        command: What is started.
    """

    registry: Any
    command: OwnCommand

    def look(self) -> Entry:
        """Return whether the value is there and the Task Manager has not switched it off."""
        line = self._value(RUN)
        if not isinstance(line, str) or not line:
            return Entry()
        approved = self._value(APPROVED)
        # An odd first byte is "switched off in the Task Manager".
        if isinstance(approved, bytes) and approved[:1] and approved[0] & 1:
            return Entry(note=say("It was switched off in the Task Manager or in the settings of Windows."))
        if line != self._line:
            return Entry(
                True,
                note=say("It starts another copy: {program}. Switch it off and on to start this one.", program=line),
            )
        return Entry(True)

    def switch(self, on: bool) -> None:
        """Write the value, or take it away, with what the Task Manager remembers of it.

        Raises OSError and HarmonyError.
        """
        reg = self.registry
        if on and len(self._line) > _LONGEST:
            raise HarmonyError(
                say("Harmony lies too deep in the folders"),
                cause=say("Windows starts no command of more than {most} characters with the session.", most=_LONGEST),
                advice=say("Install it in a folder with a shorter path."),
            )
        if on:
            with reg.CreateKeyEx(reg.HKEY_CURRENT_USER, RUN, 0, reg.KEY_SET_VALUE) as key:
                reg.SetValueEx(key, NAME, 0, reg.REG_SZ, self._line)
            with reg.CreateKeyEx(reg.HKEY_CURRENT_USER, APPROVED, 0, reg.KEY_SET_VALUE) as key:
                reg.SetValueEx(key, NAME, 0, reg.REG_BINARY, _ENABLED)
            return
        for path in (RUN, APPROVED):
            try:
                with reg.OpenKey(reg.HKEY_CURRENT_USER, path, 0, reg.KEY_SET_VALUE) as key:
                    reg.DeleteValue(key, NAME)
            except FileNotFoundError:
                continue

    @property
    def _line(self) -> str:
        return subprocess.list2cmdline(self.command.argv)

    def _value(self, path: str) -> object:
        reg = self.registry
        try:
            with reg.OpenKey(reg.HKEY_CURRENT_USER, path, 0, reg.KEY_QUERY_VALUE) as key:
                return reg.QueryValueEx(key, NAME)[0]
        except OSError:
            return None
