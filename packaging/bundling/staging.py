"""The sources, copied to a place where nothing else is, and files whose bytes and marks depend on the sources alone."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

#: What a bundle is made of. Tests and drafts beside it shall not change it.
_SOURCES = ("harmony_desktop", "compose", "resources", "docs", "packaging", "CHANGELOG.md", "LICENSE", "pyproject.toml")
_NEVER = ("__pycache__", ".mypy_cache", ".ruff_cache")


def source_date(root: Path) -> int:
    """Return the time that all files of a package get, in seconds since 1970.

    It is ``SOURCE_DATE_EPOCH``, else the time of the last commit, else that of the newest entry of the changelog.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    if (root / ".git").exists():
        told = _git(root, "log", "-1", "--format=%ct")
        return int(told.strip())
    from bundling.history import releases, version  # noqa: PLC0415 - needed here alone

    start = dt.date(2026, 1, 1)
    newest = releases((root / "CHANGELOG.md").read_text("utf-8"), version(root), start)[0].date
    return int(dt.datetime.combine(newest, dt.time(), dt.UTC).timestamp())


def copy_sources(root: Path, folder: Path) -> None:
    """Copy what a bundle is made of: of a checkout without what git ignores, else all there is.

    Args:
        root: The sources.
        folder: Where to; it is made anew.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for name in _source_files(root):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / name, target)


def _source_files(root: Path) -> Iterator[str]:
    if (root / ".git").exists():
        # What is new and not committed yet belongs to it; what is ignored does not.
        told = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_SOURCES)
        yield from (name for name in sorted(set(told.split("\0"))) if name and (root / name).is_file())
        return
    for name in _SOURCES:
        for path in [root / name] if (root / name).is_file() else sorted((root / name).rglob("*")):
            if path.is_file() and not set(path.parts).intersection(_NEVER):
                yield path.relative_to(root).as_posix()


def gzipped(content: bytes) -> bytes:
    """Return content compressed as well as can be, without name and time."""
    return gzip.compress(content, 9, mtime=0)


def settle(folder: Path, moment: int) -> None:
    """Give all files of a tree fixed modes and one time.

    Programs may be run by all, everything else may be read by all, whatever the umask was and the wheels say.
    """
    for path in sorted(folder.rglob("*"), reverse=True):
        if not path.is_symlink():
            runs = path.is_dir() or _is_program(path)
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (moment, moment), follow_symlinks=False)
    folder.chmod(0o755)
    os.utime(folder, (moment, moment))


def _is_program(path: Path) -> bool:
    with path.open("rb") as file:
        begin = file.read(4)
    return begin.startswith(b"#!") or (begin == b"\x7fELF" and ".so" not in path.name)


def _git(root: Path, *words: str) -> str:
    # A checkout may belong to somebody else than to the one who builds (a container, sudo).
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
