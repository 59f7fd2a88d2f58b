"""The packages that are tested: the one that ``make deb`` made, and one of a higher version made for the upgrade."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from bundling.staging import copy_sources

from tests.lab.cache import fingerprint

ROOT = Path(__file__).parents[2]
#: The Python of the environment that bundles are made in.
BUILDER = Path(os.environ.get("PACKAGE_VENV", ROOT / "build/package-venv")).absolute() / "bin/python"


def package() -> Path:
    """The package of this checkout."""
    given = os.environ.get("HARMONY_DEB")
    found = [Path(given)] if given else sorted((ROOT / "dist").glob("harmony-desktop_*.deb"))
    assert found, "there is no package: make deb"
    return found[-1]


def newer_package(than: Path) -> Path:
    """The same sources as a later version; made once for each package."""
    folder = ROOT / "build" / "newer" / fingerprint([than])
    if not any(folder.glob("*.deb")):
        shutil.rmtree(folder.parent, ignore_errors=True)
        sources = folder / "sources"
        copy_sources(ROOT, sources)
        file = sources / "harmony_desktop/__init__.py"
        file.write_text(re.sub(r'__version__ = ".*"', '__version__ = "99.0.0"', file.read_text()))
        command = [str(BUILDER), "-m", "bundling", "--out", str(folder), "--work", str(folder / "work"), "deb"]
        environment = {
            **os.environ,
            "PYTHONPATH": f"{sources}/packaging:{sources}",
            "SOURCE_DATE_EPOCH": "1900000000",
            "DEB_COMPRESSION": "zstd",
        }
        subprocess.run(command, check=True, cwd=sources, env=environment)
        shutil.rmtree(sources)
        shutil.rmtree(folder / "work")
    return next(folder.glob("*.deb"))
