"""The tree of files below ``usr`` that a package installs, the same in a .deb and in an AppImage."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

from bundling import bash_completion, fish_completion, grammar, icons, manual, metainfo, zsh_completion
from bundling.history import Release
from bundling.staging import gzipped

NAME = "harmony-desktop"


def install(root: Path, bundle: Path, source: Path, releases: list[Release], urls: dict[str, str]) -> None:
    """Lay out everything.

    Args:
        root: The root of the tree; it is made.
        bundle: The frozen program; it is moved.
        source: The sources.
        releases: The program's, the newest first.
        urls: The project's pages.
    """
    usr = root / "usr"
    lib = usr / "lib" / NAME
    lib.parent.mkdir(parents=True)
    shutil.move(bundle, lib)
    (usr / "bin").mkdir()
    (usr / "bin" / NAME).symlink_to(os.path.relpath(lib / NAME, usr / "bin"))
    share = usr / "share"
    icons.write(source / "resources", share / "icons" / "hicolor", NAME)
    describe(share, source, releases, urls)


def describe(share: Path, source: Path, releases: list[Release], urls: dict[str, str]) -> None:
    """Write what a desktop, a manual and shells read of the program.

    Args:
        share: The folder "usr/share".
        source: The sources.
        releases: The program's, the newest first.
        urls: The project's pages.
    """
    program = grammar.read()
    current = releases[0]
    entry = (source / "packaging" / "linux" / metainfo.DESKTOP_ENTRY).read_bytes()
    page = manual.page(program, current.version, current.date).encode()
    for name, content in {
        f"applications/{metainfo.DESKTOP_ENTRY}": entry,
        f"metainfo/{metainfo.IDENTIFIER}.metainfo.xml": metainfo.document(releases, urls).encode(),
        f"man/man1/{NAME}.1.gz": gzipped(page),
        f"bash-completion/completions/{NAME}": bash_completion.script(program).encode(),
        f"zsh/vendor-completions/_{NAME}": zsh_completion.script(program).encode(),
        f"fish/vendor_completions.d/{NAME}.fish": fish_completion.script(program).encode(),
    }.items():
        file = share / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def day(moment: int) -> dt.date:
    """Return the day (UTC) of a moment in seconds since 1970."""
    return dt.datetime.fromtimestamp(moment, dt.UTC).date()
