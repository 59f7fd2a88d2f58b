"""Makes the packages for Linux.

    python -m bundling deb                       dist/harmony-desktop_VERSION-1_ARCHITECTURE.deb
    python -m bundling appimage [RUNTIME]        dist/Harmony-VERSION-MACHINE.AppImage, or the payload without a runtime

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

from bundling import appimage, debian, history, licences, staging, tree
from bundling.freeze import freeze

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
    arguments = parser.parse_args()

    work = arguments.work.resolve() / arguments.kind
    shutil.rmtree(work, ignore_errors=True)
    moment = staging.source_date(_ROOT)
    source = work / "source"
    staging.copy_sources(_ROOT, source)
    project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]
    version = history.version(source)
    releases = history.releases((source / "CHANGELOG.md").read_text("utf-8"), version, tree.day(moment))
    urls = {kind: project.get("urls", {})[name] for name, kind in _PAGES.items() if name in project.get("urls", {})}
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
        made = appimage.pack(root, arguments.out.resolve(), version, arguments.runtime, moment)
        if arguments.runtime is None:
            print("No runtime was given (RUNTIME=FILE): this is the payload of the AppImage, without what mounts it.")
    print(f"{made} ({made.stat().st_size / 1e6:.1f} MB)")
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
