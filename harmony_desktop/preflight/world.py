"""What the checks look at: gathered once, so that all of them judge the same moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path

from harmony_desktop.control.disk_space import Room
from harmony_desktop.control.engine_address import engine_host
from harmony_desktop.control.findings import Finding as Lint
from harmony_desktop.control.machine import MachineLook
from harmony_desktop.control.memory_choice import Chosen
from harmony_desktop.control.port_records import MachinePorts, Publisher
from harmony_desktop.control.ports import EngineError, EngineInfo
from harmony_desktop.control.repairs import Stock
from harmony_desktop.plan.observed import Observed
from harmony_desktop.preflight.texts import Kind, TextFile
from harmony_desktop.records import dataclass
from harmony_desktop.stack.errors import HarmonyError
from harmony_desktop.stack.project import Project
from harmony_desktop.stack.words import say

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class CannotTellError(Exception):
    """Something that a check needs is missing; the text says what, and becomes the cause of its finding."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True, slots=True)
class Named:
    """A container of any project, by its name.

    Attributes:
        name: Its name.
        project: The project that it belongs to, or "".
        working_dir: The folder of its compose files, or "".
    """

    name: str
    project: str
    working_dir: str


def _no_stock(_path: Path) -> bytes | None:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """Files, engine and machine.

    Attributes:
        folder: The project's folder, or where the stack folder is (or would be) when no project could be loaded.
        ports: The ports of this machine.
        project: The project, or None (then ``project_error`` says why).
        project_error: Why there is no project.
        profile: The profile that the stack folder's files mean, or "" when the project is not that of the stack folder.
        info: What the engine says of itself, or None (then ``engine_error`` says why).
        asked_at: When the engine answered, by this machine's clock, in seconds since the epoch.
        engine_error: Why there is no engine.
        observed: The engine's side of the project with its images, or None when it could not be asked.
        publishers: The engine's running containers with ports, of all projects.
        named: All containers of the engine, or None when it could not be asked.
        look: Cards, the engine's proof, and the machine; None when looking failed.
        room: The room on the engine's own disk, or None when the engine could not be asked.
        texts: The small text files of the stack.
        environ: The environment of this program.
        chosen: What the project would load into memory, or None where that was not read.
        linted: What configuration files and compose files say of one another that does not agree.
        lacking: Names of shipped compose files that the folder lacks though it is one of ours.
        place: What speaks against keeping the folder where it is.
        toolkit: Programs of the NVIDIA Container Toolkit that this machine has.
        system: This machine's Linux distribution and those that it is like ("ubuntu", "debian"); none elsewhere.
        client_proxies: The proxies that containers get from Docker's configuration of this user.
        stock: Returns what a missing file of the folder is to hold.
    """

    folder: Path
    ports: MachinePorts
    project: Project | None = None
    project_error: HarmonyError | None = None
    profile: str = ""
    info: EngineInfo | None = None
    asked_at: float = 0.0
    engine_error: EngineError | None = None
    observed: Observed | None = None
    publishers: tuple[Publisher, ...] = ()
    named: tuple[Named, ...] | None = None
    look: MachineLook | None = None
    room: Room | None = None
    texts: tuple[TextFile, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    chosen: Chosen | None = None
    linted: tuple[Lint, ...] = ()
    lacking: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    toolkit: tuple[str, ...] = ()
    system: tuple[str, ...] = ()
    client_proxies: tuple[str, ...] = ()
    stock: Stock = _no_stock

    def loaded_project(self) -> Project:
        """Return the project. Raises CannotTellError where there is none."""
        if self.project is None:
            raise CannotTellError(say("The stack’s files could not be loaded: see stack.files."))
        return self.project

    def local_project(self) -> Project:
        """Return the project, for checks that look at this machine on behalf of the engine.

        Raises:
            CannotTellError: There is no project, or the engine is on another machine.
        """
        project = self.loaded_project()
        host = engine_host(self.info.address) if self.info else ""
        if host and host not in _LOOPBACK:
            raise CannotTellError(
                say("The engine runs on another machine ({host}), which cannot be looked at from here.", host=host)
            )
        return project

    def answering(self) -> EngineInfo:
        """Return what the engine says of itself. Raises CannotTellError where there is none."""
        if self.info is None:
            raise CannotTellError(say("The engine does not answer: see engine.reachable."))
        return self.info

    def looked(self) -> MachineLook:
        """Return the look at the machine. Raises CannotTellError when there is none."""
        if self.look is None:
            raise CannotTellError(say("Looking at this computer failed."))
        return self.look

    def texts_of(self, *kinds: Kind) -> Iterator[TextFile]:
        """Yield the files of some kinds."""
        return (text for text in self.texts if text.kind in kinds)

    def name_of(self, path: Path) -> str:
        """Return a file's path within the folder, or the whole of it."""
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)
