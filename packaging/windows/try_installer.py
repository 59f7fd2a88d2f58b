"""Tries an installer on a real Windows: it installs, the programs work, it upgrades what runs, and it leaves nothing.

    python packaging/windows/try_installer.py FOLDER

FOLDER has the one installer that "make windows" made. Nothing of Harmony may be installed; settings are left alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

#: Seconds for one step.
_PATIENCE = 300
_SMOKE = Path(__file__).resolve().parent.parent / "smoke.py"


def main() -> int:
    """Try it; return the exit status."""
    (setup,) = Path(sys.argv[1]).glob("*-setup.exe")
    version = setup.name.split("-")[2]
    folder = Path(os.environ["LOCALAPPDATA"]) / "Programs" / "Harmony"
    command, window = folder / "harmony-desktop.exe", folder / "harmony-desktop-window.exe"
    entry = Path(os.environ["APPDATA"]) / "Microsoft/Windows/Start Menu/Programs/Harmony.lnk"
    _expect(not folder.exists(), f"{folder} is there before anything was installed")

    subprocess.run([setup, "/S"], check=True, timeout=_PATIENCE)
    _expect(entry.is_file(), "there is no entry in the Start menu")
    subprocess.run([sys.executable, _SMOKE, version, command, window], check=True, timeout=_PATIENCE)

    running = subprocess.Popen([window])
    try:
        time.sleep(10)  # it is open by then, or the installer has nothing to end: both must go well
        subprocess.run([setup, "/S"], check=True, timeout=_PATIENCE)
        _expect(running.wait(_PATIENCE) == 0, "the upgrade did not end the window in good order")
    finally:
        running.kill()
    subprocess.run([sys.executable, _SMOKE, version, command, window], check=True, timeout=_PATIENCE)

    # The uninstaller goes on from a copy of itself, and so returns before it is done, unless it is told where it is.
    subprocess.run(f'"{folder / "uninstall.exe"}" /S _?={folder}', check=True, timeout=_PATIENCE)
    left = [file.name for file in folder.iterdir()] if folder.exists() else []
    _expect(left in ([], ["uninstall.exe"]), f"it left {left}")
    _expect(not entry.exists(), "it left its entry in the Start menu")
    print("The installer works.")
    return 0


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise SystemExit(f"The installer does not work: {otherwise}")


if __name__ == "__main__":
    sys.exit(main())
