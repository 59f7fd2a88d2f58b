"""What the lab makes once per machine: built, downloaded, and shared by parallel workers."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@functools.cache
def cache_root() -> Path:
    """The folder of everything that the lab keeps between runs; a test that changes HOME does not move it."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "harmony-desktop-lab"


def fingerprint(files: Iterable[Path], *more: str) -> str:
    """A short name for the state of some sources."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for text in more:
        digest.update(text.encode() + b"\0")
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock file `path` against other processes; they wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cached_folder(name: str, make: Callable[[Path], None]) -> Path:
    """The cached folder `name`, made by `make(folder)` when it is not there.

    It appears whole or not at all; workers that need it at the same time wait for the one that makes it.
    """
    root = cache_root()
    folder = root / name
    if folder.is_dir():
        return folder
    with locked(root / f"{name}.lock"):
        if folder.is_dir():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            make(draft)
            draft.chmod(0o755)
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    return folder
