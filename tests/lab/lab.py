"""The lab as one thing: an engine, a registry, and the tools around them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from tests.lab import cgroups
from tests.lab.engine import Engine, EngineOptions
from tests.lab.errors import LabUnavailableError
from tests.lab.flavours import FlavourName, find_flavour
from tests.lab.registry import Registry, RegistryStorage
from tests.lab.stack_images import cached_registry, stack_image_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX = "harmony-lab-"
REPOSITORY = Path(__file__).parents[2]


class Lab:
    """A private engine with the stack's images at hand. Use it as a context manager, inside a network of its own.

    Args:
        flavour: "old" or "new".
        options: How the engine starts.
        registry_port: The mirror's port on 127.0.0.1.
    """

    def __init__(
        self, flavour: FlavourName = "old", options: EngineOptions | None = None, registry_port: int = 5055
    ) -> None:
        found = find_flavour(flavour)
        images = cached_registry()
        sweep()
        self.folder, self._lock = _new_folder()
        storage = self.folder / "registry/storage"
        shutil.copytree(images, storage)
        self.registry = Registry(self.folder / "registry", RegistryStorage(storage), registry_port)
        self.engine = Engine(found, self.folder / "engine", options)
        self.api = self.engine.api

    def __enter__(self) -> Self:
        try:
            self.registry.start()
            self.engine.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends everything and removes all files."""
        self.engine.kill()
        self.registry.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to find the lab's engine."""
        return {"DOCKER_HOST": self.engine.host}

    def preload(self, *images: str) -> None:
        """Has the engine pull these images (default: the six of the stack, as `latest`) that it lacks."""
        names = sorted(set(images or stack_image_names()) - self.api.image_names())
        with ThreadPoolExecutor(max(1, len(names))) as pool:
            list(pool.map(self.api.pull, names))

    @contextlib.contextmanager
    def other_engine(self, **options: Any) -> Iterator[None]:
        """While this lasts, the engine runs with other options (of EngineOptions); what ran in it has ended."""
        before = self.engine.options
        self.engine.kill()
        self.engine.options = replace(before, **options)
        try:
            self.engine.start()
            yield
        finally:
            self.engine.kill()
            self.engine.options = before
            self.engine.start()

    def behave(self, container: str, *settings: str) -> None:
        """Changes how a running stand-in behaves (README.md lists the settings); holds when this returns."""
        status, said = self.api.execute(container, "standin", "behave", *settings)
        if status != 0:
            raise AssertionError(said)

    def compose(self, *args: str, cwd: Path | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs the official Compose against the lab's engine. `options` go to `run`."""
        program = shutil.which("docker-compose", path=str(Path(sys.executable).parent)) or shutil.which(
            "docker-compose"
        )
        if program is None:
            raise LabUnavailableError("the official Compose is missing: install the test dependencies")
        return self.run([program, *args], cwd=cwd, **options)

    def docker(self, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs the docker command against the lab's engine. `options` go to `run`."""
        return self.run(["docker", *args], **options)

    def run(
        self,
        argv: list[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        timeout: float = 120.0,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command that finds the lab's engine; returns its status and what it said.

        Args:
            argv: The command.
            cwd: Its folder.
            env: More variables than the process's own.
            check: Whether a failure is an AssertionError with all that was said.
            timeout: Seconds that it may take.
        """
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**inherited, **self.environment, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done


def sweep() -> None:
    """Removes the files and control groups of labs whose process is gone (killed before it could)."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            cgroups.remove(folder.name)


def _new_folder() -> tuple[Path, IO[str]]:
    """A folder for one lab, and the open lock file that says that the lab lives."""
    draft = Path(tempfile.mkdtemp(prefix=f".{PREFIX}"))
    lock = (draft / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    draft.chmod(0o755)
    # Only now, locked, does it get a name that `sweep` looks for.
    return draft.rename(draft.with_name(draft.name.removeprefix("."))), lock
