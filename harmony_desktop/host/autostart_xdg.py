"""Starting with the session on Linux: an entry in the user's autostart folder (XDG Autostart Specification).

The user's entry stands before one of the same name that an administrator or a package has put into the system's
folders: it switches that off as well as on.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from harmony_desktop.control.autostart import Entry
from harmony_desktop.control.files import write_atomic
from harmony_desktop.host.desktop_entry import command_of, escaped, exec_line, read_entry, render_entry, unescaped
from harmony_desktop.host.own_command import OwnCommand
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.words import say

FILE = "harmony-desktop.desktop"


@dataclass(frozen=True, slots=True)
class XdgAutostart:
    """Reads and writes the entry; implements ``control.autostart.Autostart``.

    Args:
        environ: Where the folders are.
        home: The user's home.
        command: What the entry starts.
    """

    environ: Mapping[str, str]
    home: Path
    command: OwnCommand

    def look(self) -> Entry:
        """Return what a session would do with the entry that counts."""
        if self.environ.get("FLATPAK_ID"):
            return Entry(possible=False, note=say("Within Flatpak, switch it on in the settings of your desktop."))
        file = next((file for file in self._files() if file.is_file()), None)
        try:
            values = read_entry(file.read_text("utf-8", "replace")) if file is not None else {}
        except OSError as error:
            return Entry(note=f"{error.filename}: {error.strerror}")
        if file is None or not _enabled(values):
            return Entry()
        argv = command_of(values.get("Exec", ""))
        program = unescaped(values.get("TryExec", "")) or (argv[0] if argv else "")
        if not program or shutil.which(program, path=self.environ.get("PATH")) is None:
            return Entry(note=say("The entry {file} starts {program}, which is not there.", file=file, program=program))
        if file != self._own:
            return Entry(True, note=say("So it was set up for all users of this computer ({file}).", file=file))
        if argv != self.command.argv:
            note = say("It starts another copy: {program}. Switch it off and on to start this one.", program=argv[0])
            return Entry(True, note=note)
        return Entry(True)

    def switch(self, on: bool) -> None:
        """Write the user's entry, or take it away; where the system's would count then, ours says no.

        Raises OSError and HarmonyError.
        """
        if self.environ.get("FLATPAK_ID"):
            raise HarmonyError(say("Within Flatpak, switch it on in the settings of your desktop."))
        if on:
            self._write(self._entry())
        elif any(_enabled(_read(file)) for file in self._files() if file != self._own):
            self._write([*self._entry(), ("Hidden", "true")])
        else:
            self._own.unlink(missing_ok=True)

    @property
    def _own(self) -> Path:
        base = self.environ.get("XDG_CONFIG_HOME", "")
        # A relative path counts as none, by the specification.
        return (Path(base) if base.startswith("/") else self.home / ".config") / "autostart" / FILE

    def _files(self) -> Iterator[Path]:
        yield self._own
        for base in (self.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"):
            if base.startswith("/"):
                yield Path(base) / "autostart" / FILE

    def _entry(self) -> list[tuple[str, str]]:
        values = [
            ("Type", "Application"),
            ("Version", "1.4"),
            ("Name", "Harmony"),
            ("Comment", "The control panel of the Harmony.AI stack, in the tray"),
            ("Exec", exec_line(self.command.argv)),
            ("Icon", "harmony-desktop"),
            ("Terminal", "false"),
            ("StartupNotify", "false"),
            ("X-GNOME-Autostart-enabled", "true"),
        ]
        if self.command.folder:
            values.insert(5, ("Path", escaped(self.command.folder)))
        return values

    def _write(self, values: list[tuple[str, str]]) -> None:
        file = self._own.resolve()  # a link is followed: autostart entries live among dotfiles, too
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, render_entry(values).encode("utf-8", "surrogateescape"))


def _read(file: Path) -> Mapping[str, str]:
    try:
        return read_entry(file.read_text("utf-8", "replace"))
    except OSError:
        return {}


def _enabled(values: Mapping[str, str]) -> bool:
    if not values or values.get("Hidden", "").lower() == "true":
        return False
    return values.get("X-GNOME-Autostart-enabled", "true").lower() != "false"
