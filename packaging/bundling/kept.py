"""Keeps the code of what the command line loads in one file of the bundle, as a call from a checkout does for the next.

See ``harmony_desktop/kept_code.py``: it takes 30 ms of 240 to find and read 400 modules one by one. Where PyInstaller
puts them into an archive of its own there is nothing to keep.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from harmony_desktop import kept_code

#: Loads what most calls do, and prints the names of all that is there then.
_LOAD_ALL = """
import sys
from importlib import import_module
from harmony_desktop.cli.parser import COMMANDS
for name in (
    *(f"cli.{command}" for command in COMMANDS),
    *("cli.main", "cli.masked_stream", "cli.memory", "cli.ending", "cli.table", "crash_watch", "bootstrap"),
    *("engine.connector", "engine.docker_engine", "engine.create", "engine.create_network", "engine.create_volume"),
    *("stack.load", "setup.folder", "setup.places", "setup.gaming_file", "setup.memory_choice", "setup.own_log"),
    *("control.late", "control.late_hooks", "control.masking", "control.tools"),
    *("host.held_ports", "host.meters", "host.ports", "host.reserved_ports", "host.stack_lock"),
):
    import_module(f"harmony_desktop.{name}")
import psutil, platformdirs.unix
print(*sorted(sys.modules), sep="\\n")
"""
_HEAD = 16  # bytes before the code of a compiled module: see PEP 552


def keep(bundle: Path, source: Path) -> None:
    """Write the file.

    Args:
        bundle: The bundle's folder, with modules that lie beside each other.
        source: The sources.
    """
    # Another language would load other modules.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(source), "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-c", _LOAD_ALL]
    named = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True, env=environment)
    base = bundle / "_internal"
    entries = []
    for name in named.stdout.split():
        place = base / name.replace(".", "/")
        package = place / "__init__.pyc"
        file = package if package.is_file() else place.with_name(f"{place.name}.pyc")
        if file.is_file():
            content = file.read_bytes()
            path = file.relative_to(base).as_posix()
            folders = [place.relative_to(base).as_posix()] if file == package else None
            entries.append((name, (path, 0, len(content), folders, path, 0, 0), content[_HEAD:]))
    kept_code.write(str(base / "harmony_desktop" / "kept_code.code"), (sys.version,), entries)
