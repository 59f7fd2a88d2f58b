"""Engines over SSH, experimental: each connection is a system ``ssh`` of its own, which ends with it.

No library speaks SSH here: the user's keys, agent, known hosts and configuration are those of the ``ssh`` command, and
so is what it may ask, which is nothing (BatchMode). On the other side it runs ``docker system dial-stdio``.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import subprocess
import urllib.parse

from harmony_desktop.engine.starting import outer_environment
from harmony_desktop.stack.words import say

#: Seconds that ssh may take to connect, and to end when told to.
_CONNECT, _GRACE = 10, 2.0
#: Seconds in which a failure is looked into.
_DIAGNOSIS = 15.0


class SshSocket(socket.socket):
    """One half of a socket pair whose other half is the ``ssh`` command; closing it ends the command."""

    process: subprocess.Popen[bytes]

    def close(self) -> None:
        """Close the connection, end the command, and take note of its end."""
        super().close()
        process: subprocess.Popen[bytes] | None = getattr(self, "process", None)
        if process is None or process.poll() is not None:
            return
        for end in (process.terminate, process.kill):
            end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE)
                return


def open_ssh(address: str) -> SshSocket:
    """Open a connection to an engine over SSH.

    Args:
        address: ``ssh://[USER@]HOST[:PORT]``.

    Raises:
        OSError: There is no ``ssh`` command.
        ValueError: The address has no host, or this is Windows.
    """
    if os.name == "nt":
        raise ValueError("engines over SSH are not supported on Windows")
    command = _command(address)
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            process = subprocess.Popen(  # noqa: S603 - no shell; "--" keeps the host from being read as an option
                command,
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=outer_environment(os.environ),
            )
    except BaseException:
        ours.close()
        raise
    sock = SshSocket(fileno=ours.detach())
    sock.process = process
    return sock


def failure(address: str) -> str:
    """Return in ssh's own words why an engine cannot be reached, or ""."""
    if os.name == "nt":
        return ""  # it was not tried either
    try:
        done = subprocess.run(  # noqa: S603 - as above
            _command(address),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_DIAGNOSIS,
            check=False,
            start_new_session=True,
            env=outer_environment(os.environ),
        )
    except subprocess.TimeoutExpired:
        return say("it does not answer in time")
    except (OSError, ValueError):
        return ""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines and done.returncode != 0 else ""


def destination(address: str) -> str:
    """Return what is typed after ``ssh`` to get to the same machine."""
    parts = urllib.parse.urlsplit(address)
    user = f"{parts.username}@" if parts.username else ""
    try:
        port = f"-p {parts.port} " if parts.port else ""
    except ValueError:
        port = ""  # no number
    return port + shlex.quote(f"{user}{parts.hostname or 'HOST'}")


def forwarded(address: str) -> tuple[str, ...]:
    """Return the commands that reach an engine by a forwarded socket, without the panel's help."""
    return (
        f"ssh -N -L /tmp/harmony-docker.sock:/var/run/docker.sock {destination(address)}",
        "harmony-desktop --host unix:///tmp/harmony-docker.sock",
    )


def _command(address: str) -> list[str]:
    parts = urllib.parse.urlsplit(address)
    if not parts.hostname:
        raise ValueError(f"no host in the address {address}")
    command = ["ssh", "-o", f"ConnectTimeout={_CONNECT}", "-o", "BatchMode=yes", "-T"]
    command += ["-l", parts.username] if parts.username else []
    command += ["-p", str(parts.port)] if parts.port else []
    return [*command, "--", parts.hostname, "docker", "system", "dial-stdio"]
