"""Starting with the session on macOS: an agent of launchd in the user's own folder."""

from __future__ import annotations

import plistlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from harmony_desktop.control.autostart import Entry
from harmony_desktop.control.files import write_atomic
from harmony_desktop.host.own_command import OwnCommand
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

LABEL = "ai.harmony.desktop"


@dataclass(frozen=True, slots=True)
class LaunchAgent:
    """Reads and writes the agent; implements ``control.autostart.Autostart``.

    Args:
        home: The user's home.
        user: The user's number.
        command: What is started.
        launchctl: Runs launchctl with arguments and returns what it says, "" where it fails.
    """

    home: Path
    user: int
    command: OwnCommand
    launchctl: Callable[[Sequence[str]], str]

    def look(self) -> Entry:
        """Return whether launchd would start it: the file says so, and the user has not switched it off."""
        try:
            content = plistlib.loads(self._file.read_bytes())
        except FileNotFoundError:
            return Entry()
        except (OSError, ValueError, plistlib.InvalidFileException) as error:
            return Entry(note=say("{file} cannot be read ({error}).", file=self._file, error=error))
        if not isinstance(content, dict) or not content.get("RunAtLoad") or content.get("Disabled"):
            return Entry()
        if self._switched_off():
            return Entry(note=say("It was switched off in the system settings, under “Login Items”."))
        argv = tuple(str(word) for word in content.get("ProgramArguments") or ())
        if not argv or not Path(argv[0]).is_file():
            program = argv[0] if argv else ""
            return Entry(
                note=say("The entry {file} starts {program}, which is not there.", file=self._file, program=program)
            )
        if argv != self.command.argv:
            note = say("It starts another copy: {program}. Switch it off and on to start this one.", program=argv[0])
            return Entry(True, note=note)
        return Entry(True)

    def switch(self, on: bool) -> None:
        """Write the agent, or take it away. It counts from the next login. Raises OSError and HarmonyError."""
        if not on:
            self._file.unlink(missing_ok=True)
            return
        if "/AppTranslocation/" in self.command.argv[0]:
            raise HarmonyError(
                say("Harmony is not installed yet"),
                cause=say("macOS runs it from a temporary place, which is gone at the next login."),
                advice=say("Move it to the folder “Applications”, and start it from there."),
            )
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(self._file, plistlib.dumps(self._agent()))
        self.launchctl(("enable", f"gui/{self.user}/{LABEL}"))

    @property
    def _file(self) -> Path:
        return self.home / "Library" / "LaunchAgents" / f"{LABEL}.plist"

    def _agent(self) -> dict[str, Any]:
        agent: dict[str, Any] = {
            "Label": LABEL,
            "ProgramArguments": list(self.command.argv),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
            "LimitLoadToSessionType": "Aqua",
        }
        if self.command.folder:
            agent["WorkingDirectory"] = self.command.folder
        return agent

    def _switched_off(self) -> bool:
        told = self.launchctl(("print-disabled", f"gui/{self.user}"))
        line = next((line for line in told.splitlines() if f'"{LABEL}"' in line), "")
        return line.rstrip().endswith(("disabled", "true"))
