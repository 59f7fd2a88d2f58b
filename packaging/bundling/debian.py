"""The package for Debian, Ubuntu and their relatives."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import textwrap
from collections.abc import Sequence
from email.utils import format_datetime
from pathlib import Path

from bundling.history import Release, plain
from bundling.staging import gzipped, settle

NAME = "harmony-desktop"
MAINTAINER = "Harmony Desktop maintainers <maintainers@harmony-desktop.invalid>"
#: Counts packages of one and the same version of the program.
REVISION = 1

#: What is not linked to but used: the way to raise rights for repairs, the desktop's opener of pages and folders.
_RECOMMENDS = "pkexec, xdg-utils"
#: Docker is not asked for: the set-up finds the engine that is there, or helps to install the one that fits.
_SUGGESTS = "docker.io | docker-ce, fonts-noto-cjk, at-spi2-core"
_DESCRIPTION = """\
control panel of the Harmony.AI stack
 Harmony lets a character listen, think and speak on your own computer. This is
 its control panel: a window and a tray icon that start, stop and watch the
 services of the stack, without a command to type or a file to edit.
 .
 It finds the graphics card, shows for each service whether it really answers,
 says in plain words what is wrong and what helps, updates with a way back, and
 brings language models in. It needs Docker, and helps to install it.
"""
#: lintian's tags that do not apply to a bundle, with the reason.
_OVERRIDES = {
    "embedded-library": "the bundle brings the libraries that it was tested with",
    "hardening-no-bindnow": "Python's and Qt's own binaries, as their makers build them",
    "hardening-no-pie": "the loader of PyInstaller, as its makers build it",
    "library-not-linked-against-libc": "modules of Python that need nothing of it",
    "copyright-file-contains-full-apache-2-license": "the licence of regex is that and another one in a single text",
    "shared-library-lacks-prerequisites": "modules of Python take symbols from the program",
    "package-installs-python-bytecode": "the program's modules are read by its own Python, and lie beside no sources",
    "initial-upload-closes-no-bugs": "it is not uploaded to Debian's archive",
}


def build(root: Path, out: Path, releases: Sequence[Release], copyright_file: str, moment: int) -> Path:
    """Finish a tree and pack it; return the package.

    Args:
        root: The tree, with all that the program installs; what Debian wants is added.
        out: The folder of the package.
        releases: The program's, the newest first.
        copyright_file: Whose work it is.
        moment: The time that all files get.
    """
    version = f"{releases[0].version}-{REVISION}"
    _document(root, releases, copyright_file)
    _override(root)
    settle(root, moment)
    meta = root / "DEBIAN"
    meta.mkdir()
    architecture = _said("dpkg", "--print-architecture").strip()
    # As policy counts it: each file rounded up to whole KiB, folders and links as one.
    sizes = [
        -(-path.stat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1 for path in _paths(root)
    ]
    (meta / "control").write_text(control(version, architecture, dependencies(root, root.parent), sum(sizes)), "utf-8")
    (meta / "md5sums").write_text(md5sums(root), "utf-8")
    settle(meta, moment)
    out.mkdir(parents=True, exist_ok=True)
    package = out / f"{NAME}_{version}_{architecture}.deb"
    # xz, because every Debian can read it; with several threads its bytes depend on how many there are.
    compression = os.environ.get("DEB_COMPRESSION", "xz")
    command = [
        "dpkg-deb",
        "--root-owner-group",
        f"-Z{compression}",
        "--threads-max=1",
        "--build",
        str(root),
        str(package),
    ]
    settle(root, moment)
    subprocess.run(command, check=True, env={**os.environ, "SOURCE_DATE_EPOCH": str(moment)})
    return package


def control(version: str, architecture: str, depends: str, size: int) -> str:
    """Return the control file.

    Args:
        version: With its revision.
        architecture: As Debian names it.
        depends: What is needed.
        size: KiB that it takes when installed.
    """
    fields = {
        "Package": NAME,
        "Version": version,
        "Architecture": architecture,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(size),
        "Depends": depends,
        "Recommends": _RECOMMENDS,
        "Suggests": _SUGGESTS,
        "Section": "utils",
        "Priority": "optional",
        "Description": _DESCRIPTION.rstrip(),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def dependencies(root: Path, work: Path) -> str:
    """Return the packages of the libraries that a tree's files link to, with the versions that they need.

    Args:
        root: The tree.
        work: A folder for dpkg-shlibdeps to work in.
    """
    files = [path for path in _paths(root) if path.is_file() and not path.is_symlink() and _is_elf(path)]
    private = sorted({str(path.parent) for path in files})
    debian = work / "shlibdeps" / "debian"
    debian.mkdir(parents=True, exist_ok=True)
    (debian / "control").write_text(f"Source: {NAME}\n\nPackage: {NAME}\nArchitecture: any\n", "utf-8")
    command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0"]
    command += [f"-l{folder}" for folder in private] + [f"-e{file}" for file in files]
    told = _said(*command, cwd=debian.parent)
    found = told.strip().removeprefix("shlibs:Depends=")
    return ", ".join(sorted(found.split(", ")))


def debian_changelog(releases: Sequence[Release]) -> str:
    """Return the changelog in Debian's form."""
    return "".join(_entry(release) for release in releases)


def _entry(release: Release) -> str:
    midnight = dt.datetime.combine(release.date, dt.time(), dt.UTC)
    news = [plain(entry) for entry in release.news] or ["See the changelog of the program."]
    lines = "\n".join(textwrap.fill(entry, 78, initial_indent="  * ", subsequent_indent="    ") for entry in news)
    head = f"{NAME} ({release.version}-{REVISION}) unstable; urgency=medium"
    return f"{head}\n\n{lines}\n\n -- {MAINTAINER}  {format_datetime(midnight)}\n\n"


def md5sums(root: Path) -> str:
    """Return the sums of all files, sorted by their names."""
    lines = []
    for path in _paths(root):
        name = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and name.parts[0] != "DEBIAN":
            lines.append(f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}\n")
    return "".join(lines)


def _document(root: Path, releases: Sequence[Release], copyright_file: str) -> None:
    folder = root / "usr" / "share" / "doc" / NAME
    folder.mkdir(parents=True)
    (folder / "copyright").write_text(copyright_file, "utf-8")
    (folder / "changelog.Debian.gz").write_bytes(gzipped(debian_changelog(releases).encode()))
    manual = root / "usr" / "lib" / NAME / "_internal" / "harmony_desktop" / "data" / "docs"
    (folder / "manual").symlink_to(os.path.relpath(manual, folder))


def _override(root: Path) -> None:
    folder = root / "usr" / "share" / "lintian" / "overrides"
    folder.mkdir(parents=True)
    lines = [f"# {reason}\n{NAME}: {tag}\n" for tag, reason in _OVERRIDES.items()]
    (folder / NAME).write_text("".join(lines), "utf-8")


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _paths(root: Path) -> list[Path]:
    return sorted(root.rglob("*"))


def _said(*command: str, cwd: Path | None = None) -> str:
    return subprocess.run(command, check=True, cwd=cwd, stdout=subprocess.PIPE, text=True).stdout
