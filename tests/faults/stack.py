"""A small stack on the lab's engine behind a proxy that goes wrong on command; the panel as a call and as a process."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harmony_desktop.bootstrap import AppEnvironment
from harmony_desktop.cli.environment import EngineOptions, ProjectOptions
from harmony_desktop.cli.main import run
from harmony_desktop.cli.parser import build_parser, find_command
from harmony_desktop.control.controller import Controller
from harmony_desktop.control.ports import Connector, ContextBook
from harmony_desktop.control.state import StackState
from harmony_desktop.host.meters import LocalMeters
from harmony_desktop.setup.given import GivenFiles
from tests.lab.lab import Lab

IMAGE = "harmonyai/harmonyspeech-ui:latest"
LABEL = "com.docker.compose.project"

#: Two that depend on each other and one that depends on nobody, on two networks, with a volume.
TWO_OF_US = f"""
name: NAME
services:
  api:
    image: {IMAGE}
    networks: [default, inner]
    volumes: [data:/data]
    environment: {{ROUND: "1"}}
    healthcheck: {{test: [CMD, "true"], interval: 1s, start_period: 1s}}
  ui:
    image: {IMAGE}
    depends_on: {{api: {{condition: service_started}}}}
    environment: {{ROUND: "1"}}
  side:
    image: {IMAGE}
    networks: [inner]
networks: {{inner: {{}}}}
volumes: {{data: {{}}}}
"""


@dataclass(frozen=True)
class Said:
    """What a call of the command line came to."""

    status: int
    out: str
    err: str


@dataclass
class Stack:
    """One stack, and the panel for it.

    Args:
        lab: The engine.
        folder: Where its file is.
        host: Where the panel looks for the engine.
        env: Variables that keep the panel away from the user's own settings.
        name: The project's name.
    """

    lab: Lab
    folder: Path
    host: str
    env: Mapping[str, str]
    name: str = "faulty"
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """Its compose file."""
        return self.folder / "compose.yml"

    def write(self, text: str = TWO_OF_US, **changes: str) -> None:
        """Write the compose file."""
        text = text.replace("NAME", self.name)
        for before, after in changes.items():
            text = text.replace(before, after)
        self.file.write_text(text)

    def next_round(self, number: int) -> None:
        """Change two of the three services, so that they have to be made anew."""
        self.write(TWO_OF_US.replace('ROUND: "1"', f'ROUND: "{number}"'))

    # The command line

    def call(self, *argv: str) -> Said:
        """Call the command line in this process."""
        out, err = io.StringIO(), io.StringIO()
        line = ["-f", str(self.file), "-H", self.host, *argv]
        arguments = build_parser(find_command(line)).parse_args(line)
        return Said(run(arguments, AppEnvironment(out, err)), out.getvalue(), err.getvalue())

    def begin(self, *argv: str) -> subprocess.Popen[str]:
        """Start the command line as a process of its own."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "harmony_desktop", "-f", str(self.file), "-H", self.host, *argv],
            cwd=self.folder,
            env={**inherited, **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def call_aside(self, *argv: str) -> int:
        """Call the command line as a process of its own, for tests that have a loop; return the status."""
        process = self.begin(*argv)
        _, said = process.communicate()
        assert process.returncode == 0, said
        return process.returncode

    def official(self, *argv: str) -> subprocess.Popen[str]:
        """Start the official Compose as a process of its own."""
        program = Path(sys.executable).parent / "docker-compose"
        process = subprocess.Popen(
            [str(program), "-f", str(self.file), *argv],
            env={**os.environ, "DOCKER_HOST": self.lab.engine.host},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def end_processes(self) -> None:
        """End what still runs."""
        for process in self.started:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.communicate()

    # What the engine has

    def containers(self) -> dict[str, tuple[str, str]]:
        """Name -> state and the round that it was made for."""
        found = self.lab.api.containers(label=[f"{LABEL}={self.name}"])
        rounds = {}
        for item in found:
            inspected = self.lab.api.inspect(item["Id"])
            env = dict(line.partition("=")[::2] for line in inspected["Config"]["Env"])
            rounds[item["Names"][0].lstrip("/")] = (inspected["State"]["Status"], env.get("ROUND", ""))
        return rounds

    def networks(self) -> list[str]:
        """The project's networks."""
        found = self.lab.api.call("GET", "/networks", filters={"label": [f"{LABEL}={self.name}"]})
        return sorted(item["Name"] for item in found)

    def shape(self) -> dict[str, Any]:
        """What two stacks that are alike have in common, and others have not: no IDs, no times."""
        found = {}
        networks = {item["Id"]: item["Name"] for item in self.lab.api.call("GET", "/networks")}
        for item in self.lab.api.containers(label=[f"{LABEL}={self.name}"]):
            inspected = self.lab.api.inspect(item["Id"])
            labels = inspected["Config"]["Labels"]
            joined = inspected["NetworkSettings"]["Networks"].values()
            found[inspected["Name"]] = {
                "state": inspected["State"]["Status"],
                "image": inspected["Image"],
                "env": sorted(inspected["Config"]["Env"]),
                "labels": {k: v for k, v in sorted(labels.items()) if k != "com.docker.compose.replace"},
                "networks": {
                    networks.get(it["NetworkID"], "?"): sorted({*it["Aliases"]} - {item["Id"][:12]}) for it in joined
                },
                "mounts": sorted((mount.get("Name", ""), mount["Destination"]) for mount in inspected["Mounts"]),
            }
        volumes = self.lab.api.call("GET", "/volumes", filters={"label": [f"{LABEL}={self.name}"]})["Volumes"] or []
        return {"containers": found, "networks": self.networks(), "volumes": sorted(v["Name"] for v in volumes)}

    def wipe(self) -> None:
        """Take away whatever there is, without the panel."""
        label = {"label": [f"{LABEL}={self.name}"]}
        for item in self.lab.api.containers(**label):
            self.lab.api.call("DELETE", f"/containers/{item['Id']}", force=True)
        for item in self.lab.api.call("GET", "/networks", filters=label):
            self.lab.api.call("DELETE", f"/networks/{item['Id']}")
        for item in self.lab.api.call("GET", "/volumes", filters=label)["Volumes"] or []:
            self.lab.api.call("DELETE", f"/volumes/{item['Name']}", force=True)

    # The window's core

    def controller(self, connector: Connector | None = None, contexts: ContextBook | None = None) -> Controller:
        """What stands behind the window."""
        environment = AppEnvironment(io.StringIO(), io.StringIO())
        options = ProjectOptions(files=(str(self.file),))
        return Controller(
            connector=connector or environment.connector(EngineOptions(host=self.host)),
            folder=GivenFiles(self.folder, lambda: environment.load_project(options)),
            scout=environment.scout(),
            meters=LocalMeters(),
            tools=environment.tools("The Harmony window", writable=False),
            contexts=contexts,
        )

    async def until(self, window: Controller, condition: Callable[[StackState], bool]) -> StackState:
        """Wait until the window's state meets a condition; return it."""
        met = asyncio.Event()

        def look(state: StackState) -> None:
            if condition(state):
                met.set()

        unsubscribe = window.store.subscribe(look)
        try:
            look(window.store.value)
            async with asyncio.timeout(30):
                while not met.is_set():
                    look(window.store.value)  # the condition may look at more than the window's state
                    await asyncio.sleep(0.01)
        finally:
            unsubscribe()
        return window.store.value

    @contextlib.asynccontextmanager
    async def window(self) -> AsyncIterator[Controller]:
        """A controller that is open, and closed in the end."""
        controller = self.controller()
        await controller.open()
        try:
            yield controller
        finally:
            await controller.close()
