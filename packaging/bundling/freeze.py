"""Runs PyInstaller so that the same sources give the same bytes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bundling import kept


def freeze(source: Path, work: Path, moment: int, *, libraries: str) -> Path:
    """Make the bundle; return its folder.

    Args:
        source: The sources.
        work: A folder for what is made on the way.
        moment: The time that is written into files.
        libraries: "system" or "bundled": see the spec.

    Raises:
        SyntaxError: A module is broken.
    """
    for file in sorted((source / "harmony_desktop").rglob("*.py")):
        # PyInstaller only warns of a module that cannot be compiled, and leaves it out.
        compile(file.read_bytes(), str(file), "exec")
    out = work / "bundle"
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    command += ["--distpath", str(out), "--workpath", str(work / "pyinstaller")]
    spec = source / "packaging" / "pyinstaller" / "harmony-desktop.spec"
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ},
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(moment),
        # Stripped files are kept there between runs; one of our own makes a run know nothing of those before.
        "PYINSTALLER_CONFIG_DIR": str(work / "cache"),
        "HARMONY_BUNDLE_LIBRARIES": libraries,
    }
    subprocess.run([*command, str(spec)], check=True, cwd=source, env=environment)
    bundle = out / "harmony-desktop"
    _forget_folders(bundle)
    kept.keep(bundle, source)
    return bundle


def _forget_folders(bundle: Path) -> None:
    """Take out where Python's own libraries look for others: a folder of the machine that it was built on."""
    libraries = [path for path in sorted(bundle.rglob("*.so*")) if path.is_file() and not path.is_symlink()]
    for library in libraries:
        told = subprocess.run(["chrpath", "--list", str(library)], capture_output=True, text=True, check=False)
        if told.returncode == 0 and "$ORIGIN" not in told.stdout:
            subprocess.run(["chrpath", "--delete", str(library)], check=True, stdout=subprocess.DEVNULL)
