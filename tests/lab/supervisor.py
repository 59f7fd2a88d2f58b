"""Runs one command as the first process of a namespace, so that nothing of it outlives the lab.

Called as ``unshare --pid --fork --kill-child --mount --mount-proc PYTHON -I -S supervisor.py GRACE COMMAND…``.
Standard input is the lab's end of a rope: a line ``TERM``, ``KILL``, ``STOP`` or ``CONT`` signals the command, ``END``
ends all at once; end of file (the lab ended, however that happened) ends the command, after GRACE seconds with force.
When this process ends, the kernel ends all others of the namespace (containerd, shims, containers, port proxies) and
takes the mounts away.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time


def main() -> int:
    grace = float(sys.argv[1])
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a Ctrl+C on the terminal: the lab decides
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDONLY)
    command = os.posix_spawnp(
        sys.argv[2],
        sys.argv[2:],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_DUP2, null, 0)],
        setsigdef=[signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
        setsid=True,
    )
    rope: list[int] = [0]
    deadline: float | None = None
    while True:
        timeout = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([wake_read, *rope], [], [], timeout)
        if wake_read in ready:
            os.read(wake_read, 512)
            status = reap(command)
            if status is not None:
                return os.waitstatus_to_exitcode(status) & 0xFF
        if rope and rope[0] in ready:
            orders = os.read(0, 512).decode()
            if not orders:
                rope = []
                deadline = time.monotonic() + grace
                os.kill(command, signal.SIGCONT)
                os.kill(command, signal.SIGTERM)
            for order in orders.split():
                if order == "END":
                    return 137
                os.kill(command, signal.Signals[f"SIG{order}"])
        if deadline is not None and time.monotonic() >= deadline:
            return 137


def reap(command: int) -> int | None:
    """Collects ended processes, orphans included; answers with the command's status once it has one."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid == 0:
            return None
        if pid == command:
            return status


if __name__ == "__main__":
    sys.exit(main())
