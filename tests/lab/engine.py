"""A Docker engine of the lab's own: data, socket, cgroup and process namespace."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.lab import cgroups
from tests.lab.api import EngineApi
from tests.lab.contained import Contained
from tests.lab.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.flavours import Flavour

#: Ordinary users of the lab belong to this group; the number need not be registered anywhere.
SOCKET_GROUP = 64201


@dataclass(frozen=True)
class EngineOptions:
    """How an engine is started.

    Attributes:
        gpu: Whether it finds a container toolkit, and so accepts requests for GPUs.
        mirror: The registry that it asks first; "" for none.
        socket_group: The group that may use its socket.
        proxy: A port proxy in the place of the engine's own.
        environment: More variables for it.
        arguments: More arguments for it.
        configuration: Its daemon.json.
        disk: Bytes of a small disk of its own for its data; 0 for the disk of its folder. Nobody else sees that disk.
    """

    gpu: bool = False
    mirror: str = "http://127.0.0.1:5055"
    socket_group: int = SOCKET_GROUP
    proxy: Path | None = None
    environment: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()
    configuration: str = "{}"
    disk: int = 0


class Engine:
    """An engine that can be started, stopped, killed and started again over the same data.

    Args:
        flavour: Which release.
        folder: All that it keeps: data, socket, logs.
        options: How it starts; `restart` takes others.
    """

    def __init__(self, flavour: Flavour, folder: Path, options: EngineOptions | None = None) -> None:
        self.flavour = flavour
        self.folder = folder
        self.options = options or EngineOptions()
        self.socket = folder / "docker.sock"
        self.api = EngineApi(self.socket)
        self._process: Contained | None = None
        self._cgroup = f"/{folder.parent.name}"

    @property
    def host(self) -> str:
        """What DOCKER_HOST says to reach it."""
        return f"unix://{self.socket}"

    @property
    def running(self) -> bool:
        """Whether its process runs (it may be frozen)."""
        return self._process is not None and self._process.running

    def start(self) -> None:
        """Starts it, unless it runs, and waits until it answers."""
        if self.running:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        for leftover in ("dockerd.pid", "docker.sock"):
            (self.folder / leftover).unlink(missing_ok=True)
        shutil.rmtree(self.folder / "exec", ignore_errors=True)
        cgroups.make_room()
        process = Contained(self._command(), self.folder / "dockerd.log", self._environment(), grace=2.0)
        self._process = process
        wait_until(lambda: self._answers(process), "the engine", seconds=60)

    def stop(self) -> None:
        """Ends it as a service manager would: its containers get their signals."""
        if self._process is not None:
            self._process.signal("TERM")
            self._process.wait()
            self._process.end()
            self._process = None
            self.socket.unlink(missing_ok=True)

    def kill(self) -> None:
        """Ends it and its containers at once, as a power cut would. The socket's file stays behind."""
        if self._process is not None:
            self._process.end(force=True)
            self._process = None
            cgroups.remove(self._cgroup.lstrip("/"))

    def restart(self, *, gpu: bool | None = None) -> None:
        """Stops it and starts it again, with or without GPU ability."""
        self.stop()
        if gpu is not None:
            self.options = replace(self.options, gpu=gpu)
        self.start()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """While this lasts, the engine takes connections and answers nothing."""
        assert self._process is not None
        self._process.signal("STOP")
        wait_until(lambda: not self._pings(), "the engine's silence")
        try:
            yield
        finally:
            self._process.signal("CONT")

    def _pings(self) -> bool:
        with contextlib.suppress(TimeoutError):
            return EngineApi(self.socket, timeout=0.1).ping()
        return False

    def log(self) -> str:
        """The last lines of its log."""
        return self._process.tail() if self._process else ""

    def _answers(self, process: Contained) -> bool:
        process.check()
        return self.api.ping()

    def _command(self) -> list[str]:
        command = [
            self.flavour.dockerd,
            *("--data-root", str(self.folder / "data")),
            *("--exec-root", str(self.folder / "exec")),
            *("--pidfile", str(self.folder / "dockerd.pid")),
            *("--host", self.host),
            *("--group", str(self.options.socket_group)),
            *("--default-address-pool", "base=10.232.0.0/16,size=24"),
            # Away from the service manager's tree and from the machine's configuration.
            *("--cgroup-parent", self._cgroup),
            *("--exec-opt", "native.cgroupdriver=cgroupfs"),
            *("--config-file", str(self._empty_configuration())),
        ]
        if self.options.mirror:
            command += ["--registry-mirror", self.options.mirror]
        if self.options.proxy:
            command += ["--userland-proxy-path", str(self.options.proxy)]
        command += self.options.arguments
        return self._on_a_small_disk(command) if self.options.disk else command

    def _on_a_small_disk(self, command: list[str]) -> list[str]:
        """The command, with a file system in memory where its data goes; it is gone with the process's namespace."""
        data = self.folder / "data"
        data.mkdir(exist_ok=True)
        mount = f'mount -t tmpfs -o size={self.options.disk} lab "$0" && exec "$@"'
        return ["sh", "-c", mount, str(data), *command]

    def _empty_configuration(self) -> Path:
        path = self.folder / "daemon.json"
        path.write_text(self.options.configuration + "\n")
        return path

    def _environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("DOCKER_", "NOTIFY_"))}
        found = self.flavour.environment()
        if self.options.gpu:
            found["PATH"] = f"{self._hook_folder()}:{found['PATH']}"
        return {**kept, **found, **dict(self.options.environment)}

    def _hook_folder(self) -> Path:
        """A stand-in for NVIDIA's container toolkit: its presence makes the engine take GPU requests."""
        folder = self.folder / "nvidia"
        folder.mkdir(exist_ok=True)
        hook = folder / "nvidia-container-runtime-hook"
        hook.write_text("#!/bin/sh\nexit 0\n")
        hook.chmod(0o755)
        return folder
