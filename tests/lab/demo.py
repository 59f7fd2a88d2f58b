"""The demo: the panel on a person's own screen, with an engine that touches nothing of the machine.

Two processes: `serve` is root, runs the lab in a network of its own, and lets the engine's published ports answer on
the machine through a port proxy; `demo` is the person, and starts `serve` through sudo where needed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.lab.building import proxy_program
from tests.lab.engine import EngineOptions
from tests.lab.errors import LabUnavailableError
from tests.lab.lab import Lab
from tests.lab.namespaces import enter_own_network, outer_network
from tests.lab.nvml_standin import NvmlStandIn
from tests.lab.ports import moved_ports

if TYPE_CHECKING:
    from tests.lab.flavours import FlavourName


def serve(flavour: FlavourName, *, gpu: bool, group: int) -> int:
    """Runs a lab until standard input ends; says in one line of JSON how to reach it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the demo, which then closes our standard input
    with tempfile.TemporaryDirectory(prefix="harmony-demo-") as folder, outer_network(Path(folder)) as outer:
        enter_own_network()
        options = EngineOptions(
            gpu=gpu,
            socket_group=group,
            proxy=proxy_program(),
            environment=(("LAB_OUTER_NETWORK", str(outer)),),
        )
        with Lab(flavour, options) as lab:
            lab.preload()
            print(json.dumps(lab.environment), flush=True)
            sys.stdin.buffer.read()
    return 0


def demo(flavour: FlavourName, *, gpu: bool, argv: list[str]) -> int:
    """Brings a lab up, runs `argv` with its environment (or waits for Ctrl+C), takes it down; returns the status."""
    with tempfile.TemporaryDirectory(prefix="harmony-demo-") as folder:
        environment = {name: str(port) for name, port in moved_ports().items()}
        if gpu:
            environment |= NvmlStandIn(Path(folder)).environment
        server = _start_server(flavour, gpu=gpu)
        try:
            environment |= _read_environment(server.stdout)
            return _run(argv, environment)
        finally:
            if server.stdin is not None:
                server.stdin.close()
            server.wait()


def _start_server(flavour: FlavourName, *, gpu: bool) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-B", "-m", "tests.lab", "serve", "--flavour", flavour, "--group", str(os.getgid())]
    if gpu:
        command.append("--gpu")
    if os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise LabUnavailableError("the demo's engine runs as root: install sudo, or run the demo as root")
        print("The demo's engine runs as root; sudo may ask for your password.", file=sys.stderr)
        command = ["sudo", "--", *command]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _read_environment(stdout: IO[bytes] | None) -> dict[str, str]:
    line = stdout.readline() if stdout else b""
    if not line:
        raise LabUnavailableError("the demo's engine did not start")
    said: dict[str, str] = json.loads(line)
    return said


def _run(argv: list[str], environment: dict[str, str]) -> int:
    if not argv:
        for name, value in environment.items():
            print(f"export {name}={value}", flush=True)
        print("Ctrl+C ends the demo.", file=sys.stderr)
        ends = {signal.SIGINT, signal.SIGTERM}
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        signal.sigwait(ends)
        return 0
    child = subprocess.Popen(argv, env={**os.environ, **environment})
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return child.wait()
