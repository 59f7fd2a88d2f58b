"""Makes the packages for Linux.

    python -m bundling deb                       dist/harmony-desktop_VERSION-1_ARCHITECTURE.deb
    python -m bundling appimage [RUNTIME]        dist/Harmony-VERSION-MACHINE.AppImage, or the payload without a runtime
    python -m bundling describe SHARE            desktop entry, icons, manual page, completions below a folder "share"

It runs in an environment that has packaging/requirements.lock installed; ``make deb`` and ``make appimage`` make one.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from bundling import appimage, debian, history, icons, licences, metainfo, staging, tree
from bundling.freeze import freeze
from bundling.history import Release

_ROOT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    """Make what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="bundling", description="Make packages for Linux.")
    parser.add_argument("--out", type=Path, default=_ROOT / "dist", help="the folder of the packages")
    parser.add_argument("--work", type=Path, default=_ROOT / "build" / "package", help="a folder for all in between")
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("deb")
    image = kinds.add_parser("appimage")
    image.add_argument("runtime", nargs="?", type=Path)
    share = kinds.add_parser("describe")
    share.add_argument("share", type=Path)
    share.add_argument("--identifier", default="", help="what a desktop entry is named by that is not ours alone")
    arguments = parser.parse_args()
    if arguments.kind == "describe":
        return _describe(arguments.share, arguments.identifier)

    work = arguments.work.resolve() / arguments.kind
    shutil.rmtree(work, ignore_errors=True)
    moment = staging.source_date(_ROOT)
    source = work / "source"
    staging.copy_sources(_ROOT, source)
    releases, urls = _history(source, moment)
    libraries = "system" if arguments.kind == "deb" else "bundled"
    bundle = freeze(source, work, moment, libraries=libraries)
    root = work / "root"
    tree.install(root, bundle, source, releases, urls)
    parts = licences.parts(_bundled(source / "packaging" / "requirements.lock"))
    if arguments.kind == "deb":
        homepage = urls.get("homepage", "the project's own repository")
        made = debian.build(root, arguments.out.resolve(), releases, licences.copyright_file(parts, homepage), moment)
    else:
        appimage.lay_out(root, licences.texts(parts, (source / "LICENSE").read_text("utf-8")))
        made = appimage.pack(root, arguments.out.resolve(), releases[0].version, arguments.runtime, moment)
        if arguments.runtime is None:
            print("No runtime was given (RUNTIME=FILE): this is the payload of the AppImage, without what mounts it.")
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
    return 0


def _history(source: Path, moment: int) -> tuple[list[Release], dict[str, str]]:
    """Return the releases, and the project's pages by AppStream's names."""
    text = (source / "CHANGELOG.md").read_text("utf-8")
    named = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"].get("urls", {})
    urls = {kind: named[name] for name, kind in _PAGES.items() if name in named}
    return history.releases(text, history.version(source), tree.day(moment)), urls


def _describe(share: Path, identifier: str) -> int:
    """Write what is not the program itself, for packages that bring that in their own way (Flatpak)."""
    releases, urls = _history(_ROOT, staging.source_date(_ROOT))
    tree.describe(share, _ROOT, releases, urls)
    icons.write(_ROOT / "resources", share / "icons" / "hicolor", identifier or tree.NAME)
    if identifier:
        entry = share / "applications" / metainfo.DESKTOP_ENTRY
        text = entry.read_text("utf-8").replace(f"Icon={tree.NAME}", f"Icon={identifier}")
        entry.with_name(f"{identifier}.desktop").write_text(text, "utf-8")
        entry.unlink()
        description = share / "metainfo" / f"{metainfo.IDENTIFIER}.metainfo.xml"
        described = description.read_text("utf-8").replace(metainfo.DESKTOP_ENTRY, f"{identifier}.desktop")
        described = described.replace(f'"stock">{tree.NAME}<', f'"stock">{identifier}<')
        description.write_text(described, "utf-8")
    return 0


#: The project's pages: pyproject's names of them, and AppStream's.
_PAGES = {"Homepage": "homepage", "Issues": "bugtracker", "Documentation": "help", "Source": "vcs-browser"}
#: Tools that make the bundle and are not in it.
_TOOLS = {"altgraph", "packaging", "pyinstaller", "pyinstaller-hooks-contrib", "setuptools"}


def _bundled(lock: Path) -> Iterator[str]:
    """Yield the Python packages of the bundle: those that are locked for this system, without the tools."""
    for line in lock.read_text("utf-8").splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)==[^ ]+ *(;.*)?", line)
        if found and found[1] not in _TOOLS and not found[2]:
            yield found[1]


if __name__ == "__main__":
    sys.exit(main())
