"""Control groups: room for the engine's, and the removal of what a killed engine leaves."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")


def make_room() -> None:
    """Lets the engine hand controllers on where this machine is itself a container with cgroups v2.

    There, the root that one sees is an ordinary group, and a group that has processes of its own cannot hand
    controllers on to others: its processes move into a child first. Elsewhere nothing is to be done: the real root may
    have both (and has no file cgroup.type), and with v1 there is no such rule.
    """
    if not (ROOT / "cgroup.type").exists():
        return
    child = ROOT / "processes"
    child.mkdir(exist_ok=True)
    for process in (ROOT / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            (child / "cgroup.procs").write_text(process)
    for controller in (ROOT / "cgroup.controllers").read_text().split():
        with contextlib.suppress(OSError):  # not every controller can be handed on
            (ROOT / "cgroup.subtree_control").write_text(f"+{controller}")


def remove(name: str) -> None:
    """Removes the empty groups below `name`, in one tree (v2) or in one per controller (v1)."""
    for top in [*ROOT.glob(name), *ROOT.glob(f"*/{name}")]:
        for folder, _, _ in os.walk(top, topdown=False):
            with contextlib.suppress(OSError):  # a controller may keep it busy for a moment; it is empty and harmless
                Path(folder).rmdir()
