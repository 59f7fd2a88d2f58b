"""Makes the installer for Windows.

    python -m bundling.windows        dist/harmony-desktop-VERSION-windows-x86_64-setup.exe

On Windows it runs in an environment that has packaging/requirements.lock installed, and needs NSIS. Elsewhere wine
takes the place of Windows (bundling/wine.py), and the installer's name says so: it is for tests.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from bundling import history, icons, licences, staging
from bundling.bill import bundled
from bundling.icon_files import ICO_SIZES, ico
from bundling.locked import read
from bundling.wine import Wine

NAME = "harmony-desktop"
_ROOT = Path(__file__).resolve().parent.parent.parent
#: Where NSIS is put by its own installer, which leaves the path alone.
_NSIS_FOLDERS = ("ProgramFiles(x86)", "ProgramFiles")


def main() -> int:
    """Make the installer; return the exit status."""
    parser = argparse.ArgumentParser(prog="bundling.windows", description="Make the installer for Windows.")
    parser.add_argument("--out", type=Path, default=_ROOT / "dist", help="the folder of the installer")
    parser.add_argument("--work", type=Path, default=_ROOT / "build" / "windows", help="a folder for all in between")
    parser.add_argument("--version", help="another version than the sources', to try upgrades")
    parser.add_argument("--again", action="store_true", help="use the programs that were made before")
    arguments = parser.parse_args()

    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    source = work / "source"
    staging.copy_sources(_ROOT, source)
    version = arguments.version or history.version(source)
    icon = work / f"{NAME}.ico"
    icon.write_bytes(ico(icons.picture(source / "resources", size) for size in ICO_SIZES))
    resource = work / "version.txt"
    resource.write_text(version_resource(version), "utf-8")
    bundle = work / "bundle" / NAME
    if not arguments.again:
        for name in ("bundle", "pyinstaller", "cache"):
            shutil.rmtree(work / name, ignore_errors=True)
        _freeze(source, work, icon, resource, staging.source_date(_ROOT))
    _add_licences(source, bundle / "licences")
    arguments.out.mkdir(parents=True, exist_ok=True)
    made = arguments.out.resolve() / file_name(version, sys.platform)
    _compile(source, bundle, icon, version, made)
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
    return 0


def file_name(version: str, platform: str) -> str:
    """Return the installer's name; one that was made under wine says so.

    Args:
        version: The program's version.
        platform: ``sys.platform`` of where it is made.
    """
    return f"{NAME}-{version}-windows-x86_64-setup{'' if platform == 'win32' else '-made-under-wine'}.exe"


def quad(version: str) -> tuple[int, int, int, int]:
    """Return a version as Windows has it: four numbers."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    first, second, third, fourth = (*numbers, 0, 0, 0, 0)[:4]
    return first, second, third, fourth


def version_resource(version: str) -> str:
    """Return what Windows tells of the programs (their properties, the Task Manager), as PyInstaller reads it."""
    strings = {
        "CompanyName": "Harmony Desktop maintainers",
        "FileDescription": "Harmony",
        "FileVersion": version,
        "InternalName": NAME,
        "LegalCopyright": "Apache License 2.0",
        "ProductName": "Harmony",
        "ProductVersion": version,
    }
    table = ", ".join(f"StringStruct({name!r}, {value!r})" for name, value in strings.items())
    numbers = quad(version)
    return (
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, "
        "fileType=1, subtype=0, date=(0, 0)), kids=["
        f"StringFileInfo([StringTable('040904B0', [{table}])]), "
        "VarFileInfo([VarStruct('Translation', [0x409, 1200])])])\n"
    )


def _freeze(source: Path, work: Path, icon: Path, resource: Path, moment: int) -> None:
    """Run PyInstaller's spec on Windows, or under wine."""
    words = ["-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN"]
    words += ["--distpath", str(work / "bundle"), "--workpath", str(work / "pyinstaller")]
    words += [str(source / "packaging" / "pyinstaller" / f"{NAME}.spec")]
    environ = {
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": str(moment),
        "PYINSTALLER_CONFIG_DIR": str(work / "cache"),
        "HARMONY_BUNDLE_ICON": str(icon),
        "HARMONY_BUNDLE_VERSION": str(resource),
    }
    if sys.platform == "win32":
        subprocess.run([sys.executable, *words], check=True, cwd=source, env={**os.environ, **environ})
    else:
        wine = Wine(work / "wine")
        wine.prepare(source)
        try:
            wine.run([str(wine.python / "python.exe"), *words], environ=environ, cwd=source)
        finally:
            wine.end()


def _add_licences(source: Path, folder: Path) -> None:
    """Write under which terms the parts of the bundle are."""
    lock = (source / "packaging" / "requirements.lock").read_text("utf-8")
    # Those that Windows alone needs are installed only there.
    names = [entry.name for entry in bundled(read(lock), sys.platform) if entry.name != "pyinstaller"]
    folder.mkdir(exist_ok=True)
    own = (source / "LICENSE").read_text("utf-8")
    for name, text in licences.texts(licences.parts(names), own).items():
        (folder / name).write_text(text, "utf-8")


def _compile(source: Path, bundle: Path, icon: Path, version: str, made: Path) -> None:
    """Run NSIS."""
    size = sum(file.stat().st_size for file in bundle.rglob("*") if file.is_file())
    defined = {
        "VERSION": version,
        "VERSION_QUAD": ".".join(map(str, quad(version))),
        "BUNDLE": str(bundle),
        "ICON": str(icon),
        "LICENCE": str(source / "LICENSE"),
        "SIZE_KB": str(size // 1024),
        "OUT": str(made),
    }
    if sys.platform != "win32":
        defined["TARGET"] = "amd64-unicode"  # wine without its 32 bits; the NSIS of others has no such stubs
    options = [f"-D{name}={value}" for name, value in defined.items()]
    script = source / "packaging" / "windows" / f"{NAME}.nsi"
    subprocess.run([_makensis(), "-V2", "-WX", "-NOCD", *options, str(script)], check=True)


def _makensis() -> str:
    found = shutil.which("makensis")
    for name in _NSIS_FOLDERS if found is None else ():
        candidate = Path(os.environ.get(name, "")) / "NSIS" / "makensis.exe"
        if candidate.is_file():
            return str(candidate)
    if found is None:
        raise SystemExit("makensis is not there: install NSIS (https://nsis.sourceforge.io)")
    return found


if __name__ == "__main__":
    sys.exit(main())
