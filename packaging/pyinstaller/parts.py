"""Which parts of Qt, Python and the sources go into a bundle. Pure: names in, names out; the spec asks.

Modules are found by PyInstaller's analysis, libraries by what links to what; what no analysis can know stands here.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

LINUX, WINDOWS, MACOS = "linux", "win32", "darwin"

PACKAGE = "harmony_desktop"
#: The program's name among those of the desktop, as macOS and AppStream want it.
IDENTIFIER = "ai.harmony.desktop"
#: Folders of the sources that the program reads at run time; they lie in the package's "data" (assets.py).
DATA_FOLDERS = ("compose", "resources", "docs")
#: Where modules lie beside each other instead of in an archive: the window is there 70 ms earlier (of 340), for 10 MB.
#: Not on Windows, where every file is looked at by a virus scanner, nor on macOS, where every file is signed.
LOOSE_MODULES = (LINUX,)
#: Without assertions, as Python's -O.
OPTIMIZE = 1

#: System -> the plugins of Qt that the panel uses, by folder and name without "lib", "q" and suffix.
#: "offscreen" opens the window of a smoke test. Not there: GTK's theme (it drags in the host's GTK), OpenGL (the window
#: is painted by the processor), TLS (what is fetched is fetched by Python), pictures other than PNG and SVG.
_EVERYWHERE = {"iconengines": {"svgicon"}, "imageformats": {"svg"}}
PLUGINS: Mapping[str, Mapping[str, set[str]]] = {
    LINUX: {
        **_EVERYWHERE,
        "platforms": {"xcb", "wayland", "offscreen"},
        "platformthemes": {"xdgdesktopportal"},
        "platforminputcontexts": {"composeplatforminputcontextplugin", "ibusplatforminputcontextplugin"},
        "wayland-decoration-client": {"adwaita", "bradient"},
        "wayland-shell-integration": {"xdg-shell"},
    },
    WINDOWS: {**_EVERYWHERE, "platforms": {"windows", "offscreen"}},
    MACOS: {**_EVERYWHERE, "platforms": {"cocoa", "offscreen"}},
}

#: Modules that libraries import when they happen to be there, and that nobody here calls.
EXCLUDED = (
    *("tkinter", "turtle", "idlelib", "lib2to3", "pydoc_data", "test", "ensurepip", "venv", "distutils"),
    *("setuptools", "pkg_resources", "pip", "wheel", "win32com", "IPython", "cryptography", "OpenSSL", "paramiko"),
    *("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets", "PySide6.QtPrintSupport", "PySide6.QtQml", "PySide6.QtQuick"),
    "PySide6.QtDBus",
    *("PyQt5", "PyQt6", "PySide2", "numpy", "simplejson", "socks", "chardet", "brotli", "zstandard"),
)

#: What PyInstaller runs before the program, without need. Qt finds its plugins by itself: the hook's QT_PLUGIN_PATH
#: would lead every program of Qt that the panel starts to the bundle's. The others import much for what nobody calls.
UNWANTED_HOOKS = ("pyi_rth_pyside6", "pyi_rth_inspect", "pyi_rth_pkgutil", "pyi_rth_multiprocessing")

#: Files of an installed package's record that are kept: its version and licence. The others name the machine's paths.
_RECORD = ("METADATA", "licenses/", "LICENSE", "COPYING", "NOTICE")
#: The folders of a Linux system's own libraries. A package names those as what it depends on.
_SYSTEM_FOLDERS = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")


def plugin(destination: str) -> tuple[str, str] | None:
    """Return kind and name of a plugin of Qt ("platforms", "xcb"), or None if a file is none."""
    folder, file = posixpath.split(destination.replace("\\", "/"))
    head, slash, kind = folder.rpartition("/plugins/")
    if not slash or "PySide6" not in head or "/" in kind:
        return None
    return kind, _bare(file)


def wanted_plugin(destination: str, platform: str) -> bool:
    """Return whether a file is no plugin of Qt, or one that the panel uses."""
    found = plugin(destination)
    return found is None or found[1] in PLUGINS[platform].get(found[0], ())


def wanted_data(destination: str, languages: Collection[str]) -> bool:
    """Return whether a data file is used: of Qt's texts those of our languages, of a package's record what it is.

    Args:
        destination: The place in the bundle.
        languages: The languages of the panel ("de", "zh_CN").
    """
    parts = destination.replace("\\", "/")
    folder, file = posixpath.split(parts)
    if "PySide6" in folder and folder.endswith("translations"):
        return file in {f"qtbase_{language}.qm" for language in languages}
    head, slash, rest = parts.partition(".dist-info/")
    if slash and "/" not in head:
        return rest.startswith(_RECORD)
    return True


def system_library(destination: str, source: str, platform: str) -> bool:
    """Return whether a file is a library of the Linux system that the bundle is built on, but not Python's own."""
    if platform != LINUX or "/" in destination or destination.startswith("libpython"):
        return False
    return source.startswith(_SYSTEM_FOLDERS)


def reachable(
    entries: Iterable[tuple[str, str]], is_library: Callable[[str], bool], links: Callable[[str], Iterable[str]]
) -> set[str]:
    """Return the destinations of all files that are used: what is no library, and the libraries those link to.

    Args:
        entries: Destination and source of every binary file.
        is_library: Whether a destination is a library that something must link to; all others are loaded by name.
        links: The file names that a source links to.
    """
    by_name: dict[str, list[tuple[str, str]]] = {}
    waiting: list[tuple[str, str]] = []
    for destination, source in entries:
        by_name.setdefault(posixpath.basename(destination.replace("\\", "/")).lower(), []).append((destination, source))
        if not is_library(destination):
            waiting.append((destination, source))
    used = {destination for destination, _ in waiting}
    while waiting:
        for name in links(waiting.pop()[1]):
            for entry in by_name.get(posixpath.basename(name.replace("\\", "/")).lower(), ()):
                if entry[0] not in used:
                    used.add(entry[0])
                    waiting.append(entry)
    return used


def linked_only(destination: str) -> bool:
    """Return whether a file is a library of Qt or of a Linux system: nothing loads these but by linking to them.

    So is the OpenGL of the processor on Windows, 20 MB, which only windows that are painted by OpenGL would load.
    """
    folder, file = posixpath.split(destination.replace("\\", "/"))
    if "plugins" in folder.split("/"):
        return False
    if not folder and file.startswith("lib") and ".so" in file:
        return not file.startswith("libpython")
    return file.startswith(
        ("libQt6", "Qt6", "libicu", "icu", "libpyside6", "pyside6", "libshiboken6", "shiboken6", "opengl32sw")
    ) or (".framework/" in f"{folder}/" and "Qt" in file)


def info_plist(version: str) -> dict[str, object]:
    """Return what macOS is told of the application, besides what PyInstaller writes."""
    return {
        "CFBundleDisplayName": "Harmony",
        "CFBundleShortVersionString": version,
        "CFBundleDevelopmentRegion": "en",
        "CFBundleLocalizations": ["en", "de", "ja", "zh-Hans"],
        "LSApplicationCategoryType": "public.app-category.utilities",
        "LSMinimumSystemVersion": "13.0",
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,
    }


def languages(translations: Path) -> list[str]:
    """Return the languages that have a folder of compiled texts."""
    return sorted(folder.name for folder in translations.iterdir() if folder.is_dir())


def modules(package: Path) -> list[str]:
    """Return the names of all modules of a package, those included that are only imported by a name in a text."""
    names = []
    for file in sorted(package.rglob("*.py")):
        parts = file.relative_to(package.parent).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def _bare(file: str) -> str:
    name = file.split(".", 1)[0].removeprefix("lib")
    return name.removeprefix("q") if not name.startswith("qt") else name
