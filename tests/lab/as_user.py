"""Becomes an ordinary user and runs a command, without a trace on the machine.

Called as root: ``PYTHON -I -S as_user.py SPECIFICATION COMMAND…``. The user exists in private mounts only: there, the
files of users and groups have one entry more, and what the user needs of folders that only root may enter is bound into
empty ones. It works with the standard library alone, and so needs nothing of the environment that it hides.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CLONE_NEWNS = 0x00020000


def main() -> None:
    spec = json.loads(Path(sys.argv[1]).read_text())
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    mount("--make-rprivate", "/")
    work = Path(spec["work"])
    for path, line in spec["entries"].items():
        extended = work / Path(path).name
        extended.write_text(f"{Path(path).read_text()}{line}\n")
        mount("--bind", str(extended), path)
    reveal([Path(path) for path in spec["needs"]], work)
    become(spec)
    os.chdir(spec["cwd"])
    os.execvpe(sys.argv[2], sys.argv[2:], spec["env"])


def reveal(needs: list[Path], work: Path) -> None:
    """Makes paths reachable that lie below folders which only root may enter: those become empty but for the paths."""
    hidden: dict[Path, list[tuple[Path, Path]]] = {}
    for number, path in enumerate(needs):
        closed = next((p for p in reversed(path.parents) if not p.stat().st_mode & 0o001), None)
        if closed is not None:
            keep = work / f"kept-{number}"
            keep.mkdir(exist_ok=True)
            mount("--bind", str(path), str(keep))
            hidden.setdefault(closed, []).append((path, keep))
    for closed, paths in hidden.items():
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(closed))
        for path, keep in paths:
            path.mkdir(parents=True, exist_ok=True)
            mount("--bind", str(keep), str(path))


def become(spec: dict[str, Any]) -> None:
    """Gives up root."""
    os.setgroups(spec["groups"])
    os.setresgid(spec["gid"], spec["gid"], spec["gid"])
    os.setresuid(spec["uid"], spec["uid"], spec["uid"])
    os.umask(0o022)


def mount(*args: str) -> None:
    subprocess.run(["mount", *args], check=True)


if __name__ == "__main__":
    main()
